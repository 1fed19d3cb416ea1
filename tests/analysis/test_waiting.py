import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from samscope.analysis.bootstrap import UNDEFINED, mean_by_group
from samscope.analysis.waiting import restricted_mean_wait, weighted_mean_waits

VIDEOS = np.array(["a", "b", "c", "d"])


def test_kaplan_and_meier_by_hand() -> None:
    waits, ended = np.array([0.0, 1.0, 1.0, 3.0]), np.array([True, False, True, True])
    # S(0) = 3/4; of three at 1 one ends: S(1) = 3/4 * 2/3 = 1/2 = S(2); the clip that is left ends at 3.
    assert restricted_mean_wait(waits, ended, VIDEOS, 4).value == pytest.approx(0.75 + 0.5 + 0.5 + 0)
    assert restricted_mean_wait(waits, ended, VIDEOS, 2).value == pytest.approx(0.75 + 0.5)


def test_waits_that_all_end_have_their_plain_mean() -> None:
    waits = np.array([0.0, 2.0, 3.0, 7.0])
    found = restricted_mean_wait(waits, np.ones(4, dtype=bool), VIDEOS, 8)
    plain = mean_by_group(waits, VIDEOS)
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))


@pytest.mark.parametrize(("wait", "ended", "expected"), [(11.0, False, 12.0), (0.0, True, 0.0)])
def test_all_alike(wait: float, ended: bool, expected: float) -> None:
    found = restricted_mean_wait(np.full(4, wait), np.full(4, ended), VIDEOS, 12)
    assert (found.value, found.low, found.high) == (expected,) * 3


def test_a_clip_counts_for_as_long_as_it_is_seen() -> None:
    waits, ended = np.array([0.0, 3.0, 1.0, 1.0]), np.array([False, True, True, True])
    # One clip is seen on the return alone: S(0) = 1, S(1) = 1/3 = S(2), S(3) = 0.
    assert restricted_mean_wait(waits, ended, VIDEOS, 4).value == pytest.approx(1 + 1 / 3 + 1 / 3)


def test_clips_that_have_no_wait_are_left_out() -> None:
    waits, ended = np.array([1.0, np.nan, 3.0, np.nan]), np.array([True, False, True, False])
    assert restricted_mean_wait(waits, ended, VIDEOS, 5).value == pytest.approx(2)
    assert restricted_mean_wait(np.full(4, np.nan), ended, VIDEOS, 5) == UNDEFINED
    assert restricted_mean_wait(waits[:0], ended[:0], VIDEOS[:0], 0) == UNDEFINED


def test_the_interval_is_of_videos() -> None:
    waits, ended = np.array([0.0, 4.0, 0.0, 4.0]), np.ones(4, dtype=bool)
    videos = np.array(["a", "b", "a", "b"])
    few = restricted_mean_wait(waits, ended, videos, 5)
    many = restricted_mean_wait(np.tile(waits, 25), np.tile(ended, 25), np.tile(videos, 25), 5)
    assert (many.low, many.high) == (few.low, few.high) == (0.0, 4.0)
    assert not restricted_mean_wait(waits, ended, np.full(4, "a"), 5).has_interval


def test_each_row_of_weights_is_scipys_estimate_of_the_clips_that_it_takes() -> None:
    rng = np.random.default_rng(0)
    waits, ended = rng.integers(0, 12, size=30).astype(float), rng.random(30) < 0.6
    groups = np.arange(30) % 5
    weights = rng.multinomial(5, np.full(5, 0.2), size=20).astype(float)
    found = weighted_mean_waits(waits, ended, groups, weights, 12)
    for row, mean in zip(weights, found, strict=True):
        times = row[groups].astype(int)
        taken, over = np.repeat(waits, times), np.repeat(ended, times)
        longer = ecdf(CensoredData(uncensored=taken[over], right=taken[~over])).sf
        assert mean == pytest.approx(float(longer.evaluate(np.arange(12)).sum()))
    nobody = weighted_mean_waits(waits[:1], ended[:1], groups[:1], np.array([[0.0, 5, 0, 0, 0]]), 12)
    assert np.isnan(nobody).all()
