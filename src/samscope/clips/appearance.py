"""What an object looks like in numbers, so that look-alikes can be found: its colours and its shape."""

import cv2
import numpy as np
from numpy.typing import NDArray

_LIGHTNESS_BINS = 16
_COLOUR_BINS = 32
_LARGEST_SIDE = 128

_LIGHTNESS_WEIGHT = 0.7
_MEAN_SCALE = 60.0
_ASPECT_WEIGHT = 0.3
_EXTENT_WEIGHT = 0.8
_AREA_WEIGHT = 0.1

DESCRIPTOR_LENGTH = _LIGHTNESS_BINS + _COLOUR_BINS**2 + 3 + 3


def describe(frame: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Describe an object by its colours and its shape; the Euclidean distance compares two descriptions.

    Colours are their mean in CIE Lab, and smoothed histograms of lightness and of the two colour axes as
    square roots of shares (so that distances are Hellinger's). Shape is the box's aspect, the share of the
    box that the object fills, and the share of the picture that it covers. Where the object is plays no part.

    Args:
        frame: uint8 [H, W, 3], RGB.
        mask: bool [H, W], at least one pixel.

    Returns:
        float32 [DESCRIPTOR_LENGTH].

    Raises:
        ValueError: the mask is empty.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        raise ValueError("an object without a pixel has no appearance")
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    inside, pixels = mask[box].astype(np.uint8), np.ascontiguousarray(frame[box])
    height, width = inside.shape
    area = int(np.count_nonzero(inside))
    shape = (
        _ASPECT_WEIGHT * np.log2(height / width),
        _EXTENT_WEIGHT * area / (height * width),
        _AREA_WEIGHT * np.log2(area / mask.size),
    )
    return np.concatenate([*_colours(pixels, inside), np.array(shape, np.float32)])


def nearest(query: NDArray[np.float32], descriptions: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the order of ``descriptions`` [N, D] by their distance to ``query`` [D], nearest first.

    Returns:
        intp [N]; equally near ones keep their order.
    """
    return np.argsort(np.linalg.norm(descriptions - query, axis=1), kind="stable")


def _colours(pixels: NDArray[np.uint8], inside: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
    """Return both histograms and the mean as float32 vectors of 16, 1024 and 3 numbers."""
    step = max(1, max(inside.shape) // _LARGEST_SIDE)
    if inside[::step, ::step].any():
        pixels, inside = (np.ascontiguousarray(part[::step, ::step]) for part in (pixels, inside))
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    lightness = cv2.calcHist([lab], [0], inside, [_LIGHTNESS_BINS], [0, 256])
    colour = cv2.calcHist([lab], [1, 2], inside, [_COLOUR_BINS, _COLOUR_BINS], [0, 256, 0, 256])
    lightness = cv2.GaussianBlur(lightness, (1, 5), 1.0, borderType=cv2.BORDER_REPLICATE).ravel()
    colour = cv2.GaussianBlur(colour, (5, 5), 1.0, borderType=cv2.BORDER_REPLICATE).ravel()
    mean = np.array(cv2.mean(lab, inside)[:3], np.float32) / np.float32(_MEAN_SCALE)
    mean[0] *= _LIGHTNESS_WEIGHT
    return (
        np.float32(_LIGHTNESS_WEIGHT) * np.sqrt(lightness / lightness.sum()),
        np.sqrt(colour / colour.sum()),
        mean,
    )
