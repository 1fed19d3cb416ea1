import numpy as np
import pytest
from scipy.stats import t

from samscope.analysis.statistics.bootstrap import Estimate
from samscope.analysis.statistics.per_clip import PerClip, clip_means, summary
from samscope.analysis.statistics.resampling_plan import plan_of_videos

VALUES = np.array([[1.0, 2.0, np.nan], [4.0, 5.0, 6.0], [7.0, 7.0, 7.0]])
VIDEOS = plan_of_videos(["a", "b", "b"])
INSIDE = np.array([[True, True, True], [False, True, True], [False, False, False]])


def test_the_mean_over_the_frames_of_each_clip() -> None:
    found = clip_means(VALUES, INSIDE)
    np.testing.assert_array_equal(found.values, [1.5, 5.5, np.nan])
    np.testing.assert_array_equal(found.frames, [2, 2, 0])
    np.testing.assert_array_equal(found.undefined, [1, 0, 0])
    np.testing.assert_array_equal(found.asked, [True, True, False])


def test_a_clip_that_is_not_asked_about_has_no_value() -> None:
    found = clip_means(VALUES, INSIDE, np.array([False, True, True]))
    np.testing.assert_array_equal(found.values, [np.nan, 5.5, np.nan])
    np.testing.assert_array_equal(found.undefined, 0)


def test_a_difference_needs_both() -> None:
    first = clip_means(VALUES, INSIDE)
    found = first.minus(PerClip(np.array([1.0, np.nan, 1.0]), np.ones(3, int), np.zeros(3, int), first.asked))
    np.testing.assert_array_equal(found.values, [0.5, np.nan, np.nan])
    np.testing.assert_array_equal(found.frames, [3, 3, 1])


def test_the_mean_over_clips_and_what_it_rests_on() -> None:
    found = summary(clip_means(VALUES, INSIDE, np.ones(3, bool)), VIDEOS)
    reach = t.ppf(0.975, 1)
    assert found == {
        "mean": 3.5,
        "low": pytest.approx(3.5 - 2 * reach),
        "high": pytest.approx(3.5 + 2 * reach),
        "frames": 4,
        "clips": 2,
        "videos": 2,
        "undefined": 1,
        "undefined_clips": 1,
    }


def test_another_statistic_in_the_place_of_the_mean() -> None:
    found = summary(clip_means(VALUES, INSIDE), VIDEOS, estimate=Estimate(0.1, 0.0, 0.2))
    assert (found["mean"], found["low"], found["high"], found["clips"]) == (0.1, 0.0, 0.2, 2)


def test_no_clips() -> None:
    found = summary(clip_means(np.empty((0, 0)), np.empty((0, 0), bool)), plan_of_videos([]))
    assert found["mean"] != found["mean"]
    assert found["clips"] == found["videos"] == found["undefined_clips"] == 0


@pytest.mark.parametrize("count", [1, 3])
def test_one_video_has_no_interval(count: int) -> None:
    found = summary(
        clip_means(VALUES[1:2].repeat(count, 0), np.ones((count, 3), bool)), plan_of_videos(["a"] * count)
    )
    assert found["mean"] == 5
    assert np.isnan([found["low"], found["high"]]).all()
