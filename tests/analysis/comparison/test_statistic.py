import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from samscope.analysis.bootstrap import mean_by_group
from samscope.analysis.comparison.statistic import (
    difference,
    mean_over_clips,
    pooled_auroc_of,
    ratio_of_means,
)

VIDEOS = np.repeat(np.arange(6), 3)


@pytest.fixture
def values() -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.asarray(rng.normal(size=6)[VIDEOS] + 0.1 * rng.normal(size=18))


def test_what_is_the_same_in_every_clip_is_sure_in_pairs(values: np.ndarray) -> None:
    found = difference(mean_over_clips(values + 0.25, VIDEOS), mean_over_clips(values, VIDEOS), paired=True)
    apart = found.difference
    assert (apart.value, apart.low, apart.high) == pytest.approx((0.25, 0.25, 0.25))
    assert found.value - found.reference_value == pytest.approx(0.25)
    assert (found.clips, found.videos, found.reference_clips, found.reference_videos) == (18, 6, 18, 6)


def test_without_pairs_the_videos_do_not_cancel(values: np.ndarray) -> None:
    found = difference(mean_over_clips(values + 0.25, VIDEOS), mean_over_clips(values, VIDEOS), paired=False)
    assert found.difference.value == pytest.approx(0.25)
    assert found.difference.low < 0
    assert found.difference.high > 0.5
    alone = mean_by_group(values, VIDEOS)
    assert found.difference.high - found.difference.low > 1.2 * (alone.high - alone.low)


def test_a_paired_difference_of_means_is_the_mean_of_differences(values: np.ndarray) -> None:
    others = values + np.random.default_rng(1).normal(size=18)
    found = difference(mean_over_clips(values, VIDEOS), mean_over_clips(others, VIDEOS), paired=True)
    expected = mean_by_group(values - others, VIDEOS)
    apart = found.difference
    assert (apart.value, apart.low, apart.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )


@pytest.mark.parametrize("paired", [True, False])
def test_one_video_has_no_interval_and_none_no_value(values: np.ndarray, paired: bool) -> None:
    alone = mean_over_clips(values, np.zeros(18, dtype=np.int64))
    found = difference(alone, alone, paired=paired)
    assert found.difference.value == 0
    assert not found.difference.has_interval
    nothing = mean_over_clips(np.full(18, np.nan), VIDEOS)
    found = difference(nothing, nothing, paired=paired)
    assert np.isnan([found.value, found.difference.value, found.difference.low]).all()
    assert (found.clips, found.videos) == (0, 0)


def test_a_ratio_of_means_by_hand() -> None:
    above, below = np.array([[2.0, 4.0], [np.nan, 6.0]]), np.array([[1.0, 1.0], [4.0, np.nan]])
    found = ratio_of_means(above, below, np.array(["a", "b"]))
    assert found.under(np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 2.0]])) == pytest.approx([4 / 2, 3 / 1, 6 / 4])
    assert (found.videos, found.clips) == (2, 2)


def test_auroc_of_videos_taken_several_times_is_that_of_repeated_values() -> None:
    rng = np.random.default_rng(2)
    absent, other = rng.normal(size=(6, 4)).round(1) + 0.5, rng.normal(size=(6, 9)).round(1)
    absent[2], other[4, 3] = np.nan, np.nan
    videos = np.array([5, 5, 7, 7, 9, 9])
    found = pooled_auroc_of(absent, other, videos)
    assert (found.videos, found.clips) == (3, 6)
    for weights in ([1, 1, 1], [2, 0, 1], [0, 3, 0]):
        times = np.array(weights)[np.searchsorted([5, 7, 9], videos)]
        taken = [np.repeat(of, times, axis=0).ravel() for of in (absent, other)]
        scores = np.concatenate([of[np.isfinite(of)] for of in taken])
        truth = np.repeat([True, False], [np.isfinite(of).sum() for of in taken])
        assert found.under(np.array([weights], dtype=float))[0] == pytest.approx(roc_auc_score(truth, scores))
