"""Greys along the edge of one object are told from labels, on every usual way to smooth a mask."""

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from samscope.videos.davis import read_collection
from samscope.videos.mask_kinds import MaskKind, at_half_height, look_at_mask

Mask = NDArray[np.uint8]


def disc(size: tuple[int, int] = (120, 160), value: int = 255) -> Mask:
    y, x = np.mgrid[: size[0], : size[1]]
    there = (x - 70) ** 2 / 2 + (y - 60) ** 2 <= 900
    return np.asarray(there * value, np.uint8)


def as_jpeg(mask: Mask, quality: int) -> Mask:
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


WAYS: dict[str, Callable[[Mask], Mask]] = {
    "halved": lambda mask: np.asarray(cv2.resize(mask, None, fx=0.5, fy=0.5), np.uint8),
    "averaged": lambda mask: np.asarray(
        cv2.resize(mask, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8
    ),
    "doubled": lambda mask: np.asarray(cv2.resize(mask, None, fx=2, fy=2), np.uint8),
    "cubic": lambda mask: np.asarray(
        cv2.resize(mask, None, fx=1.3, fy=1.3, interpolation=cv2.INTER_CUBIC), np.uint8
    ),
    "lanczos": lambda mask: np.asarray(Image.fromarray(mask).resize((110, 83), Image.Resampling.LANCZOS)),
    "blurred": lambda mask: np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.0), np.uint8),
    "blurred widely": lambda mask: np.asarray(cv2.GaussianBlur(mask, (0, 0), 4.0), np.uint8),
    "box": lambda mask: np.asarray(cv2.blur(mask, (3, 3)), np.uint8),
    **{f"jpeg {quality}": partial(as_jpeg, quality=quality) for quality in (30, 50, 75, 90, 95, 100)},
}


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


@pytest.mark.parametrize("value", [255, 200, 128, 38])
@pytest.mark.parametrize("way", WAYS)
def test_a_smoothed_object_is_where_it_has_half_of_its_value(way: str, value: int) -> None:
    if way == "jpeg 100" and value != 255:
        pytest.skip("off by one at most, which could be a label")
    smoothed = WAYS[way](disc(value=value))
    look = look_at_mask(smoothed)
    assert look.kind is MaskKind.SMOOTHED
    assert abs(look.peak - value) <= 2
    expected = WAYS[way](disc(value=255)) >= 128
    assert overlap(at_half_height(smoothed, look.peak), expected) > 0.99


def test_clean_masks_are_told_by_their_values() -> None:
    assert look_at_mask(np.zeros((9, 9), np.uint8)).kind is MaskKind.EMPTY
    assert look_at_mask(np.zeros((0, 0), np.uint8)).kind is MaskKind.EMPTY
    for value in (1, 7, 255):
        look = look_at_mask(disc(value=value))
        assert (look.kind, look.peak) == (MaskKind.SINGLE, value)


def label_map(count: int, side: int = 6) -> Mask:
    """Return squares of ids 1 to ``count``, side by side."""
    across = 16
    mask = np.zeros((side * (-(-count // across)), side * across), np.uint8)
    for place in range(count):
        row, column = divmod(place, across)
        mask[side * row : side * row + side, side * column : side * column + side] = place + 1
    return mask


@pytest.mark.parametrize("count", [2, 3, 20, 63, 65, 100, 200, 255])
def test_any_number_of_labels_are_labels(count: int) -> None:
    look = look_at_mask(label_map(count))
    assert (look.kind, len(look.values)) == (MaskKind.LABELS, count)
    shuffled = np.random.default_rng(count).permutation(256).astype(np.uint8)
    shuffled[shuffled == 0], shuffled[0] = shuffled[0], 0
    assert look_at_mask(shuffled[label_map(count)]).kind is MaskKind.LABELS


def test_labels_that_touch_lie_within_each_other_and_have_a_rim_of_void() -> None:
    mask = disc(value=1)
    mask[40:80, 50:90] = 2
    mask[55:60, 60:65] = 3
    assert look_at_mask(mask).kind is MaskKind.LABELS
    rim = cv2.dilate(disc(value=1), np.ones((5, 5), np.uint8)) > disc(value=1)
    mask[rim] = 255
    assert look_at_mask(mask).kind is MaskKind.LABELS
    for small in (20, 200):
        slivers = disc(value=small)
        slivers[30:31, 60:80], slivers[90:91, 60:80] = 21, 22
        assert look_at_mask(slivers).kind is MaskKind.LABELS


def test_many_tiny_objects_are_no_greys() -> None:
    mask = np.zeros((60, 60), np.uint8)
    for place in range(100):
        row, column = divmod(place, 10)
        mask[6 * row : 6 * row + 2, 6 * column : 6 * column + 2] = place + 50
    assert look_at_mask(mask).kind in {MaskKind.LABELS, MaskKind.UNCLEAR}


@pytest.mark.parametrize("values", [(38, 75, 113), (85, 170, 255), (50, 250, 120)])
def test_a_smoothed_map_of_several_objects_is_neither(values: tuple[int, int, int]) -> None:
    mask = np.zeros((120, 160), np.uint8)
    for place, value in enumerate(values):
        mask[20:100, 10 + 48 * place : 50 + 48 * place] = value
    assert look_at_mask(mask).kind is MaskKind.LABELS
    assert look_at_mask(cv2.GaussianBlur(mask, (0, 0), 2)).kind is MaskKind.GREYS
    assert look_at_mask(cv2.resize(mask, None, fx=0.7, fy=0.7)).kind in {MaskKind.GREYS, MaskKind.LABELS}


def test_a_gradient_is_no_mask() -> None:
    assert look_at_mask(np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)).kind is MaskKind.GREYS


def test_indices_of_a_palette_are_labels_whatever_they_look_like() -> None:
    smoothed = WAYS["blurred"](disc())
    assert look_at_mask(smoothed, indexed=True).kind is MaskKind.LABELS


@pytest.fixture(scope="module")
def real_masks(shared: Path) -> dict[str, Mask]:
    """Masks of one object each, by the names of their videos."""
    videos = list(read_collection(shared / "data" / "davis").values())[:4]
    return {video.name: video.labels(0) * np.uint8(255) for video in videos}


@pytest.mark.parametrize("way", WAYS)
def test_real_masks_smoothed_in_every_way(way: str, real_masks: dict[str, Mask]) -> None:
    for name, mask in real_masks.items():
        smoothed = WAYS[way](mask) if way != "lanczos" else WAYS["cubic"](mask)
        look = look_at_mask(smoothed)
        assert (look.kind, look.peak) == (MaskKind.SMOOTHED, 255), name
        truth = cv2.resize(mask, smoothed.shape[::-1], interpolation=cv2.INTER_AREA) >= 128
        least = 0.85 if way == "blurred widely" else 0.94  # thin legs do not outlast a wide blur
        assert overlap(at_half_height(smoothed, 255), truth) > least, name
