"""Frames that have the model's size already, as it takes them."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.trackers.sam2.preprocessing import IMAGE_DEVIATION, IMAGE_MEAN


def normalised(frames: NDArray[np.uint8]) -> Tensor:
    """Normalise frames uint8 [..., S, S, 3] to float32 [..., 3, S, S]."""
    pixels = torch.from_numpy(frames).movedim(-1, -3).to(torch.float32) / 255
    mean = torch.tensor(IMAGE_MEAN)[:, None, None]
    deviation = torch.tensor(IMAGE_DEVIATION)[:, None, None]
    return (pixels - mean) / deviation
