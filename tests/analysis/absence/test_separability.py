from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from samscope.analysis.absence.contrasts import AGAINST, POOLINGS, Against, Pooling, contrast
from samscope.analysis.absence.separability import (
    ABSENT_SETS,
    COLUMNS,
    COMBINATION,
    choose,
    headline_feature,
    separability,
)
from samscope.analysis.statistics.combination import held_out_scores
from tests.planted import AGE_ONLY, FEW_POSITIONS, NULL, SEPARATING, Planted, planted

FEATURES = ("short", "long", "ratio")


def _separability(study: Planted) -> pd.DataFrame:
    return separability(study.clips, study.frames, study.features)


def _chosen(table: pd.DataFrame, set_name: str, against: Against, pooling: Pooling = "pooled") -> Any:
    return choose(table, set_name, against, pooling).set_index(["position", "feature"])


@pytest.fixture(scope="module")
def study() -> Planted:
    return planted(clips=16, videos=[f"video {number}" for number in range(8)], maps=False)


@pytest.fixture(scope="module")
def table(study: Planted) -> pd.DataFrame:
    return _separability(study)


@pytest.mark.parametrize("against", AGAINST)
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("set_name", ABSENT_SETS)
def test_planted_truths(table: pd.DataFrame, set_name: str, against: Against, pooling: Pooling) -> None:
    found = _chosen(table, set_name, against, pooling)["auroc"]
    for feature in FEATURES:
        assert found[SEPARATING, feature] == 1
        assert found[NULL, feature] == pytest.approx(0.5, abs=0.15)
        aged = 1 if against == "present" else pytest.approx(0.5, abs=0.15)
        assert found[AGE_ONLY, feature] == aged
    assert found[SEPARATING, "combination"] == 1
    assert found[NULL, "combination"] == pytest.approx(0.5, abs=0.15)
    score = choose(table, set_name, against, pooling).query("feature == 'object_score'")
    assert score["auroc"].tolist() == pytest.approx([1.0])
    assert score["position"].isna().all()


def test_intervals_cover_chance_where_nothing_separates(table: pd.DataFrame) -> None:
    nothing = (table["position"] == NULL) | (
        (table["position"] == AGE_ONLY) & (table["against"] == "clean_gap")
    )
    found = table.loc[nothing & (table["feature"] != "combination")]
    covered = (found["low"] <= 0.5) & (found["high"] >= 0.5)
    assert len(found) == 2 * 18 * (4 + 2)
    assert covered.mean() > 0.9


def test_weak_features_are_stronger_together(table: pd.DataFrame) -> None:
    found = _chosen(table, "interjection", "present")["auroc"]
    for position in ("memory_conditioned", "memory_encoder_output"):
        alone = [found[position, feature] for feature in FEATURES]
        assert found[position, "combination"] > max(alone)


def test_auroc_is_that_of_the_frames_in_the_tables(study: Planted, table: pd.DataFrame) -> None:
    rows = study.features.query("set == 'interjection' and position == 'memory_features' and frame > 0")
    absent = rows["frame"].between(12, 15)
    found = _chosen(table, "interjection", "present").loc[("memory_features", "short")]
    assert found["auroc"] == pytest.approx(roc_auc_score(absent, rows["short"]))
    sizes = found[["absent_frames", "other_frames", "clips", "videos", "undefined"]]
    assert sizes.tolist() == [64, 368, 16, 8, 0]
    within = [roc_auc_score(absent[of.index], of["short"]) for _, of in rows.groupby("clip")]
    found = _chosen(table, "interjection", "present", "within_clips").loc[("memory_features", "short")]
    assert found["auroc"] == pytest.approx(np.mean(within))


def test_average_precision_is_that_of_the_frames_in_the_tables(study: Planted, table: pd.DataFrame) -> None:
    rows = study.features.query("set == 'interjection' and position == 'memory_features' and frame > 0")
    absent = rows["frame"].between(12, 15)
    found = _chosen(table, "interjection", "present").loc[("memory_features", "short")]
    assert found["average_precision"] == pytest.approx(average_precision_score(absent, rows["short"]))
    assert found["average_precision_low"] < found["average_precision"] < found["average_precision_high"]
    assert found["base_rate"] == 64 / (64 + 368)
    within = [average_precision_score(absent[of.index], of["short"]) for _, of in rows.groupby("clip")]
    found = _chosen(table, "interjection", "present", "within_clips").loc[("memory_features", "short")]
    assert found["average_precision"] == pytest.approx(np.mean(within))
    assert found["base_rate"] == pytest.approx(4 / 27)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("against", AGAINST)
def test_average_precision_of_what_knows_nothing_is_chance(
    table: pd.DataFrame, against: Against, pooling: Pooling
) -> None:
    for set_name in ABSENT_SETS:
        found = _chosen(table, set_name, against, pooling)
        for feature in FEATURES:
            null, perfect = found.loc[(NULL, feature)], found.loc[(SEPARATING, feature)]
            assert null["average_precision"] == pytest.approx(null["chance_precision"], abs=0.15)
            assert null["base_rate"] < null["chance_precision"] < 0.7
            assert perfect["average_precision"] == 1


@pytest.mark.parametrize("against", AGAINST)
@pytest.mark.parametrize("set_name", ABSENT_SETS)
def test_margin_is_positive_where_frames_are_perfectly_separated(
    table: pd.DataFrame, set_name: str, against: Against
) -> None:
    for pooling in POOLINGS:
        found = _chosen(table, set_name, against, pooling)
        for feature in FEATURES:
            perfect, null = found.loc[(SEPARATING, feature)], found.loc[(NULL, feature)]
            # Absence moves it by 40 deviations of its noise. The extremes of all frames reach about three on
            # either side; the deviation of the few frames of one clip is not known that well.
            assert 30 < perfect["margin"] < (40 if pooling == "pooled" else 55)
            assert perfect["separated"] == 1
            assert null["margin"] < 0
            assert null["separated"] < 0.2
            assert (found.loc[AGE_ONLY, "separated"] > 0.9).all() == (against == "present")
        bounds = ["separated_low", "separated_high"]
        assert perfect[bounds].isna().all() == (pooling == "pooled")


def test_clips_may_be_separated_one_by_one_where_the_pool_is_not() -> None:
    study = planted(clips=8, positions=[SEPARATING], maps=False)
    features = study.features.assign(short=study.features["short"] + 20.0 * (study.features["clip"] % 4))
    table = separability(study.clips, study.frames, features)
    pool = _chosen(table, "interjection", "present").loc[(SEPARATING, "short")]
    within = _chosen(table, "interjection", "present", "within_clips").loc[(SEPARATING, "short")]
    assert pool["margin"] < 0
    assert pool["separated"] == 0
    assert within["margin"] > 30
    assert within[["separated", "separated_low", "separated_high"]].tolist() == [1, 1, 1]


def test_separated_and_the_sign_of_the_margin_agree(table: pd.DataFrame) -> None:
    pool = table.query("pooling == 'pooled'").dropna(subset=["margin"])
    assert ((pool["margin"] > 0) == (pool["separated"] == 1)).all()
    assert pool["separated"].isin([0, 1]).all()
    within = table.query("pooling == 'within_clips'").dropna(subset=["margin"])
    assert within.loc[within["margin"] > 0, "separated"].min() >= 0.5
    assert (pool.loc[pool["separated"] == 1, ["auroc", "average_precision"]] == 1).all(axis=None)


def test_the_control_holds_the_same_frames_of_the_clean_clips(study: Planted, table: pd.DataFrame) -> None:
    chosen = study.features["position"].eq("memory_features") & study.features["frame"].between(12, 15)
    sides = study.features.loc[chosen & study.features["set"].isin(["interjection", "clean_gap"])]
    found = _chosen(table, "interjection", "clean_gap").loc[("memory_features", "long")]
    assert found["auroc"] == pytest.approx(roc_auc_score(sides["set"] == "interjection", sides["long"]))
    assert found[["absent_frames", "other_frames"]].tolist() == [64, 64]


def test_a_clean_frame_that_truly_lacks_the_object_is_no_control() -> None:
    study = planted(clips=4)
    frames = study.frames
    chosen = (frames["set"] == "clean") & (frames["clip"] == 2) & (frames["frame"] == 13)
    frames.loc[chosen, "present"] = False
    sides = contrast(study.clips, frames, "interjection", "clean_gap")
    assert sides.absent.sum() == 16
    assert sides.other.sum() == 15
    assert not sides.other[2, 13]


def test_undefined_values_are_counted_and_left_out() -> None:
    study = planted(clips=4, positions=[SEPARATING])
    features = study.features
    of_cell = (features["set"] == "interjection") & (features["position"] == SEPARATING)
    features.loc[of_cell & (features["frame"] == 13), "ratio"] = np.nan
    features.loc[of_cell & (features["frame"] == 20), "ratio"] = np.inf
    found = _chosen(_separability(study), "interjection", "present").loc[SEPARATING]
    ratio = found.loc["ratio"]
    assert ratio["auroc"] == 1
    # Frame 1 has no ratio either: there is no distance on the frame before it.
    assert ratio[["absent_frames", "other_frames", "undefined"]].tolist() == [12, 21 * 4, 12]
    assert found.loc["combination", "undefined"] == 12
    assert found.loc["short", "undefined"] == 0


def test_one_source_video_has_no_interval_and_no_combination() -> None:
    found = _separability(planted(clips=3, videos=["goat"], positions=FEW_POSITIONS))
    assert found.filter(regex="(^|_)(low|high)$").isna().all(axis=None)
    assert found.query("feature == 'combination'")["auroc"].isna().all()
    assert found.query("feature != 'combination'")["auroc"].notna().all()


def test_sets_that_were_not_run_are_left_out() -> None:
    assert set(_separability(planted(clips=2, sets=["clean", "interjection"], positions=[NULL]))["set"]) == {
        "interjection"
    }
    without_control = _separability(planted(clips=2, sets=["interjection"], positions=[NULL]))
    assert set(without_control["against"]) == {"present"}
    nothing = _separability(planted(clips=2, sets=["clean"]))
    assert nothing.empty
    assert list(nothing.columns) == list(COLUMNS)


def test_every_spread_and_kind_of_references_is_there(table: pd.DataFrame) -> None:
    of_long = table.query("feature == 'long'")
    assert of_long.groupby(["spread", "references"]).ngroups == 4 * 3
    assert set(table.query("feature == 'short'")["references"]) == {"present", "untransformed", "online"}


def test_held_out_scores_never_see_their_own_video() -> None:
    """What speaks for absence in one half of the videos, and against it in the other, cannot be learned."""
    groups = np.repeat(np.arange(6), 20)
    absent = np.tile([True, False], 60)
    rng = np.random.default_rng(0)
    direction = np.where(groups < 3, 1.0, -1.0)
    features = (np.where(absent, 1.0, -1.0) * direction)[:, None] + 0.1 * rng.normal(size=(120, 3))
    scores = held_out_scores(features, absent, groups)
    assert scores is not None
    assert roc_auc_score(absent, scores) < 0.6
    honest = np.where(absent, 1.0, -1.0)[:, None] + 0.1 * rng.normal(size=(120, 3))
    scores = held_out_scores(honest, absent, groups)
    assert scores is not None
    assert roc_auc_score(absent, scores) == 1


def test_held_out_scores_need_two_videos_and_both_kinds_to_learn_from() -> None:
    features, absent = np.random.default_rng(0).normal(size=(8, 3)), np.tile([True, False], 4)
    assert held_out_scores(features, absent, np.zeros(8, dtype=np.int64)) is None
    assert held_out_scores(features, absent, absent.astype(np.int64)) is None


def test_figures_rest_on_the_combination_where_one_was_fitted(table: pd.DataFrame) -> None:
    assert headline_feature(table) == COMBINATION
    unfitted = table.assign(auroc=table["auroc"].where(table["feature"] != COMBINATION))
    assert headline_feature(unfitted) == headline_feature(table.iloc[:0]) == "short"
