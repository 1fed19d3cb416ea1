"""Boxes as shares of the picture: from the records, and how well two of them fit."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from samscope.analysis.statistics.arrays import ratio

Boxes = NDArray[np.float64]
"""[N, 4]: x_min, y_min, x_max, y_max as shares of the picture, 0..1; NaN where there is no box."""


def box_shares(boxes: Iterable[ArrayLike | None], width: ArrayLike, height: ArrayLike) -> Boxes:
    """Return the boxes of a column of the frames table as shares of the picture.

    Args:
        boxes: N boxes in pixels, None where the mask is empty.
        width: of the pictures in pixels, one number or [N].
        height: likewise.
    """
    nothing = np.full(4, np.nan)
    pixels = [nothing if box is None else np.asarray(box, dtype=np.float64) for box in boxes]
    across, down = np.broadcast_arrays(np.asarray(width, np.float64), np.asarray(height, np.float64))
    sides = np.stack([across, down, across, down], axis=-1)
    return np.asarray(np.array(pixels).reshape(-1, 4) / sides)


def centres(boxes: Boxes) -> NDArray[np.float64]:
    """Return the centres [N, 2] of boxes, x and y as shares of the picture."""
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2)


def box_overlap(boxes: Boxes, truth: Boxes) -> NDArray[np.float64]:
    """Return the IoU [N] of boxes, cut at the picture's edges, and true ones; NaN where either is missing.

    A box whose edges are the wrong way round is empty and overlaps with nothing.
    """
    boxes = boxes.clip(0, 1)
    shared = _area(np.maximum(boxes[:, :2], truth[:, :2]), np.minimum(boxes[:, 2:], truth[:, 2:]))
    either = _area(boxes[:, :2], boxes[:, 2:]) + _area(truth[:, :2], truth[:, 2:]) - shared
    return ratio(shared, either)


def _area(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((high - low).clip(min=0).prod(axis=1))
