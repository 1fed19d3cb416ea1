"""Frames and the tracked object's visible pixels, while a clip is being made."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Film:
    """A clip in the making.

    Attributes:
        frames: uint8 [T, S, S, 3], RGB.
        masks: bool [T, S, S], the object's visible pixels.
        visible: float64 [T], the share of the object's own pixels that is visible: not hidden by others and
            not outside the frame. Where it is not known, as in real video, 1.
    """

    frames: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    visible: NDArray[np.float64]
