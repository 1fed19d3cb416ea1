import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.analysis.statistics.bootstrap import UNDEFINED, percentile_interval, resample_weights
from samscope.analysis.statistics.margin import median_of_clips, pooled_margin, row_gaps, row_margins
from samscope.analysis.statistics.resampling_plan import plan_of_videos

VIDEOS = plan_of_videos(np.arange(5))
"""Clips that are each of a video of their own."""


def _plain(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """The definition, with no thought of edges."""
    squares = sum(((values - values.mean()) ** 2).sum() for values in (positive, negative))
    spread = np.sqrt(squares / (len(positive) + len(negative) - 2))
    return float((positive.min() - negative.max()) / spread)


def _pooled(positive: list[float], negative: list[float]) -> float:
    groups = [np.zeros(len(values), dtype=np.int64) for values in (positive, negative)]
    return pooled_margin(
        np.array(positive, float), groups[0], np.array(negative, float), groups[1], VIDEOS
    ).value


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [
        ([4, 6], [0, 2], 2 / np.sqrt(2)),
        ([2, 4], [0, 2], 0.0),
        ([1, 3], [2], -1 / np.sqrt(2)),
        ([5], [0, 2], 3 / np.sqrt(2)),
    ],
)
def test_is_the_gap_in_pooled_standard_deviations(
    positive: list[float], negative: list[float], expected: float
) -> None:
    assert _pooled(positive, negative) == pytest.approx(expected)
    assert row_margins(np.array([positive], float), np.array([negative], float)) == pytest.approx([expected])


@pytest.mark.parametrize(
    ("positive", "negative"), [([], [1, 2]), ([1, 2], []), ([1], [0]), ([0.1] * 3, [0.7] * 5), ([1], [1, 1])]
)
def test_is_undefined_without_both_kinds_or_a_spread(positive: list[float], negative: list[float]) -> None:
    """Equal values have no spread, exactly: 0.1 added up three times is not 0.3."""
    assert np.isnan(_pooled(positive, negative))
    assert np.isnan(row_margins(np.array([positive], float), np.array([negative], float)))


def test_is_the_same_in_any_unit_and_from_any_origin() -> None:
    rng = np.random.default_rng(0)
    positive, negative = rng.normal(size=20) + 9, rng.normal(size=50)
    groups = np.arange(20) % 4, np.arange(50) % 4
    found = pooled_margin(positive, groups[0], negative, groups[1], VIDEOS)
    moved = pooled_margin(7e3 * positive + 1e6, groups[0], 7e3 * negative + 1e6, groups[1], VIDEOS)
    assert found.value == pytest.approx(_plain(positive, negative))
    assert [moved.value, moved.low, moved.high] == pytest.approx([found.value, found.low, found.high])
    assert found.value > 0


def test_interval_is_that_of_videos_drawn_again() -> None:
    rng = np.random.default_rng(1)
    positive, negative = rng.normal(size=15) + 3, rng.normal(size=60)
    positive_groups, negative_groups = np.repeat([0, 1, 2, 3, 3], 3), rng.integers(0, 5, size=60)
    found = pooled_margin(positive, positive_groups, negative, negative_groups, VIDEOS)
    resampled = []
    for weights in resample_weights(5).astype(int):
        kept = [np.repeat(positive, weights[positive_groups]), np.repeat(negative, weights[negative_groups])]
        resampled.append(_plain(*kept) if all(len(values) for values in kept) else np.nan)
    low, high = percentile_interval(np.array(resampled), 5)
    np.testing.assert_allclose([found.low, found.high], [low, high], atol=1e-12)


def test_one_video_that_never_varies_leaves_its_own_resample_out() -> None:
    constant, varied = np.full(3, 0.1), np.array([0.2, 0.4, 0.5])
    found = pooled_margin(
        np.concatenate([constant + 1, varied + 2]),
        np.repeat([0, 1], 3),
        np.concatenate([constant, varied]),
        np.repeat([0, 1], 3),
        VIDEOS,
    )
    twice = np.repeat(varied, 2)
    assert found.high == pytest.approx(_plain(twice + 2, twice))
    assert found.low == pytest.approx(found.value)


def test_nothing_is_undefined_and_one_video_has_no_interval() -> None:
    nothing, codes = np.empty(0), np.empty(0, dtype=np.int64)
    zeros = np.zeros(3, dtype=np.int64)
    assert pooled_margin(nothing, codes, nothing, codes, VIDEOS) == UNDEFINED
    assert not pooled_margin(np.arange(3.0), zeros, -np.arange(3.0), zeros, VIDEOS).has_interval


def test_rows_leave_out_what_is_not_finite() -> None:
    rng = np.random.default_rng(2)
    positive, negative = rng.normal(size=(6, 4)) + 2, rng.normal(size=(6, 20))
    positive[0, 1], negative[0, 3], negative[2, 5], positive[5] = np.nan, np.inf, -np.inf, np.nan
    margins, gaps = row_margins(positive, negative), row_gaps(positive, negative)
    for row in range(5):
        kept = [values[np.isfinite(values)] for values in (positive[row], negative[row])]
        assert margins[row] == pytest.approx(_plain(*kept))
        assert gaps[row] == kept[0].min() - kept[1].max()
    assert np.isnan([margins[5], gaps[5]]).all()


def test_a_gap_without_a_spread_is_known_although_its_margin_is_not() -> None:
    assert row_gaps(np.array([[0.7]]), np.array([[0.1]])) == pytest.approx([0.6])
    assert np.isnan(row_margins(np.array([[0.7]]), np.array([[0.1]])))


@pytest.mark.parametrize("count", [1, 2, 7, 12])
def test_median_and_its_interval_over_videos(count: int) -> None:
    rng = np.random.default_rng(count)
    values, groups = rng.normal(size=count).round(1), rng.integers(0, 4, size=count)
    found = median_of_clips(np.append(values, np.nan), plan_of_videos(np.append(groups, 9)))
    names, codes = np.unique(groups, return_inverse=True)
    resampled = [np.median(np.repeat(values, row[codes])) for row in resample_weights(len(names)).astype(int)]
    low, high = percentile_interval(np.array(resampled), len(names))
    expected = [float(np.median(values)), float(low), float(high)]
    np.testing.assert_allclose([found.value, found.low, found.high], expected, atol=1e-12)


def test_median_of_nothing_is_undefined() -> None:
    assert median_of_clips(np.full(3, np.nan), plan_of_videos(np.arange(3))) == UNDEFINED
    assert median_of_clips(np.empty(0), plan_of_videos([])) == UNDEFINED
