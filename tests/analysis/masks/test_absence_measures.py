import numpy as np
import pandas as pd
import pytest

from samscope.analysis.masks.absence_measures import COLUMNS, absence_measures
from tests.analysis.hand_made import HandMade, tables
from tests.planted import planted, row

MADE = tables(
    HandMade("oo.oo", j=[1, 0.8, 0, 0.2, 0], clip=0, video="a"),
    HandMade("oo.oo", j=[1, 0.6, 1, 0.6, 0], clip=1, video="b"),
    HandMade("oo..o", j=[1, 0.6, 1, 1, 0.9], clip=2, video="b"),
    HandMade("ooooo", j=[1, 0.7, 0.7, 0.6, 0], clip=0, video="a", set="clean"),
    HandMade("ooooo", j=[1, 0.7, 0.7, 0.7, 0], clip=1, video="b", set="clean"),
)


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    """Return the measures of the hand-made clips."""
    return absence_measures(*MADE)


def test_sets_that_always_show_their_object_have_no_rows() -> None:
    study = planted(clips=4)
    found = absence_measures(study.clips, study.frames)
    assert list(found.columns) == list(COLUMNS)
    assert found["set"].unique().tolist() == ["interjection", "object_removal"]
    assert not found.duplicated(["set", "measure"]).any()


def test_they_are_means_over_the_frames_of_a_clip_and_then_over_clips() -> None:
    study = planted(clips=4)
    frames = study.frames
    frames["j"] *= np.random.default_rng(0).random(len(frames))
    frames["predicted_area"] = frames["false_positive_area"].where(~frames["present"], 0.1)
    found = absence_measures(study.clips, frames)
    for of_set in ("interjection", "object_removal"):
        own = frames.loc[frames["set"] == of_set]
        gone, first, last = ~own["present"], own["frame"].min(), own["frame"].max()
        inside = {
            "j_before": (own["frame"] > first) & (own["frame"] < own.loc[gone, "frame"].min()),
            "j_after": (own["frame"] > own.loc[gone, "frame"].max()) & (own["frame"] < last),
            "false_positive_area": gone,
            "missed_absence_by_mask": gone,
        }
        values = own.assign(
            j_before=own["j"], j_after=own["j"], missed_absence_by_mask=own["false_positive_area"] > 0
        )
        for measure, rows in inside.items():
            of_clips = values.loc[rows].groupby("clip")[measure].mean()
            given = row(found, set=of_set, measure=measure)
            assert given["mean"] == pytest.approx(of_clips.mean()), measure
            assert given[["frames", "clips", "videos"]].tolist() == [rows.sum(), 4, 4], measure


@pytest.mark.parametrize(
    ("measure", "mean", "counts"),
    [
        ("missed_absence_by_mask", 1 / 3, [4, 3, 0]),
        ("j_before", 0.7, [2, 2, 1]),
        ("j_after", 0.4, [2, 2, 1]),
        ("j_after_less_clean", (-0.4 - 0.1) / 2, [4, 2, 1]),
        ("followed_before", 1, [3, 3, 0]),
        ("never_found", 1 / 3, [5, 3, 0]),
        ("frames_until_found", 2 / 3, [5, 3, 0]),
        ("mosev2_disappearance", 2 / 3, [4, 3, 0]),
        ("mosev2_reappearance_j", 0.4, [2, 2, 1]),
        ("vots_absence_detection_quality", np.nan, [0, 0, 3]),
        ("vots_absence_detection_quality_of_any_length", 2 / 3, [4, 3, 0]),
    ],
)
def test_means_over_clips_and_what_they_rest_on(
    found: pd.DataFrame, measure: str, mean: float, counts: list[int]
) -> None:
    of_measure = row(found, measure=measure)
    assert of_measure["mean"] == pytest.approx(mean, nan_ok=True)
    assert of_measure[["frames", "clips", "undefined_clips"]].tolist() == counts


def test_intervals_are_over_source_videos(found: pd.DataFrame) -> None:
    missed = row(found, measure="missed_absence_by_mask")
    assert 0 < missed["low"] < missed["mean"] < missed["high"] < 1
    assert missed["videos"] == 2
    clips, frames = MADE
    alone = absence_measures(clips.assign(source_video="a"), frames)
    assert alone["low"].isna().all()


def test_only_the_wait_has_a_horizon(found: pd.DataFrame) -> None:
    assert found.dropna(subset="horizon")[["measure", "horizon"]].to_numpy().tolist() == [
        ["frames_until_found", 2]
    ]


def test_without_the_clean_set_nothing_is_held_against_it(found: pd.DataFrame) -> None:
    clips, frames = MADE
    without = absence_measures(clips.loc[clips["set"] != "clean"], frames.loc[frames["set"] != "clean"])
    kept = found.loc[~found["measure"].str.contains("clean")].reset_index(drop=True)
    pd.testing.assert_frame_equal(without, kept)


def test_a_clean_clip_that_loses_its_object_is_not_held_against_itself() -> None:
    found = absence_measures(*tables(HandMade("oo.oo", j=[1, 0.8, 0, 0.2, 0], set="clean")))
    assert row(found, measure="j_change")["mean"] == pytest.approx(-0.6)
    assert not found["measure"].str.contains("clean").any()


def test_an_object_that_never_returns_is_missed_but_not_waited_for() -> None:
    found = absence_measures(*tables(HandMade("ooo..", j=[1, 0.9, 0.9, 0, 1])))
    assert row(found, measure="missed_absence_by_mask")["mean"] == 0.5
    for measure in ("j_after", "never_found", "frames_until_found", "mosev2_reappearance_j"):
        of_measure = row(found, measure=measure)
        assert np.isnan(of_measure["mean"])
        assert of_measure[["clips", "undefined_clips"]].tolist() == [0, 1]
    assert found["horizon"].isna().all()


def test_no_frames_no_rows() -> None:
    clips, frames = MADE
    for some in (clips, clips.iloc[:0]):
        found = absence_measures(some, frames.iloc[:0])
        assert found.empty
        assert list(found.columns) == list(COLUMNS)
