from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from samscope.analysis.auroc import auroc, pooled_auroc, row_aurocs, weighted_aurocs, within_rows_auroc
from samscope.analysis.bootstrap import UNDEFINED, percentile_interval, resample_weights


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
    pooled = pooled_auroc(positive, positive_groups, negative, negative_groups)
    assert pooled.value == pytest.approx(expected, abs=1e-12)


def test_interval_is_that_of_videos_drawn_again() -> None:
    positive, positive_groups, negative, negative_groups = _values()
    found = pooled_auroc(positive, positive_groups, negative, negative_groups)
    resampled = []
    for weights in resample_weights(5).astype(int):
        kept = [np.repeat(positive, weights[positive_groups]), np.repeat(negative, weights[negative_groups])]
        resampled.append(roc_auc_score(np.repeat([1, 0], [len(k) for k in kept]), np.concatenate(kept)))
    low, high = percentile_interval(np.array(resampled), 5)
    np.testing.assert_allclose([found.low, found.high], [low, high], atol=1e-12)


def test_weights_count_the_values_of_their_group() -> None:
    positive, positive_groups, negative, negative_groups = _values()
    weights = np.array([[1.0, 0, 2, 0, 1], [0, 3, 0, 0, 0], [0, 0, 0, 0, 0]])
    found = weighted_aurocs(positive, positive_groups, negative, negative_groups, weights)
    for one, expected in zip(weights.astype(int), found, strict=True):
        kept = np.repeat(positive, one[positive_groups]), np.repeat(negative, one[negative_groups])
        np.testing.assert_allclose(expected, auroc(*kept))
    assert np.isnan(found[2])


def test_one_side_empty_is_undefined() -> None:
    nothing, codes = np.empty(0), np.empty(0, dtype=np.int64)
    assert np.isnan(auroc(nothing, np.ones(3)))
    assert pooled_auroc(nothing, codes, np.ones(3), np.zeros(3, dtype=np.int64)) == UNDEFINED


def test_one_video_has_no_interval() -> None:
    zeros = np.zeros(3, dtype=np.int64)
    found = pooled_auroc(np.arange(3.0), zeros, np.arange(3.0) - 1, zeros)
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
    videos = np.array([0, 1])
    flat = [values.ravel() for values in (positive, negative)]
    pooled = pooled_auroc(flat[0], np.repeat(videos, 2), flat[1], np.repeat(videos, 3))
    assert within_rows_auroc(positive, negative, videos).value == 1.0
    assert pooled.value == 0.75


def test_interval_covers_chance_as_often_as_it_says() -> None:
    covered = 0
    positive_groups, negative_groups = np.repeat(np.arange(9), 8), np.repeat(np.arange(9), 30)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        level = rng.normal(size=9)
        positive = level[positive_groups] + rng.normal(size=72)
        negative = level[negative_groups] + rng.normal(size=270)
        found = pooled_auroc(positive, positive_groups, negative, negative_groups)
        covered += found.low <= 0.5 <= found.high
    assert 0.89 <= covered / 200 <= 0.99
