"""Two planted studies whose differences are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.absence.separability import separability
from samscope.analysis.comparison.aurocs import auroc_differences
from samscope.analysis.comparison.measures import WAIT, absence_differences, accuracy_differences
from samscope.analysis.comparison.rises import feature_rises, rise_differences
from samscope.analysis.comparison.shared_clips import Pair, pair_studies
from samscope.analysis.masks.absence_measures import absence_measures
from samscope.analysis.masks.accuracy import accuracy
from samscope.records.store import Study
from tests.planted import FEATURE_COLUMNS, NULL, SEPARATING, planted, row

POSITIONS = (NULL, SEPARATING)
SETS = ("clean", "interjection", "object_removal")


def study(videos: tuple[str, ...] = ("camel", "dog", "goat", "swan"), seed: int = 0) -> Study:
    return planted(clips=8, videos=videos, sets=SETS, positions=POSITIONS, maps=False, seed=seed).study


def blind(of: Study) -> Study:
    """Return a study whose features at the separating position know nothing any more."""
    features = of.features.copy()
    here = features["position"] == SEPARATING
    rng = np.random.default_rng(7)
    for name in FEATURE_COLUMNS:
        noise = 10 + 0.1 * rng.normal(size=here.sum())
        features.loc[here, name] = np.where(features.loc[here, name].isna(), np.nan, noise)
    return replace(of, features=features)


@pytest.fixture(scope="module")
def good() -> Study:
    return study()


@pytest.fixture(scope="module")
def aurocs(good: Study) -> pd.DataFrame:
    return auroc_differences(pair_studies(blind(good), good))


def test_a_position_that_has_gone_blind_is_sure(aurocs: pd.DataFrame) -> None:
    for feature, spread in (
        ("short", "none"),
        ("long", "std"),
        ("long", "variance_without_floor"),
        ("combination", "std"),
    ):
        for against in ("present", "clean_gap"):
            found = row(
                aurocs,
                set="interjection",
                position=SEPARATING,
                feature=feature,
                spread=spread,
                against=against,
                pooling="pooled",
            )
            assert found["reference_value"] > 0.99
            assert abs(found["value"] - 0.5) < 0.2
            assert found["difference"] == pytest.approx(found["value"] - found["reference_value"])
            assert found["high"] < 0
            assert found["paired"]


def test_a_position_that_is_the_same_does_not_differ(aurocs: pd.DataFrame) -> None:
    same = aurocs.loc[(aurocs["position"] == NULL) | aurocs["position"].isna()]
    assert len(same)
    assert (same[["difference", "low", "high"]] == 0).all(axis=None)


def test_values_on_all_clips_are_those_of_the_table(good: Study, aurocs: pd.DataFrame) -> None:
    table = separability(good.clips, good.frames, good.features)
    keys = ["set", "position", "feature", "spread", "references", "against", "pooling"]
    both = aurocs.merge(table, on=keys, suffixes=("", "_of_study"))
    assert len(both) == len(aurocs)
    np.testing.assert_allclose(both["reference_value"], both["auroc"])
    assert not aurocs.duplicated(keys).any()


def test_frames_that_one_study_does_not_define_count_in_neither(good: Study) -> None:
    features = good.features.copy()
    gone = (features["position"] == SEPARATING) & (features["clip"] == 3)
    features.loc[gone, "short"] = np.nan
    found = auroc_differences(pair_studies(replace(good, features=features), good))
    short = row(
        found, set="interjection", position=SEPARATING, feature="short", against="present", pooling="pooled"
    )
    assert (short["clips"], short["reference_clips"]) == (7, 7)
    assert (short[["difference", "low", "high"]] == 0).all()


def test_masks_that_are_worse_by_a_tenth(good: Study) -> None:
    worse = replace(good, frames=good.frames.assign(j=good.frames["j"] - 0.1, f=good.frames["f"] - 0.1))
    found = accuracy_differences(pair_studies(worse, good))
    np.testing.assert_allclose(found[["difference", "low", "high"]], -0.1)
    expected = accuracy(good.clips, good.frames)
    assert len(found) == len(expected)
    np.testing.assert_allclose(found["reference_value"], expected["mean"])


def test_a_mask_that_stays_and_an_object_that_is_found_late(good: Study) -> None:
    frames = good.frames.copy()
    gone = (frames["set"] == "object_removal") & ~frames["present"]
    frames.loc[gone, "false_positive_area"] += 0.2
    returned = (frames["set"] == "object_removal") & frames["frame"].isin([16, 17, 18])
    frames.loc[returned, "j"] = 0.1
    pair = pair_studies(replace(good, frames=frames), good)
    found = absence_differences(pair)
    area = row(found, set="object_removal", measure="false_positive_area")
    assert area[["difference", "low", "high"]].tolist() == pytest.approx([0.2] * 3)
    late = row(found, set="object_removal", measure=WAIT)
    assert late[["value", "reference_value", "difference", "low", "high"]].tolist() == [3, 0, 3, 3, 3]
    as_before = found.loc[found["set"] == "interjection", ["difference", "low", "high"]].dropna()
    assert (as_before == 0).all(axis=None)
    expected = absence_measures(good.clips, good.frames)
    both = found.merge(expected, on=["set", "measure"], suffixes=("", "_of_study"))
    assert len(both) == len(found) == len(expected)
    np.testing.assert_allclose(both["reference_value"], both["mean"])


def test_another_unit_of_distance_makes_no_difference(good: Study) -> None:
    scaled = good.features.assign(**{name: 7 * good.features[name] for name in FEATURE_COLUMNS})
    found = rise_differences(pair_studies(replace(good, features=scaled), good))
    np.testing.assert_allclose(found[["difference", "low", "high"]], 0, atol=1e-12)
    rises = feature_rises(good)
    assert len(found) == len(rises)
    np.testing.assert_allclose(found["value"], rises["rise"])


def test_rises_where_absence_shows_and_nowhere_else(good: Study) -> None:
    rises = feature_rises(good)
    for set_name, position, level in (
        ("interjection", SEPARATING, 1.4),
        ("clean", SEPARATING, 1.0),
        ("clean_gap", SEPARATING, 1.0),
        ("object_removal", NULL, 1.0),
    ):
        found = row(rises, set=set_name, position=position, feature="short")
        assert found["rise"] == pytest.approx(level, abs=0.02)
        assert found["low"] <= found["rise"] <= found["high"]


def test_other_videos_are_not_paired(good: Study) -> None:
    pair = pair_studies(study(("fox", "hen", "owl"), seed=1), good)
    assert not pair.paired
    for table in (auroc_differences(pair), accuracy_differences(pair), absence_differences(pair)):
        assert not table["paired"].any()
        assert set(table["videos"].unique()) <= {0, 3}
        assert set(table["reference_videos"].unique()) <= {0, 4}
    same = row(
        auroc_differences(pair),
        set="object_removal",
        position=SEPARATING,
        feature="short",
        against="present",
        pooling="pooled",
    )
    assert same["difference"] == pytest.approx(0, abs=0.01)


def test_sets_that_one_study_lacks_are_left_out(good: Study) -> None:
    clean = planted(clips=8, sets=("clean",), positions=(NULL,), maps=False).study
    pair = Pair(clean, good, paired=False)
    assert auroc_differences(pair).empty
    assert absence_differences(pair).empty
    assert set(accuracy_differences(pair)["set"]) == {"clean"}
    assert set(rise_differences(pair)["set"]) == {"clean", "clean_gap"}
