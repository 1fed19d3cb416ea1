"""How far another of the decoded masks reaches beyond an object's own, as over a distractor beside it."""

import cv2
import numpy as np
from numpy.typing import NDArray


def distractor_overlap(mask: NDArray[np.bool_], other_mask: NDArray[np.bool_]) -> float | None:
    """Return the IoU of a mask's box and the box of it with the largest part of another mask beside it.

    Args:
        mask: bool [H, W], with at least one pixel.
        other_mask: bool [H, W]; its part is connected also over corners.

    Returns:
        0..1, sides counted one pixel short; 1 where a side of the larger box is one pixel or two; None where
        the other mask is within this one.
    """
    rest = other_mask & ~mask
    if not rest.any():
        return None
    _, parts, statistics, _ = cv2.connectedComponentsWithStats(rest.astype(np.uint8), connectivity=8)
    largest = parts == 1 + statistics[1:, cv2.CC_STAT_AREA].argmax()
    (width, height), (larger_width, larger_height) = _sides(mask), _sides(mask | largest)
    if min(larger_width, larger_height) <= 1:
        return 1.0
    return width * height / (larger_width * larger_height)


def _sides(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Return width and height of a mask's box, from pixel to pixel."""
    return int(np.ptp(np.flatnonzero(mask.any(axis=0)))), int(np.ptp(np.flatnonzero(mask.any(axis=1))))
