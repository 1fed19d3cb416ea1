from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score

from samscope.analysis.absence.contrasts import contrast
from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.analysis.absence.threshold_transfer import COLUMNS, threshold_transfer
from samscope.analysis.statistics.held_out import parts_of_videos
from tests.planted import AGE_ONLY, FEW_POSITIONS, NULL, SEPARATING, Planted, planted, row

BETWEEN = [("interjection", "object_removal"), ("object_removal", "interjection")]
EVERY_PAIR = [*BETWEEN, *((name, name) for name in ABSENT_SETS)]


def _transfer(study: Planted, features: pd.DataFrame | None = None) -> pd.DataFrame:
    return threshold_transfer(study.clips, study.frames, study.features if features is None else features)


def _pair(table: pd.DataFrame, trained_on: str, tested_on: str, position: str, **values: Any) -> Any:
    chosen: dict[str, Any] = {"feature": "short", "references": "present", "against": "present", **values}
    return row(table, trained_on=trained_on, tested_on=tested_on, position=position, **chosen)


@pytest.fixture(scope="module")
def study() -> Planted:
    videos = [f"video {number}" for number in range(8)]
    return planted(clips=16, videos=videos, positions=FEW_POSITIONS, maps=False)


@pytest.fixture(scope="module")
def table(study: Planted) -> pd.DataFrame:
    return _transfer(study)


@pytest.mark.parametrize(("trained_on", "tested_on"), EVERY_PAIR)
def test_planted_truths(table: pd.DataFrame, trained_on: str, tested_on: str) -> None:
    for feature in ("short", "ratio"):
        found = _pair(table, trained_on, tested_on, SEPARATING, feature=feature)
        assert found[["balanced_accuracy", "sensitivity", "specificity"]].tolist() == [1, 1, 1]
        nothing = _pair(table, trained_on, tested_on, NULL, feature=feature)
        assert nothing["balanced_accuracy"] == pytest.approx(0.5, abs=0.12)
    for against, expected in (("present", 1), ("clean_gap", pytest.approx(0.5, abs=0.12))):
        aged = _pair(table, trained_on, tested_on, AGE_ONLY, against=against)
        assert aged["balanced_accuracy"] == expected
    for spread in ("std", "variance", "none"):
        found = _pair(table, trained_on, tested_on, SEPARATING, feature="combination", spread=spread)
        assert found["balanced_accuracy"] == 1
    score = table.query("feature == 'object_score' and against == 'present'")
    found = row(score, trained_on=trained_on, tested_on=tested_on)
    assert found["balanced_accuracy"] == 1
    assert -6 < found["threshold"] < 6
    assert found[["position", "spread", "references"]].isna().all()


def test_every_way_has_every_pair(table: pd.DataFrame) -> None:
    ways = table.groupby(["position", "feature", "spread", "references", "against"])
    assert ways.ngroups == 3 * 2 * (2 * 3 + 12 + 12)
    assert (ways.size() == 4).all()
    assert list(table.columns) == list(COLUMNS)


def _shifted(study: Planted, set_name: str, by: float) -> pd.DataFrame:
    """Add the same to every short distance of a set."""
    return study.features.assign(short=study.features["short"] + by * (study.features["set"] == set_name))


def test_a_threshold_of_one_scene_fails_in_another_although_each_is_told_perfectly(study: Planted) -> None:
    shifted = _shifted(study, "object_removal", 20)
    moved = _transfer(study, shifted.loc[shifted["position"] == SEPARATING])
    for name in ABSENT_SETS:
        assert _pair(moved, name, name, SEPARATING)["balanced_accuracy"] == 1
    all_called = _pair(moved, "interjection", "object_removal", SEPARATING)
    assert all_called[["sensitivity", "specificity", "balanced_accuracy"]].tolist() == [1, 0, 0.5]
    none_called = _pair(moved, "object_removal", "interjection", SEPARATING)
    assert none_called[["sensitivity", "specificity", "balanced_accuracy"]].tolist() == [0, 1, 0.5]
    for found in (all_called, none_called):
        assert found[["lost", "lost_low", "lost_high"]].tolist() == [0.5, 0.5, 0.5]


def test_thresholds_are_those_of_other_source_videos(study: Planted, table: pd.DataFrame) -> None:
    """Do the same by hand for one feature: fit on the other parts' frames, test on this part's."""
    parts = parts_of_videos([contrast(study.clips, study.frames, name, "present") for name in ABSENT_SETS])
    videos = study.clips.loc[study.clips["set"] == "interjection"].set_index("clip")["source_video"]
    chosen = study.features.query("position == 'frame' and frame > 0").assign(
        part=lambda rows: rows["clip"].map(videos).map(parts),
        absent=lambda rows: rows["frame"].between(12, 15),
    )
    trained, tested = (chosen.loc[chosen["set"] == name] for name in ABSENT_SETS)
    called = pd.Series(False, index=tested.index)
    for part in sorted(set(parts.values())):
        learnt = trained.loc[trained["part"] != part]
        cuts = np.unique(learnt["short"])
        above = learnt["short"].to_numpy()[:, None] >= cuts
        rates = [above[learnt["absent"] == absent].mean(axis=0) for absent in (True, False)]
        best = cuts[(rates[0] - rates[1]).argmax()]
        middle = (best + cuts[cuts < best].max()) / 2
        called |= (tested["part"] == part) & (tested["short"] >= middle)
    expected = balanced_accuracy_score(tested["absent"], called)
    found = _pair(table, "interjection", "object_removal", "frame")
    assert found["balanced_accuracy"] == pytest.approx(expected)


def test_what_one_video_alone_shows_is_never_used_on_it() -> None:
    """In each video absence raises a feature above a level of its own, which no other video can know."""
    study = planted(clips=8, videos=["camel", "dog"], positions=[SEPARATING])
    offset = 100.0 * (study.features["clip"] % 2)
    table = _transfer(study, study.features.assign(short=study.features["short"] + offset))
    for trained_on, tested_on in EVERY_PAIR:
        assert _pair(table, trained_on, tested_on, SEPARATING)["balanced_accuracy"] == 0.5


def test_intervals_hold_the_value_and_lost_is_the_difference(table: pd.DataFrame) -> None:
    known = table.dropna(subset=["low"])
    assert len(known) == len(table)
    assert (known["low"] <= known["balanced_accuracy"] + 1e-12).all()
    assert (known["high"] >= known["balanced_accuracy"] - 1e-12).all()
    for trained_on, tested_on in BETWEEN:
        transferred = _pair(table, trained_on, tested_on, NULL)
        own = _pair(table, tested_on, tested_on, NULL)
        expected = own["balanced_accuracy"] - transferred["balanced_accuracy"]
        assert transferred["lost"] == pytest.approx(expected)
        assert transferred["lost_low"] <= transferred["lost"] <= transferred["lost_high"]
        assert np.isnan(own["lost"])


def test_counts_are_of_the_tested_set(study: Planted) -> None:
    removed = (study.features["set"] == "object_removal") & (study.features["frame"] == 13)
    blank = study.features.assign(short=study.features["short"].mask(removed))
    table = _transfer(study, blank.loc[blank["position"] == NULL])
    counts = ["absent_frames", "other_frames", "clips", "videos", "undefined"]
    for trained_on in ABSENT_SETS:
        assert _pair(table, trained_on, "object_removal", NULL)[counts].tolist() == [48, 368, 16, 8, 16]
        assert _pair(table, trained_on, "interjection", NULL)[counts].tolist() == [64, 368, 16, 8, 0]


def test_a_feature_that_is_never_defined_is_null(study: Planted) -> None:
    features = study.features.loc[study.features["position"] == NULL]
    table = _transfer(study, features.assign(short=np.nan))
    blank = table.query("feature in ['short', 'combination'] and references == 'present'")
    assert blank[["balanced_accuracy", "low", "high", "threshold", "lost"]].isna().all(axis=None)
    assert (blank[["absent_frames", "other_frames", "clips", "videos"]] == 0).all(axis=None)
    others = table.query("feature == 'ratio'")
    assert others["balanced_accuracy"].notna().all()


def test_one_set_without_values_leaves_the_other_as_it_is(study: Planted, table: pd.DataFrame) -> None:
    features = study.features.loc[study.features["position"] == NULL]
    removed = features["set"] == "object_removal"
    found = _transfer(study, features.assign(short=features["short"].mask(removed)))
    own = _pair(found, "interjection", "interjection", NULL)
    assert own["balanced_accuracy"] == _pair(table, "interjection", "interjection", NULL)["balanced_accuracy"]
    for trained_on, tested_on in BETWEEN:
        assert np.isnan(_pair(found, trained_on, tested_on, NULL)["balanced_accuracy"])


def test_one_source_video_defines_nothing() -> None:
    table = _transfer(planted(clips=3, videos=["goat"], positions=[SEPARATING]))
    assert len(table) == 2 * 4 * (1 + 30)
    assert table[["balanced_accuracy", "low", "high", "threshold"]].isna().all(axis=None)
    assert set(table["videos"]) == {1}


@pytest.mark.parametrize("sets", [["clean", "interjection"], ["interjection"]])
def test_one_set_has_itself_alone(sets: list[str]) -> None:
    table = _transfer(planted(clips=4, sets=sets, positions=[SEPARATING]))
    assert set(table["trained_on"]) == set(table["tested_on"]) == {"interjection"}
    assert set(table["against"]) == ({"present", "clean_gap"} if "clean" in sets else {"present"})
    assert table["balanced_accuracy"].notna().all()


def test_no_absent_frame_gives_an_empty_table() -> None:
    table = _transfer(planted(clips=2, sets=["clean"]))
    assert table.empty
    assert list(table.columns) == list(COLUMNS)
