from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from samscope.analysis.statistics.auroc import auroc, pooled_auroc, row_aurocs, within_rows_auroc
from samscope.analysis.statistics.resampling_plan import plan_of_videos

VIDEOS = plan_of_videos(np.arange(5))
"""Clips that are each of a video of their own."""


def _values(seed: int = 0) -> tuple[Any, Any, Any, Any]:
    rng = np.random.default_rng(seed)
    positive, negative = rng.integers(0, 12, size=40) + 2.0, rng.integers(0, 12, size=90) + 0.0
    return positive, rng.integers(0, 5, size=40), negative, rng.integers(0, 5, size=90)


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [
        ([2, 3], [0, 1], 1.0),
        ([0, 1], [2, 3], 0.0),
        ([1], [1], 0.5),
        ([1, 3], [2], 0.5),
        ([2], [1, 2, 3, 3], 0.375),
    ],
)
def test_counts_pairs(positive: list[float], negative: list[float], expected: float) -> None:
    found = auroc(np.array(positive, dtype=float), np.array(negative, dtype=float))
    assert found == expected


def test_equals_scikit_learn_with_ties() -> None:
    positive, positive_groups, negative, negative_groups = _values()
    expected = roc_auc_score(np.repeat([1, 0], [40, 90]), np.concatenate([positive, negative]))
    assert auroc(positive, negative) == pytest.approx(expected, abs=1e-12)
    pooled = pooled_auroc(positive, positive_groups, negative, negative_groups, VIDEOS)
    assert pooled.value == pytest.approx(expected, abs=1e-12)


def test_it_is_that_of_the_clips_that_stay() -> None:
    """Clips of three sources, each with one of two partners or two partners of which each has a share."""
    positive, positive_clips, negative, negative_clips = _values()
    plan = plan_of_videos(["a", "a", "b", "b", "c"], [["x"], ["y"], ["x"], ["y"], ["x"]])
    found = pooled_auroc(positive, positive_clips, negative, negative_clips, plan)
    assert len(found.values) == 1 + 3 + 2 + 5
    for taken, expected in zip(plan.weights(), found.values, strict=True):
        kept = positive[taken[positive_clips] == 1], negative[taken[negative_clips] == 1]
        truth = np.repeat([1, 0], [len(values) for values in kept])
        assert expected == pytest.approx(roc_auc_score(truth, np.concatenate(kept)), abs=1e-12)
    assert (len(found.videos), len(found.partners)) == (3, 2)


def test_a_clip_may_stay_in_part() -> None:
    positive, positive_clips, negative, negative_clips = _values()
    plan = plan_of_videos(np.arange(5), [["x", "y", "z"], ["y", "z", "w"], ["x"], ["x", "x", "y"], ["w"]])
    found = pooled_auroc(positive, positive_clips, negative, negative_clips, plan)
    scores, truth = np.concatenate([positive, negative]), np.repeat([1, 0], [40, 90])
    for taken, expected in zip(plan.weights(), found.values, strict=True):
        weights = taken[np.concatenate([positive_clips, negative_clips])]
        assert expected == pytest.approx(roc_auc_score(truth, scores, sample_weight=weights), abs=1e-12)


def test_one_side_empty_is_undefined() -> None:
    nothing, codes = np.empty(0), np.empty(0, dtype=np.int64)
    assert np.isnan(auroc(nothing, np.ones(3)))
    assert pooled_auroc(nothing, codes, np.ones(3), np.zeros(3, dtype=np.int64), VIDEOS).missing


def test_one_video_has_no_interval() -> None:
    zeros = np.zeros(3, dtype=np.int64)
    found = pooled_auroc(np.arange(3.0), zeros, np.arange(3.0) - 1, zeros, VIDEOS).estimate
    assert 0.5 < found.value < 1
    assert not found.has_interval


def test_rows_by_themselves() -> None:
    rng = np.random.default_rng(2)
    positive, negative = rng.normal(size=(9, 4)).round(1), rng.normal(size=(9, 20)).round(1)
    positive[rng.random(positive.shape) < 0.3] = np.nan
    negative[0, 3] = np.inf
    negative[1] = np.nan
    found = row_aurocs(positive, negative)
    for row in range(9):
        kept = [values[np.isfinite(values)] for values in (positive[row], negative[row])]
        assert found[row] == pytest.approx(auroc(*kept), nan_ok=True, abs=1e-12)
    assert np.isnan(found[1])


def test_clip_scales_hide_in_the_pool_what_each_clip_shows() -> None:
    scale = np.array([1.0, 100.0])[:, None]
    positive, negative = scale * np.array([[1.1, 1.2]]), scale * np.array([[0.9, 0.8, 1.0]])
    videos, plan = np.array([0, 1]), plan_of_videos([0, 1])
    flat = [values.ravel() for values in (positive, negative)]
    pooled = pooled_auroc(flat[0], np.repeat(videos, 2), flat[1], np.repeat(videos, 3), plan)
    assert within_rows_auroc(positive, negative, plan).value == 1.0
    assert pooled.value == 0.75


def test_interval_covers_chance_as_often_as_it_says() -> None:
    covered = 0
    positive_groups, negative_groups = np.repeat(np.arange(9), 8), np.repeat(np.arange(9), 30)
    plan = plan_of_videos(np.arange(9))
    for seed in range(200):
        rng = np.random.default_rng(seed)
        level = rng.normal(size=9)
        positive = level[positive_groups] + rng.normal(size=72)
        negative = level[negative_groups] + rng.normal(size=270)
        found = pooled_auroc(positive, positive_groups, negative, negative_groups, plan).estimate
        covered += found.low <= 0.5 <= found.high
    assert 0.89 <= covered / 200 <= 0.99
