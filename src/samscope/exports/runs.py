"""Masks as lengths of runs, row by row, as VOT and CVAT write them."""

import numpy as np
from numpy.typing import NDArray

from samscope.exports.frame import Box


def row_runs(mask: NDArray[np.bool_]) -> list[int]:
    """Return how many pixels in a row are alike, row after row, beginning with those that are not set.

    Args:
        mask: bool [H, W], at least one pixel.

    Returns:
        The lengths of the runs, in turn not set and set; the first is 0 where the first pixel is set.
    """
    pixels = mask.reshape(-1)
    ends = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    runs: list[int] = np.diff(ends, prepend=0, append=pixels.size).tolist()
    return [0, *runs] if pixels[0] else runs


def within(labels: NDArray[np.uint8], object_id: int, box: Box) -> NDArray[np.bool_]:
    """Return the mask of an object within its box."""
    x_min, y_min, x_max, y_max = box
    mask: NDArray[np.bool_] = labels[y_min:y_max, x_min:x_max] == object_id
    return mask
