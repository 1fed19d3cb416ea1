import numpy as np
import pytest

from samscope.clips.extents import Extents, object_extents
from tests.clips.folders import square_video


def test_shares_and_cuts() -> None:
    labels = np.zeros((10, 20), np.uint8)
    labels[2:6, 3:8] = 4
    labels[0:4, 15:19] = 9
    labels[9] = 255
    extents = object_extents(labels)
    assert set(extents) == {4, 9}
    assert extents[4].share == pytest.approx(20 / 200)
    assert extents[4].cut == 0
    assert extents[9].cut == pytest.approx(4 / 4)


def test_corner_pixels_count_once() -> None:
    labels = np.ones((10, 10), np.uint8)
    assert object_extents(labels)[1].cut == pytest.approx(36 / 10)


def test_worst_cut_is_none_as_soon_as_the_object_is_too_small() -> None:
    video = square_video("a", 8)
    video.masks[3][:] = 0
    video.masks[1][0, 0] = 1
    extents = Extents()
    share = 100 / (40 * 60)
    assert extents.worst_cut(video, 1, range(3), share) == pytest.approx(1 / 101**0.5)
    assert extents.worst_cut(video, 1, range(4, 8), share) == 0
    assert extents.worst_cut(video, 1, range(2, 6), 0.0) is None
    assert extents.worst_cut(video, 1, range(3), 2 * share) is None
    assert extents.worst_cut(video, 2, range(3), 0.0) is None


def test_each_mask_is_read_once_and_only_as_far_as_needed() -> None:
    video = square_video("a", 8)
    video.masks[2][:] = 0
    extents = Extents()
    for _ in range(3):
        extents.worst_cut(video, 1, range(8), 0.0)
    assert video.reads == [0, 1, 2]
