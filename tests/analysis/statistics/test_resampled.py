import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import t

from samscope.analysis.statistics.resampled import (
    SHARE,
    Resampled,
    column_means,
    intervals,
    mean,
    resampled,
    undefined,
)
from samscope.analysis.statistics.resampling_plan import PAIR, PARTNER, SOURCE, plan_of_videos

ROLES = np.zeros(2, dtype=np.int64)


def _sampled(values: list[float], clips: set[int], videos: set[int], partners: set[int]) -> Resampled:
    return Resampled(np.array(values), ROLES, frozenset(clips), frozenset(videos), frozenset(partners))


ONE = _sampled([1.0, 2.0, 3.0], {1, 2}, {0, 1}, {4, 5})
OTHER = _sampled([2.0, 0.0, -1.0], {2, 3}, {1}, set())


def test_it_calculates_row_by_row() -> None:
    np.testing.assert_array_equal((ONE - OTHER).values, [-1, 2, 4])
    np.testing.assert_array_equal((ONE + OTHER).values, [3, 2, 2])
    np.testing.assert_array_equal((ONE * 0.5).values, [0.5, 1, 1.5])
    np.testing.assert_array_equal((ONE - 1).values, [0, 1, 2])


def test_a_ratio_to_nothing_is_undefined() -> None:
    np.testing.assert_array_equal((ONE / OTHER).values, [0.5, np.nan, np.nan])


def test_it_rests_on_what_both_rest_on() -> None:
    """A statistic that hangs on no partner takes none away from one that does."""
    both = ONE - OTHER
    assert (sorted(both.clips), sorted(both.videos), sorted(both.partners)) == ([2], [1], [4, 5])
    assert (ONE - 1).videos == ONE.videos


def test_what_is_missing_stays_missing() -> None:
    gone = undefined("not run")
    for found in (ONE / gone, gone - ONE, gone * 2.0, gone - 1, ONE.apart_from(gone)):
        assert found.missing == "not run"
        assert np.isnan(found.values).all()
        assert not found.videos


def test_what_moves_with_no_video_has_no_spread() -> None:
    values, plan = np.random.default_rng(0).normal(size=24), plan_of_videos(np.arange(24) % 8)
    one = mean(values, plan)
    found = (one - one).estimate
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_a_mean_of_videos_has_the_interval_of_student() -> None:
    rng = np.random.default_rng(0)
    for count in (2, 8, 40):
        levels = rng.normal(size=count)
        found = mean(np.repeat(levels, 5), plan_of_videos(np.repeat(np.arange(count), 5))).estimate
        ends = t.interval(0.95, count - 1, levels.mean(), levels.std(ddof=1) / np.sqrt(count))
        assert (found.low, found.high) == pytest.approx(ends)
        assert found.freedom == count - 1


def test_a_bounded_mean_has_it_on_the_scale_of_the_log_odds() -> None:
    values = np.array([0.5, 0.7, 0.8, 0.9])
    found = mean(values, plan_of_videos(np.arange(4)), SHARE).estimate
    without = logit((values.sum() - values) / 3)
    reach = t.ppf(0.975, 3) * np.sqrt(3 / 4 * ((without - logit(values.mean())) ** 2).sum())
    ends = expit(logit(values.mean()) + np.array([-reach, reach]))
    assert (found.low, found.high) == pytest.approx(tuple(ends))
    assert found.high - found.value < found.value - found.low


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_at_a_bound_all_are_alike(value: float) -> None:
    found = mean(np.full(6, value), plan_of_videos(np.arange(6)), SHARE).estimate
    assert (found.value, found.low, found.high) == (value, value, value)


def test_a_bound_that_is_reached_without_one_video_does_not_open_the_interval_to_both() -> None:
    values = np.array([1.0] * 9 + [0.99])
    found = mean(values, plan_of_videos(np.arange(10)), SHARE).estimate
    assert 0.9 < found.low < 0.999 < found.high < 1


def test_sources_and_partners_add_up_and_their_pairs_are_taken_off() -> None:
    rng = np.random.default_rng(1)
    sources, partners = np.repeat(np.arange(4), 5), np.tile(np.arange(5), 4)
    values = rng.normal(size=20)
    plan = plan_of_videos(sources, [[str(name)] for name in partners])
    found = mean(values, plan)
    off = values - values.mean()
    variance = {}
    for role, names, count in ((SOURCE, sources, 4), (PARTNER, partners, 5), (PAIR, np.arange(20), 20)):
        without = np.array([values[names != name].mean() for name in range(count)])
        np.testing.assert_allclose(found.resampled[plan.roles == role], without)
        variance[role] = ((without - values.mean()) ** 2).sum()
    assert off.sum() == pytest.approx(0)
    parts = variance[SOURCE] * 3 / 4, variance[PARTNER] * 4 / 5
    crosswise = max(*parts, sum(parts) - variance[PAIR] * 4 / 5)
    estimate = found.estimate
    assert estimate.high - estimate.value == pytest.approx(t.ppf(0.975, 3) * np.sqrt(crosswise))


def test_clips_that_each_have_videos_of_their_own_are_no_less_sure_for_their_partners() -> None:
    values = np.random.default_rng(2).normal(size=9)
    alone = mean(values, plan_of_videos(np.arange(9))).estimate
    lent = mean(values, plan_of_videos(np.arange(9), [[f"lent {clip}"] for clip in range(9)])).estimate
    assert (lent.low, lent.high) == pytest.approx((alone.low, alone.high))


def test_one_partner_leaves_no_interval_however_many_sources_there_are() -> None:
    found = mean(np.arange(9.0), plan_of_videos(np.arange(9), [["goat"]] * 9))
    assert found.estimate.value == 4
    assert not found.estimate.has_interval


def test_what_is_undefined_without_some_video_has_no_interval() -> None:
    plan = plan_of_videos(np.arange(3))
    found = resampled(np.array([1.0, 1.0, np.nan, 1.0]), plan, np.ones(3, dtype=bool))
    assert not found.estimate.has_interval


def test_variances_of_statistics_of_other_clips_add_up() -> None:
    rng = np.random.default_rng(3)
    values, others = rng.normal(size=6), rng.normal(size=6)
    plan = plan_of_videos(np.arange(6))
    one, other = mean(values, plan), mean(others, plan)
    found = one.apart_from(other).estimate
    reach = t.ppf(0.975, 5) * np.sqrt((values.var(ddof=1) + others.var(ddof=1)) / 6)
    assert found.value == pytest.approx(values.mean() - others.mean())
    assert found.high - found.value == pytest.approx(reach)


def test_columns_agree_with_one_mean_at_a_time() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(30, 4))
    values[rng.random(values.shape) < 0.2] = np.nan
    values[:, 3] = np.nan
    plan = plan_of_videos(np.arange(30) % 6, [[str(clip % 7)] for clip in range(30)])
    means, low, high = column_means(values, plan)
    for column in range(3):
        one = mean(values[:, column], plan).estimate
        assert (means[column], low[column], high[column]) == pytest.approx((one.value, one.low, one.high))
    assert np.isnan([means[3], low[3], high[3]]).all()


def test_nothing_has_no_interval() -> None:
    low, high = intervals(np.full((1, 3), np.nan), np.empty(0, int), np.zeros(3, int), np.zeros(3, int))
    assert np.isnan([low, high]).all()
