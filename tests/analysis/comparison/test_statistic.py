import numpy as np
import pytest

from samscope.analysis.comparison.statistic import difference, ratio_of_means
from samscope.analysis.statistics.resampled import mean
from samscope.analysis.statistics.resampling_plan import plan_of_videos

VIDEOS = np.repeat(np.arange(6), 3)
PLAN = plan_of_videos(VIDEOS)


@pytest.fixture
def values() -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.asarray(rng.normal(size=6)[VIDEOS] + 0.1 * rng.normal(size=18))


def test_what_is_the_same_in_every_clip_is_sure_in_pairs(values: np.ndarray) -> None:
    found = difference(mean(values + 0.25, PLAN), mean(values, PLAN), paired=True)
    apart = found.difference
    assert (apart.value, apart.low, apart.high) == pytest.approx((0.25, 0.25, 0.25))
    assert found.value - found.reference_value == pytest.approx(0.25)
    assert (found.clips, found.videos, found.reference_clips, found.reference_videos) == (18, 6, 18, 6)


def test_without_pairs_the_videos_do_not_cancel(values: np.ndarray) -> None:
    found = difference(mean(values + 0.25, PLAN), mean(values, PLAN), paired=False)
    assert found.difference.value == pytest.approx(0.25)
    assert found.difference.low < 0
    assert found.difference.high > 0.5
    alone = mean(values, PLAN).estimate
    assert found.difference.high - found.difference.low > 1.2 * (alone.high - alone.low)


def test_a_paired_difference_of_means_is_the_mean_of_differences(values: np.ndarray) -> None:
    others = values + np.random.default_rng(1).normal(size=18)
    found = difference(mean(values, PLAN), mean(others, PLAN), paired=True)
    expected = mean(values - others, PLAN).estimate
    apart = found.difference
    assert (apart.value, apart.low, apart.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )


@pytest.mark.parametrize("paired", [True, False])
def test_one_video_has_no_interval_and_none_no_value(values: np.ndarray, paired: bool) -> None:
    alone = mean(values, plan_of_videos([0] * 18))
    found = difference(alone, alone, paired=paired)
    assert found.difference.value == 0
    assert not found.difference.has_interval
    nothing = mean(np.full(18, np.nan), PLAN)
    found = difference(nothing, nothing, paired=paired)
    assert np.isnan([found.value, found.difference.value, found.difference.low]).all()
    assert (found.clips, found.videos) == (0, 0)


def test_a_ratio_of_means_by_hand() -> None:
    above, below = np.array([[2.0, 4.0], [np.nan, 6.0]]), np.array([[1.0, 1.0], [4.0, np.nan]])
    found = ratio_of_means(above, below, plan_of_videos(["a", "b"]))
    assert found.values == pytest.approx([4 / 2, 6 / 4, 3 / 1])
    assert (len(found.videos), len(found.clips)) == (2, 2)
