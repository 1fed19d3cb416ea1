"""From a frame to the tensor that enters the model, bit-equal to the official SAM 2 code."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from samscope.trackers.devices import sent

IMAGE_MEAN = (0.485, 0.456, 0.406)
IMAGE_DEVIATION = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Normalisation:
    """What is taken off pixels 0..1, and what they are divided by then.

    Attributes:
        mean: of red, green and blue.
        deviation: likewise.
    """

    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]

    def __str__(self) -> str:
        return f"{list(self.mean)} and {list(self.deviation)}"


IMAGENET = Normalisation(IMAGE_MEAN, IMAGE_DEVIATION)
"""What SAM 2 was trained with."""


def preprocess(frame: NDArray[np.uint8], size: int, normalisation: Normalisation = IMAGENET) -> Tensor:
    """Resize a frame to a square and normalise it: ``resized``, then ``normalised``.

    Args:
        frame: uint8 [H, W, 3], RGB.
        size: side of the square in pixels.
        normalisation: mean and deviation, ImageNet's for a SAM 2 that says nothing else.

    Returns:
        float32 [3, size, size].
    """
    return normalised(resized(frame, size), normalisation)


def resized(frame: NDArray[np.uint8], size: int) -> Tensor:
    """Resize a frame to a square.

    The resize is Pillow's default (bicubic, antialiased, on uint8), as in the official code; other filters
    are off by percents (torch's bilinear by 2 %).

    Args:
        frame: uint8 [H, W, 3], RGB.
        size: side of the square in pixels.

    Returns:
        uint8 [3, size, size], a view of [size, size, 3].
    """
    square = np.array(Image.fromarray(frame).resize((size, size)))
    return torch.from_numpy(square).permute(2, 0, 1)


def normalised(pixels: Tensor, normalisation: Normalisation = IMAGENET) -> Tensor:
    """Return what pixels become that enter the model, looked up among the 256 values that each can have.

    Args:
        pixels: uint8 [..., 3, H, W], on any device.
        normalisation: mean and deviation.

    Returns:
        float32 [..., 3, H, W], contiguous: convolutions of another layout differ in the last bits.
    """
    return look_up(pixels, sent(tables_of(normalisation), pixels.device))


def look_up(pixels: Tensor, tables: Tensor) -> Tensor:
    """Return what ``normalised`` does, from the tables of ``tables_of`` on the pixels' device."""
    values = torch.empty(pixels.shape, dtype=torch.float32, device=pixels.device)
    for channel, table in enumerate(tables):
        channel_pixels = pixels[..., channel, :, :]
        if pixels.device.type == "cpu":
            values[..., channel, :, :] = torch.from_numpy(table.numpy().take(channel_pixels.numpy()))
        else:
            values[..., channel, :, :] = table[channel_pixels.int()]
    return values


def tables_of(normalisation: Normalisation) -> Tensor:
    """Return what each of the values 0..255 becomes in each channel, float32 [3, 256]."""
    shares = torch.from_numpy(np.arange(256) / 255.0).to(torch.float32)
    mean = torch.tensor(normalisation.mean, dtype=torch.float32)[:, None]
    deviation = torch.tensor(normalisation.deviation, dtype=torch.float32)[:, None]
    return (shares - mean) / deviation
