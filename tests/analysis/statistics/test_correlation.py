from typing import Any

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr, t

from samscope.analysis.statistics.correlation import METHODS, Method, correlation, correlation_within
from samscope.analysis.statistics.resampling_plan import plan_of_videos

REFERENCE: dict[Method, Any] = {"spearman": spearmanr, "pearson": pearsonr}


VIDEOS = plan_of_videos(np.arange(6))
"""Clips that are each of a video of their own."""


def _pairs(seed: int = 0) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    first = np.maximum(rng.normal(size=80), 0).round(1)
    return first, first + rng.normal(size=80).round(1), rng.integers(0, 6, size=80)


@pytest.mark.parametrize("method", METHODS)
def test_equals_scipy_with_ties(method: Method) -> None:
    first, second, groups = _pairs()
    found = correlation(first, second, groups, VIDEOS, method)
    assert found.estimate.value == pytest.approx(REFERENCE[method](first, second).statistic, abs=1e-12)
    assert (found.pairs, found.method) == (80, method)


@pytest.mark.parametrize("method", METHODS)
def test_without_a_video_it_is_that_of_the_pairs_that_stay(method: Method) -> None:
    first, second, clips = _pairs()
    found = correlation(first, second, clips, VIDEOS, method).estimate
    without = np.array(
        [REFERENCE[method](first[clips != clip], second[clips != clip]).statistic for clip in range(6)]
    )
    error = np.sqrt(5 / 6 * ((np.arctanh(without) - np.arctanh(found.value)) ** 2).sum())
    reach = t.ppf(0.975, 5) * error
    ends = np.tanh([np.arctanh(found.value) - reach, np.arctanh(found.value) + reach])
    np.testing.assert_allclose([found.low, found.high], ends, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_known_answers(method: Method) -> None:
    line, codes = np.arange(6.0), np.array([0, 0, 0, 1, 1, 1])
    assert correlation(line, -3 * line + 1, codes, VIDEOS, method).estimate.value == pytest.approx(-1)
    assert np.isnan(correlation(line, np.full(6, 0.1), codes, VIDEOS, method).estimate.value)
    assert np.isnan(correlation(line[:0], line[:0], codes[:0], VIDEOS, method).estimate.value)


def test_ranks_see_any_rise_and_products_a_straight_one() -> None:
    line, codes = np.arange(1.0, 9.0), np.zeros(8, dtype=np.int64)
    assert correlation(line, np.exp(line), codes, VIDEOS, "spearman").estimate.value == pytest.approx(1)
    assert correlation(line, np.exp(line), codes, VIDEOS, "pearson").estimate.value < 0.8


def test_undefined_pairs_are_left_out_and_one_video_has_no_interval() -> None:
    first, second = np.array([1.0, 2.0, np.nan, 4.0]), np.array([2.0, 4.0, 100.0, 8.0])
    found = correlation(first, second, np.zeros(4, dtype=np.int64), VIDEOS, "pearson")
    assert found.estimate.value == pytest.approx(1)
    assert found.pairs == 3
    assert not found.estimate.has_interval


def test_within_clips_is_blind_to_the_level_of_a_clip() -> None:
    line = np.arange(5.0)
    first, second = np.tile(line, 3), np.concatenate([line + 100, line, np.full(5, 7.0)])
    units = np.repeat([0, 1, 2], 5)
    found = correlation_within(first, second, units, VIDEOS, "pearson")
    assert found.estimate.value == pytest.approx(1)
    assert found.pairs == 10
    assert found.estimate.has_interval
    assert correlation(first, second, units, VIDEOS, "pearson").estimate.value < 0.5
