import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from samscope.analysis.statistics.kaplan_meier import restricted_mean_wait
from samscope.analysis.statistics.resampled import mean
from samscope.analysis.statistics.resampling_plan import plan_of_videos

VIDEOS = plan_of_videos(["a", "b", "c", "d"])


def test_kaplan_and_meier_by_hand() -> None:
    waits, ended = np.array([0.0, 1.0, 1.0, 3.0]), np.array([True, False, True, True])
    # S(0) = 3/4; of three at 1 one ends: S(1) = 3/4 * 2/3 = 1/2 = S(2); the clip that is left ends at 3.
    assert restricted_mean_wait(waits, ended, VIDEOS, 4).value == pytest.approx(0.75 + 0.5 + 0.5 + 0)
    assert restricted_mean_wait(waits, ended, VIDEOS, 2).value == pytest.approx(0.75 + 0.5)


def test_waits_that_all_end_have_their_plain_mean() -> None:
    waits = np.array([0.0, 2.0, 3.0, 7.0])
    found = restricted_mean_wait(waits, np.ones(4, dtype=bool), VIDEOS, 8).estimate
    plain = mean(waits, VIDEOS, (0.0, 8.0)).estimate
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))


@pytest.mark.parametrize(("wait", "ended", "expected"), [(11.0, False, 12.0), (0.0, True, 0.0)])
def test_all_alike(wait: float, ended: bool, expected: float) -> None:
    found = restricted_mean_wait(np.full(4, wait), np.full(4, ended), VIDEOS, 12).estimate
    assert (found.value, found.low, found.high) == (expected,) * 3


def test_a_clip_counts_for_as_long_as_it_is_seen() -> None:
    waits, ended = np.array([0.0, 3.0, 1.0, 1.0]), np.array([False, True, True, True])
    # One clip is seen on the return alone: S(0) = 1, S(1) = 1/3 = S(2), S(3) = 0.
    assert restricted_mean_wait(waits, ended, VIDEOS, 4).value == pytest.approx(1 + 1 / 3 + 1 / 3)


def test_clips_that_have_no_wait_are_left_out() -> None:
    waits, ended = np.array([1.0, np.nan, 3.0, np.nan]), np.array([True, False, True, False])
    assert restricted_mean_wait(waits, ended, VIDEOS, 5).value == pytest.approx(2)
    assert restricted_mean_wait(np.full(4, np.nan), ended, VIDEOS, 5).missing
    assert restricted_mean_wait(waits[:0], ended[:0], plan_of_videos([]), 0).missing


def test_the_interval_is_of_videos() -> None:
    waits, ended = np.array([0.0, 4.0, 0.0, 4.0]), np.ones(4, dtype=bool)
    videos = ["a", "b", "a", "b"]
    few = restricted_mean_wait(waits, ended, plan_of_videos(videos), 5).estimate
    many = restricted_mean_wait(np.tile(waits, 25), np.tile(ended, 25), plan_of_videos(videos * 25), 5)
    assert (many.estimate.low, many.estimate.high) == pytest.approx((few.low, few.high))
    assert 0 < few.low < 2 < few.high < 5
    assert not restricted_mean_wait(waits, ended, plan_of_videos(["a"] * 4), 5).estimate.has_interval


def test_without_a_video_it_is_scipys_estimate_of_the_clips_that_stay() -> None:
    rng = np.random.default_rng(0)
    waits, ended = rng.integers(0, 12, size=30).astype(float), rng.random(30) < 0.6
    plan = plan_of_videos(np.arange(30) % 5, [[str(clip % 7)] for clip in range(30)])
    found = restricted_mean_wait(waits, ended, plan, 12)
    for taken, expected in zip(plan.weights() == 1, found.values, strict=True):
        kept, over = waits[taken], ended[taken]
        longer = ecdf(CensoredData(uncensored=kept[over], right=kept[~over])).sf
        assert expected == pytest.approx(float(longer.evaluate(np.arange(12)).sum()))
    assert np.isnan(restricted_mean_wait(waits[:1], ended[:1], plan_of_videos(["a"]), 12).values[1])
