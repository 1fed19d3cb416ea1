import numpy as np
import pytest

from samscope.clips.draws.extents import Extents, Wholeness, object_extents, outside_largest_piece
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


def test_pixels_outside_the_largest_piece() -> None:
    mask = np.zeros((20, 30), bool)
    assert outside_largest_piece(mask) == 0
    mask[2:12, 2:8] = True
    assert outside_largest_piece(mask) == 0
    mask[2:12, 20:24] = True
    assert outside_largest_piece(mask) == pytest.approx(0.4)


def test_wholeness_is_none_as_soon_as_the_object_is_too_small() -> None:
    video = square_video("a", 8)
    video.masks[3][:] = 0
    video.masks[1][0, 0] = 1
    extents = Extents()
    share = 100 / (40 * 60)
    whole = extents.wholeness(video, 1, range(3), share)
    assert whole is not None
    assert whole.cut == whole.fault == pytest.approx(1 / 101**0.5)
    assert extents.wholeness(video, 1, range(4, 8), share) == Wholeness(0, 0, 0)
    assert extents.wholeness(video, 1, range(2, 6), 0.0) is None
    assert extents.wholeness(video, 1, range(3), 2 * share) is None
    assert extents.wholeness(video, 2, range(3), 0.0) is None


def test_what_is_hidden_for_a_while_is_told_from_what_grows_and_shrinks() -> None:
    def seen(widths: list[int]) -> Wholeness:
        video = square_video("a", len(widths))
        for mask, width in zip(video.masks, widths, strict=True):
            mask[:] = 0
            mask[10:20, 10 : 10 + width] = 1
        whole = Extents().wholeness(video, 1, range(len(widths)), 0.0)
        assert whole is not None
        return whole

    assert seen([4, 8, 12, 20, 30]).dip == seen([30, 20, 12, 8, 4]).dip == seen([4, 20, 30, 9]).dip == 0
    assert seen([20, 18, 6, 16, 24]).dip == pytest.approx(0.7)
    assert seen([20, 18, 6, 16, 24]).is_hidden
    assert not seen([20, 14, 18]).is_hidden


def test_each_mask_is_read_once_and_only_as_far_as_needed() -> None:
    video = square_video("a", 8)
    video.masks[2][:] = 0
    extents = Extents()
    for _ in range(3):
        extents.wholeness(video, 1, range(8), 0.0)
    assert video.reads == [0, 1, 2]
