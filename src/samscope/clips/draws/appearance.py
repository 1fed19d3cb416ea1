"""What an object looks like in numbers, so that look-alikes can be found: its colours, shape and edges."""

import cv2
import numpy as np
from numpy.typing import NDArray

_LIGHTNESS_BINS = 16
_COLOUR_BINS = 32
_LARGEST_SIDE = 128

_SIDE = 64
_CELLS = 4
_DIRECTIONS = 9

_LIGHTNESS_WEIGHT = 0.7
_MEAN_SCALE = 60.0
_ASPECT_WEIGHT = 0.75
_EXTENT_WEIGHT = 2.0
_AREA_WEIGHT = 0.1

_COLOUR_UNIT = 0.9
_OUTLINE_UNIT = 1.05
_TEXTURE_UNIT = 1.2
"""What colours, outline and texture are divided by, so that each tells as much (``NEARLY_EQUAL``)."""

NEARLY_EQUAL = 1.1
"""Distance within which two objects look nearly equal.

Of the pairs of frames of one real video two in three show their object within it; of the pairs of frames of
two videos, one in a hundred and thirty.
"""

DESCRIPTOR_LENGTH = _LIGHTNESS_BINS + _COLOUR_BINS**2 + 3 + 3 + 2 * _CELLS**2 * _DIRECTIONS


def describe(frame: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Describe an object in numbers; the Euclidean distance compares two descriptions.

    Colours are their mean in CIE Lab, and smoothed histograms of lightness and of the two colour axes. Shape
    is the box's aspect, the share of the box that the object fills, and the share of the picture that it
    covers, which counts little. Outline and texture are histograms of the directions of gradients in 4 x 4
    cells, of the silhouette and of what is inside it. Histograms are square roots of shares, so that
    distances are Hellinger's. Where the object is plays no part.

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
    colours = [part / np.float32(_COLOUR_UNIT) for part in _colours(pixels, inside)]
    outline, texture = _edges(pixels, inside)
    return np.concatenate(
        [*colours, np.array(shape, np.float32), outline / _OUTLINE_UNIT, texture / _TEXTURE_UNIT],
        dtype=np.float32,
    )


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


def _edges(
    pixels: NDArray[np.uint8], inside: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the gradient histograms of the silhouette and of what is inside, float32 [144] each."""
    height, width = inside.shape
    side = max(height, width)
    above, left = (side - height) // 2, (side - width) // 2
    around = above, side - height - above, left, side - width - left
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255 * inside
    square = [
        cv2.copyMakeBorder(part, *around, cv2.BORDER_CONSTANT) for part in (inside.astype(np.float32), grey)
    ]
    share, brightness = (cv2.resize(part, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for part in square)
    covered = share > 0.5
    mean = brightness.sum() / max(float(share.sum()), 1e-6)
    filled = np.where(covered, brightness / np.maximum(share, 1e-6), mean).astype(np.float32)
    silhouette = cv2.GaussianBlur(share, (0, 0), 1.0)
    return _directions(silhouette, np.ones_like(share)), _directions(filled, covered.astype(np.float32))


def _directions(picture: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the square roots of the shares of gradients by cell and direction, zeros where there is none."""
    across, down = cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1)
    strength = np.hypot(across, down) * weight
    direction = np.floor(np.mod(np.arctan2(down, across), np.pi) / np.pi * _DIRECTIONS).astype(np.intp)
    cells = np.arange(_SIDE) * _CELLS // _SIDE
    place = (cells[:, None] * _CELLS + cells) * _DIRECTIONS + direction % _DIRECTIONS
    histogram = np.bincount(place.ravel(), strength.ravel(), _CELLS**2 * _DIRECTIONS)
    total = histogram.sum()
    return np.sqrt(histogram / total if total > 1e-3 else np.zeros_like(histogram)).astype(np.float32)
