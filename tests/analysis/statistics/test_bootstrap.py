import numpy as np
import pytest
from scipy.stats import norm, t

from samscope.analysis.statistics.bootstrap import (
    UNDEFINED,
    mean_by_group,
    percentile_interval,
    resample_weights,
)


def test_weights_count_draws_with_replacement_and_repeat_with_their_seed() -> None:
    weights = resample_weights(7, resamples=500, seed=3)
    assert weights.shape == (500, 7)
    np.testing.assert_array_equal(weights.sum(axis=1), 7)
    np.testing.assert_array_equal(weights, resample_weights(7, resamples=500, seed=3))
    assert (weights != resample_weights(7, resamples=500, seed=4)).any()
    assert weights.mean() == pytest.approx(1)
    assert weights.var() == pytest.approx(1 - 1 / 7, rel=0.1)


def test_mean_of_values_has_the_interval_of_student() -> None:
    rng = np.random.default_rng(0)
    for count in (8, 40):
        groups = np.repeat(np.arange(count), 5)
        values = rng.normal(size=count)[groups]
        found = mean_by_group(values, groups)
        low, high = t.interval(0.95, count - 1, values[::5].mean(), values[::5].std(ddof=1) / np.sqrt(count))
        assert found.value == pytest.approx(values.mean())
        assert found.high - found.low == pytest.approx(high - low, rel=0.2)
        assert found.low == pytest.approx(low, abs=0.15 * (high - low))


def test_the_interval_is_of_groups_not_of_values() -> None:
    values = np.array([0.0, 1.0, 0.0, 1.0])
    few = mean_by_group(values, np.array(["a", "b", "a", "b"]))
    repeated = mean_by_group(np.tile(values, 500), np.tile(["a", "b", "a", "b"], 500))
    assert (repeated.low, repeated.high) == (few.low, few.high) == (0.0, 1.0)


@pytest.mark.parametrize("count", [6, 9, 30])
def test_interval_covers_the_truth_as_often_as_it_says(count: int) -> None:
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(count), 4)
        values = rng.normal(size=count)[groups] + 0.5 * rng.normal(size=4 * count)
        found = mean_by_group(values, groups)
        covered += found.low <= 0 <= found.high
    assert 0.89 <= covered / 200 <= 0.99


def test_one_group_has_a_mean_but_no_interval() -> None:
    found = mean_by_group([1.0, 2.0], ["a", "a"])
    assert found.value == 1.5
    assert np.isnan([found.low, found.high]).all()
    assert not found.has_interval


def test_a_group_without_a_defined_value_is_no_group() -> None:
    assert not mean_by_group([1.0, 2.0, np.nan], ["a", "a", "b"]).has_interval
    assert mean_by_group([1.0, 2.0, np.inf, 3.0], ["a", "a", "b", "b"]).value == 2.0
    assert mean_by_group([np.nan], ["a"]) == UNDEFINED
    assert mean_by_group([], []) == UNDEFINED


def test_many_groups_have_the_plain_percentiles_and_few_wider_ones() -> None:
    statistics = np.linspace(0, 1, 1001)[:, None]
    for groups, expected in ((10**6, 0.025), (9, norm.cdf(-np.sqrt(9 / 8) * t.ppf(0.975, 8))), (2, 0.0)):
        low, high = percentile_interval(statistics, groups)
        assert low[0] == pytest.approx(expected, abs=1e-4)
        assert high[0] == pytest.approx(1 - expected, abs=1e-4)


def test_resamples_that_define_nothing_are_left_out() -> None:
    statistics = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    low, high = percentile_interval(statistics, np.array([2, 2]))
    np.testing.assert_array_equal([low, high], [[1.0, np.nan], [3.0, np.nan]])
