import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.trackers.rules.distractors import distractor_overlap


def drawn(*parts: tuple[slice, slice]) -> NDArray[np.bool_]:
    mask = np.zeros((64, 96), np.bool_)
    for part in parts:
        mask[part] = True
    return mask


OBJECT, BESIDE = (slice(20, 40), slice(10, 40)), (slice(20, 40), slice(60, 90))


def test_another_mask_within_the_objects_own_has_none() -> None:
    assert distractor_overlap(drawn(OBJECT), drawn((slice(25, 30), slice(12, 20)))) is None


def test_the_largest_part_beside_the_mask_counts_with_sides_one_pixel_short() -> None:
    small = (slice(0, 2), slice(0, 2))
    assert distractor_overlap(drawn(OBJECT), drawn(BESIDE, small)) == pytest.approx(29 / 79)
    assert distractor_overlap(drawn(OBJECT), drawn(small)) == pytest.approx(29 * 19 / (39 * 39))


def test_parts_that_touch_at_a_corner_are_one() -> None:
    touching = drawn((slice(45, 50), slice(10, 15)), (slice(50, 55), slice(15, 20)))
    apart = drawn((slice(45, 50), slice(10, 15)), (slice(51, 56), slice(15, 20)))
    assert distractor_overlap(drawn(OBJECT), touching) == pytest.approx(19 / 34)
    assert distractor_overlap(drawn(OBJECT), apart) == pytest.approx(19 / 29)


def test_boxes_of_two_pixels_or_less_are_the_same() -> None:
    one = drawn((slice(5, 6), slice(5, 6)))
    assert distractor_overlap(one, drawn((slice(6, 7), slice(6, 7)))) == 1.0
