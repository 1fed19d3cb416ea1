"""Boxes of masks, and a Kalman filter of a box that moves with constant velocity, as SAMURAI uses them."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

Box = tuple[float, float, float, float]
"""x_min, y_min, x_max, y_max in pixels."""

EMPTY: Box = (0.0, 0.0, 0.0, 0.0)
"""The box of a mask without a pixel."""

_SEEN = np.eye(4, 8)
"""What is measured of the state: x, y, a and h."""

_MOTION = np.eye(8) + np.eye(8, k=4)
"""One frame on, each value has grown by its velocity."""

_OF_POSITION, _OF_VELOCITY = 1 / 20, 1 / 160
"""Standard deviations, in heights of the box."""


@dataclass(frozen=True, eq=False)
class BoxFilter:
    """What is believed of a box.

    Attributes:
        mean: float64 [8]: the centre x and y, a, which is the width by the height, the height h, all in
            pixels, and their velocities a frame.
        covariance: float64 [8, 8].
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @classmethod
    def started(cls, box: Box) -> "BoxFilter":
        """Return the belief after a first box, which stands still."""
        measured = _measurement(box)
        height = measured[3]
        position, velocity = 2 * _OF_POSITION * height, 10 * _OF_VELOCITY * height
        deviations = [position, position, 1e-2, position, velocity, velocity, 1e-5, velocity]
        return cls(np.concatenate([measured, np.zeros(4)]), np.diag(np.square(deviations)))

    def predicted(self) -> "BoxFilter":
        """Return the belief one frame on."""
        position, velocity = _OF_POSITION * self.mean[3], _OF_VELOCITY * self.mean[3]
        deviations = [position, position, 1e-2, position, velocity, velocity, 1e-5, velocity]
        spread = np.diag(np.square(deviations))
        return BoxFilter(_MOTION @ self.mean, _MOTION @ self.covariance @ _MOTION.T + spread)

    def updated(self, box: Box) -> "BoxFilter":
        """Return the belief after a box was measured."""
        position = _OF_POSITION * self.mean[3]
        noise = np.diag(np.square([position, position, 1e-1, position]))
        of_seen = _SEEN @ self.covariance @ _SEEN.T + noise
        gain = np.linalg.solve(of_seen, _SEEN @ self.covariance).T
        mean = self.mean + gain @ (_measurement(box) - _SEEN @ self.mean)
        return BoxFilter(mean, self.covariance - gain @ of_seen @ gain.T)

    @property
    def box(self) -> Box:
        """The box that is believed in."""
        x, y, a, height = self.mean[:4]
        width = a * height
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def box_iou(first: Box, second: Box) -> float:
    """Return the intersection of two boxes over their union; 0 where either has no area."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    areas = ((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return float(common / (sum(areas) - common))


def _measurement(box: Box) -> NDArray[np.float64]:
    """Return x, y, a and h of a box; a flat one is taken as one pixel high."""
    width, height = box[2] - box[0], box[3] - box[1] or 1.0
    return np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, width / height, height])


def mask_boxes(logits: Tensor, image_size: int) -> list[Box]:
    """Return the boxes of masks at the model's input size; a device is waited for once.

    Args:
        logits: [M, h, w].
        image_size: side of the square input in pixels.

    Returns:
        The first and the last column and row of each mask's pixels, as x_min, y_min, x_max, y_max: sides are
        one pixel short; 0, 0, 0, 0 for a mask without a pixel.
    """
    masks = functional.interpolate(
        logits[None].float(), size=(image_size, image_size), mode="bilinear", align_corners=False
    )[0]
    inside = masks > 0
    columns, rows = torch.stack([inside.any(dim=1), inside.any(dim=2)]).cpu().numpy()
    return [_box(*pair) for pair in zip(columns, rows, strict=True)]


def _box(columns: NDArray[np.bool_], rows: NDArray[np.bool_]) -> Box:
    x, y = np.flatnonzero(columns), np.flatnonzero(rows)
    return (float(x[0]), float(y[0]), float(x[-1]), float(y[-1])) if x.size else EMPTY
