import numpy as np
import pytest

from samscope.clips.sets.motion import (
    cut_off_sides,
    follow,
    played_motion,
    playing_order,
    smoothed,
    steady_growth,
)
from tests.clips.sets.scenes import footage


def test_follow_finds_centre_box_and_area() -> None:
    masks = np.zeros((2, 20, 30), np.bool_)
    masks[0, 4:8, 10:20] = True
    masks[1, 5:9, 12:22] = True
    path = follow(masks)
    assert path.areas.tolist() == [40, 40]
    assert path.centres.tolist() == [[15, 6], [17, 7]]
    assert path.boxes.tolist() == [[10, 4, 20, 8], [12, 5, 22, 9]]
    assert path.extents.tolist() == [[10, 4], [10, 4]]


def test_follow_fills_gaps_on_a_straight_line() -> None:
    masks = footage("source", seed=1, count=10, velocity=(2, 1), start=(40, 40)).masks
    masks[[0, 4, 5, 9]] = False
    path = follow(masks)
    assert path.present.tolist() == [index not in (0, 4, 5, 9) for index in range(10)]
    steps = np.diff(path.centres[1:9], axis=0)
    assert np.abs(steps - (2, 1)).max() < 0.1
    assert np.array_equal(path.centres[0], path.centres[1])
    assert np.array_equal(path.centres[9], path.centres[8])
    assert np.isnan(path.boxes[4]).all()


def test_smoothing_keeps_steady_motion_and_removes_shaking() -> None:
    times = np.arange(28)
    line = np.stack([3.0 * times, 100 - times], axis=1)
    assert np.allclose(smoothed(line, 2), line)
    shaken = line + 5 * (-1.0) ** times[:, None]
    assert np.abs(smoothed(shaken, 2) - line)[4:-4].max() < 0.2


def test_steady_growth_follows_an_approach_and_not_a_flicker() -> None:
    times = np.arange(28)
    approach = np.geomspace(100, 100 * 1.05**27, 28)
    everywhere = np.ones(28, np.bool_)
    assert np.allclose(steady_growth(approach, everywhere), approach)
    flicker = approach * (1 + 0.2 * (-1.0) ** times)
    assert np.abs(steady_growth(flicker, everywhere) / approach - 1).max() < 0.1
    gaps = times % 3 > 0
    assert np.allclose(
        steady_growth(np.where(gaps, approach, 0), gaps), np.clip(approach, 105, 100 * 1.05**26)
    )


@pytest.mark.parametrize("count", [1, 2])
def test_steady_growth_of_few_sizes(count: int) -> None:
    sizes = np.full(5, 7.0)
    assert np.allclose(steady_growth(sizes, np.arange(5) < count), 7)


def test_cut_off_sides() -> None:
    mask = np.zeros((20, 30), np.bool_)
    mask[5:, 10:15] = True
    assert cut_off_sides(mask).tolist() == [False, False, False, True]
    mask[:] = False
    mask[0:3, 25:] = True
    assert cut_off_sides(mask).tolist() == [False, True, True, False]


def test_whole_objects_play_in_their_own_time() -> None:
    masks = footage("partner", seed=1, count=12).masks
    assert playing_order(masks).tolist() == list(range(12))


def test_the_whole_run_is_played_back_and_forth() -> None:
    masks = footage("partner", seed=1, count=12).masks
    masks[:3] = False
    masks[9:, 40, 0] = True
    assert playing_order(masks).tolist() == [6, 5, 4, 3, 4, 5, 6, 7, 8, 7, 6, 5]


def test_playing_ahead() -> None:
    masks = footage("partner", seed=1, count=6).masks
    assert playing_order(masks, 2).tolist() == [2, 3, 4, 5, 4, 3]


def test_an_object_in_two_pieces_is_not_whole() -> None:
    masks = footage("partner", seed=1, count=8, velocity=(0, 0)).masks
    masks[5:, :, 58:62] = False
    assert set(playing_order(masks).tolist()) == set(range(5))


def test_an_object_that_is_never_whole_is_still_played() -> None:
    masks = footage("partner", seed=1, count=8, start=(0, 48), velocity=(0, 0)).masks
    masks[0] = False
    assert set(playing_order(masks).tolist()) == set(range(1, 8))


def test_a_single_whole_frame_stands_still() -> None:
    masks = np.zeros((6, 40, 40), np.bool_)
    masks[3, 10:20, 10:20] = True
    order = playing_order(masks)
    assert order.tolist() == [3] * 6
    motion = played_motion(masks, order, 2)
    assert np.allclose(motion.centres, 15)
    assert np.allclose(motion.areas, 100)
