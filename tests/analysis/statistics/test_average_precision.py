from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from samscope.analysis.statistics.average_precision import (
    chance_precision,
    pooled_average_precision,
    row_average_precisions,
    within_rows_average_precision,
)
from samscope.analysis.statistics.resampling_plan import plan_of_videos

VIDEOS = plan_of_videos(np.arange(5))
"""Clips that are each of a video of their own."""


def _values(seed: int = 0) -> tuple[Any, Any, Any, Any]:
    rng = np.random.default_rng(seed)
    positive, negative = rng.integers(0, 12, size=40) + 2.0, rng.integers(0, 12, size=90) + 0.0
    return positive, rng.integers(0, 5, size=40), negative, rng.integers(0, 5, size=90)


def _of_one_row(positive: list[float], negative: list[float]) -> float:
    rows = np.array([positive], dtype=float).reshape(1, -1), np.array([negative], dtype=float).reshape(1, -1)
    return float(row_average_precisions(*rows)[0])


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [
        ([2, 3], [0, 1], 1.0),
        ([0], [1, 2, 3], 0.25),
        ([1], [1], 0.5),
        ([3, 1], [2], (1 + 2 / 3) / 2),
        ([1, 1], [1, 1, 0], 0.5),
    ],
)
def test_is_the_mean_precision_at_the_positive_values(
    positive: list[float], negative: list[float], expected: float
) -> None:
    groups = [np.zeros(len(values), dtype=np.int64) for values in (positive, negative)]
    found = pooled_average_precision(
        np.array(positive, float), groups[0], np.array(negative, float), groups[1], VIDEOS
    )
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert _of_one_row(positive, negative) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_equals_scikit_learn_with_ties(seed: int) -> None:
    positive, positive_groups, negative, negative_groups = _values(seed)
    expected = average_precision_score(np.repeat([1, 0], [40, 90]), np.concatenate([positive, negative]))
    found = pooled_average_precision(positive, positive_groups, negative, negative_groups, VIDEOS)
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert _of_one_row(positive, negative) == pytest.approx(expected, abs=1e-12)


def test_it_is_that_of_the_clips_that_stay() -> None:
    positive, positive_clips, negative, negative_clips = _values()
    plan = plan_of_videos(["a", "a", "b", "b", "c"], [["x"], ["y"], ["x"], ["y"], ["x"]])
    found = pooled_average_precision(positive, positive_clips, negative, negative_clips, plan)
    for taken, expected in zip(plan.weights(), found.values, strict=True):
        kept = positive[taken[positive_clips] == 1], negative[taken[negative_clips] == 1]
        truth = np.repeat([1, 0], [len(values) for values in kept])
        assert expected == pytest.approx(average_precision_score(truth, np.concatenate(kept)), abs=1e-12)


def test_what_one_video_alone_defines_has_no_interval() -> None:
    """Of two videos one has all absent frames: without it nothing is defined."""
    found = pooled_average_precision(
        np.array([1.0, 3.0]), np.zeros(2, dtype=np.int64), np.array([2.0]), np.ones(1, dtype=np.int64), VIDEOS
    )
    assert found.estimate.value == pytest.approx(5 / 6)
    assert not found.estimate.has_interval


def test_one_side_empty_is_undefined() -> None:
    nothing, codes = np.empty(0), np.empty(0, dtype=np.int64)
    zeros = np.zeros(3, dtype=np.int64)
    assert pooled_average_precision(nothing, codes, np.ones(3), zeros, VIDEOS).missing
    assert pooled_average_precision(np.ones(3), zeros, nothing, codes, VIDEOS).missing
    assert np.isnan(_of_one_row([], [1.0]))
    assert np.isnan(_of_one_row([1.0, np.nan], [np.inf]))


def test_one_video_has_no_interval() -> None:
    zeros = np.zeros(3, dtype=np.int64)
    found = pooled_average_precision(np.arange(3.0), zeros, np.arange(3.0) - 1, zeros, VIDEOS).estimate
    assert 0.5 < found.value < 1
    assert not found.has_interval


def test_rows_by_themselves() -> None:
    rng = np.random.default_rng(2)
    positive, negative = rng.normal(size=(9, 4)).round(1), rng.normal(size=(9, 20)).round(1)
    positive[rng.random(positive.shape) < 0.3] = np.nan
    positive[3, 0], negative[0, 3] = np.inf, -np.inf
    negative[1] = np.nan
    found = row_average_precisions(positive, negative)
    for row in {*range(9)} - {1}:
        kept = [values[np.isfinite(values)] for values in (positive[row], negative[row])]
        truth = np.repeat([1, 0], [len(values) for values in kept])
        assert found[row] == pytest.approx(average_precision_score(truth, np.concatenate(kept)), abs=1e-12)
    assert np.isnan(found[1])
    within = within_rows_average_precision(positive, negative, plan_of_videos(np.arange(9) % 3)).estimate
    assert within.value == pytest.approx(np.nanmean(found))
    assert within.low < within.value < within.high


@pytest.mark.parametrize(("positives", "negatives"), [(4, 23), (1, 1), (4, 4), (64, 368)])
def test_chance_is_what_a_random_order_has_on_average(positives: int, negatives: int) -> None:
    order = np.random.default_rng(0).random((4000, positives + negatives))
    drawn = row_average_precisions(order[:, :positives], order[:, positives:])
    expected = chance_precision(np.array(positives), np.array(negatives))
    assert expected == pytest.approx(drawn.mean(), abs=4 * drawn.std() / np.sqrt(4000))
    assert expected > positives / (positives + negatives)


def test_chance_is_undefined_without_both_kinds() -> None:
    found = chance_precision(np.array([0, 3, 0, 2]), np.array([3, 0, 0, 2]))
    assert np.isnan(found).tolist() == [True, True, True, False]
