import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.clips.draws.appearance import DESCRIPTOR_LENGTH, describe, nearest


def scene(
    colour: tuple[int, int, int], *, width: int = 20, height: int = 20, left: int = 10, ground: int = 80
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    frame = np.full((60, 90, 3), ground, np.uint8)
    mask = np.zeros((60, 90), bool)
    mask[8 : 8 + height, left : left + width] = True
    frame[mask] = colour
    return frame, mask


def distance(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(first - second))


def test_description_is_a_finite_vector() -> None:
    description = describe(*scene((200, 30, 30)))
    assert description.shape == (DESCRIPTOR_LENGTH,)
    assert description.dtype == np.float32
    assert np.isfinite(description).all()


def test_place_and_background_play_no_part() -> None:
    base = describe(*scene((200, 30, 30)))
    np.testing.assert_array_equal(base, describe(*scene((200, 30, 30), left=50)))
    np.testing.assert_array_equal(base, describe(*scene((200, 30, 30), ground=230)))


def test_like_colours_are_nearer_than_unlike_ones() -> None:
    red = describe(*scene((200, 30, 30)))
    order = nearest(
        red,
        np.stack([describe(*scene(colour)) for colour in ((30, 60, 200), (30, 200, 40), (188, 40, 36))]),
    )
    assert order[0] == 2


def test_like_shapes_are_nearer_than_unlike_ones() -> None:
    square = describe(*scene((200, 30, 30)))
    tall = describe(*scene((200, 30, 30), width=9, height=44))
    nearly = describe(*scene((200, 30, 30), width=22, height=18))
    assert distance(square, nearly) < distance(square, tall)


def test_size_counts_little() -> None:
    small, large = (describe(*scene((200, 30, 30), width=side, height=side)) for side in (10, 40))
    other_colour = describe(*scene((30, 60, 200), width=10, height=10))
    assert 0 < distance(small, large) < 0.6
    assert distance(small, large) < distance(small, other_colour)


def test_brightness_changes_little_but_something() -> None:
    base = describe(*scene((150, 60, 60)))
    darker = describe(*scene((120, 48, 48)))
    blue = describe(*scene((60, 60, 150)))
    assert 0 < distance(base, darker) < distance(base, blue)


def test_large_and_thin_objects_are_described() -> None:
    frame = cv2.resize(scene((200, 30, 30))[0], (900, 600))
    mask = np.zeros((600, 900), bool)
    mask[299, 5:890] = True
    assert np.isfinite(describe(frame, mask)).all()
    mask[:] = False
    mask[np.arange(1, 599, 7), np.arange(1, 599, 7)] = True
    assert np.isfinite(describe(frame, mask)).all()


def test_nearest_is_the_order_of_distances() -> None:
    points = np.array([[3.0, 0], [1, 0], [2, 0], [1, 0]], np.float32)
    np.testing.assert_array_equal(nearest(np.zeros(2, np.float32), points), [1, 3, 2, 0])


def test_empty_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="without a pixel"):
        describe(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), bool))
