import numpy as np
import pandas as pd
import pytest

from samscope.analysis.arrays import ratio
from samscope.analysis.bootstrap import mean_by_group, resample_weights
from samscope.analysis.video_resampling import resampled_frames

KEYS = pd.DataFrame({"set": ["clean"] * 4 + ["overlay"] * 4, "clip": [0, 0, 1, 1] * 2})
VIDEOS = np.array(["dog", "dog", "goat", "goat", "dog", "dog", "swan", "swan"])


def test_counts_what_is_chosen() -> None:
    frames = resampled_frames(KEYS, VIDEOS, np.arange(8) != 7)
    assert frames.rows.tolist() == list(range(7))
    assert frames.sizes(np.arange(7) < 5) == {"frames": 5, "clips": 3, "videos": 2}
    np.testing.assert_array_equal(frames.by_video(np.arange(7.0)), [10, 5, 6])


def test_sums_follow_the_weights_and_leave_out_nan() -> None:
    frames = resampled_frames(KEYS, VIDEOS, np.ones(8, dtype=bool))
    values = np.stack([np.arange(8.0), np.where(np.arange(8) == 2, np.nan, 1.0)], axis=1)
    totals = frames.totals(values)
    np.testing.assert_array_equal(totals[0], [28, 7])
    weights = resample_weights(3)
    np.testing.assert_allclose(totals[1:], weights @ [[10, 4], [5, 1], [13, 2]])


def test_intervals_of_a_mean_are_the_bootstraps() -> None:
    rng = np.random.default_rng(0)
    videos = rng.choice(["dog", "goat", "swan", "lynx"], size=50)
    keys = pd.DataFrame({"set": "clean", "clip": videos})
    values = rng.normal(size=50)
    frames = resampled_frames(keys, videos, np.ones(50, dtype=bool))
    statistics = ratio(frames.totals(values), frames.totals(np.ones(50)))[:, None]
    found = frames.estimates(statistics, np.ones((50, 1), dtype=bool))
    expected = mean_by_group(values, videos)
    assert [ends[0] for ends in found] == pytest.approx([expected.value, expected.low, expected.high])


@pytest.mark.parametrize("chosen", [VIDEOS == "swan", VIDEOS == "lynx"])
def test_fewer_than_two_videos_have_no_interval(chosen: np.ndarray) -> None:
    frames = resampled_frames(KEYS, VIDEOS, chosen)
    known = np.ones((chosen.sum(), 1), dtype=bool)
    count = frames.totals(np.ones((chosen.sum(), 1)))
    value, low, high = frames.estimates(count, known)
    assert value.tolist() == [chosen.sum()]
    assert np.isnan([low, high]).all()
