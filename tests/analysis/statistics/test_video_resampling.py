import numpy as np
import pytest

from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.resampled import mean
from samscope.analysis.statistics.resampling_plan import plan_of_videos
from samscope.analysis.statistics.video_resampling import resampled_frames

PLAN = plan_of_videos(["dog", "goat", "dog", "swan"], [[], [], ["goat"], ["dog"]])
CLIPS = np.repeat(np.arange(4), 2)


def test_counts_what_is_chosen() -> None:
    frames = resampled_frames(CLIPS, PLAN, np.arange(8) != 7)
    assert frames.rows.tolist() == list(range(7))
    assert frames.sizes(np.arange(7) < 5) == {"frames": 5, "clips": 3, "videos": 2, "partners": 1}
    np.testing.assert_array_equal(frames.by_clip(np.arange(7.0)), [1, 5, 9, 6])


def test_sums_follow_the_plan_and_leave_out_nan() -> None:
    frames = resampled_frames(CLIPS, PLAN, np.ones(8, dtype=bool))
    values = np.stack([np.arange(8.0), np.where(np.arange(8) == 2, np.nan, 1.0)], axis=1)
    totals = frames.totals(values)
    without_sources = [[18, 3], [23, 6], [15, 5]]
    without_partners = [[15, 5], [19, 5]]
    without_pairs = [[19, 5], [15, 5]]
    np.testing.assert_array_equal(totals, [[28, 7], *without_sources, *without_partners, *without_pairs])


def test_intervals_of_a_mean_of_frames_are_those_of_clips() -> None:
    rng = np.random.default_rng(0)
    plan, values = plan_of_videos(np.arange(50) % 4), rng.normal(size=50)
    frames = resampled_frames(np.arange(50), plan, np.ones(50, dtype=bool))
    statistics = ratio(frames.totals(values), frames.totals(np.ones(50)))[:, None]
    found = frames.estimates(statistics, np.ones((50, 1), dtype=bool))
    expected = mean(values, plan).estimate
    assert [ends[0] for ends in found] == pytest.approx([expected.value, expected.low, expected.high])


@pytest.mark.parametrize("clip", [3, 4])
def test_fewer_than_two_videos_have_no_interval(clip: int) -> None:
    chosen = np.equal(CLIPS, clip)
    frames = resampled_frames(CLIPS, PLAN, chosen)
    known = np.ones((chosen.sum(), 1), dtype=bool)
    count = frames.totals(np.ones((chosen.sum(), 1)))
    value, low, high = frames.estimates(count, known)
    assert value.tolist() == [chosen.sum()]
    assert np.isnan([low, high]).all()
