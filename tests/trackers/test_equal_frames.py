import numpy as np
import pytest

from samscope.trackers.equal_frames import number_frames


def frames(*values: int, size: tuple[int, int] = (40, 56)) -> np.ndarray:
    return np.stack([np.full((*size, 3), value, np.uint8) for value in values])


def test_equal_pixels_have_equal_numbers_within_and_across_clips() -> None:
    assert number_frames([frames(1, 2, 1), frames(2, 3), frames(1)]) == [[0, 1, 0], [1, 2], [0]]


@pytest.mark.parametrize("place", [(0, 0, 0), (39, 55, 2), (7, 9, 1)])
def test_one_value_of_one_pixel_makes_a_frame_another(place: tuple[int, int, int]) -> None:
    one, other = frames(5), frames(5)
    other[0][place] += 1
    assert number_frames([one, other]) == [[0], [1]]


def test_frames_of_other_sizes_are_not_equal() -> None:
    assert number_frames([frames(4, size=(40, 56)), frames(4, size=(56, 40))]) == [[0], [1]]


def test_nothing_to_number() -> None:
    assert number_frames([]) == []
    assert number_frames([frames(1)[:0]]) == [[]]
