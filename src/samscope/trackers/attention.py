"""What memory attention looks at on a frame: shares of each remembered frame and pointer, and maps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional

from samscope.support.errors import UsageError


@dataclass(frozen=True)
class Looking:
    """What is to be read of memory attention.

    Attributes:
        places: x and y, as shares 0..1 of the frame's width and height, of the pixels whose maps are wanted.
    """

    places: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Read:
    """One thing that memory attention read on a frame.

    Attributes:
        kind: a remembered frame's memory, or its pointer.
        frame: the remembered frame.
        age: as ``memory.Recall`` counts it: a memory's rank (0: prompted), a pointer's distance.
    """

    kind: Literal["memory", "pointer"]
    frame: int
    age: int


@dataclass(frozen=True, eq=False)
class Attention:
    """What memory attention gave to all that it read on one frame, layer by layer.

    Attributes:
        read: what was read: E memories and pointers, memories first, as they are laid out.
        shares: float32 [L, E, h, w]: of the attention of each place of the frame (16 x 16 pixels of the
            model's input in SAM 2) the share that goes to each; they sum to 1 over E. Heads are averaged.
        maps: float32 [L, P, M, h', w']: of the attention of each of P pixels the share that goes to each
            place of each of the M memories; None where no pixel was asked for. In EdgeTAM it is what goes to
            the half of a memory's latents that lie on a grid.
    """

    read: tuple[Read, ...]
    shares: Tensor
    maps: Tensor | None = None

    def in_frames(self, frame_at: Callable[[int], int]) -> "Attention":
        """Return it with other numbers of what was read, such as a video's where a pass counts its own way.

        Args:
            frame_at: the number of what was read as ``frame``.
        """
        return replace(self, read=tuple(replace(entry, frame=frame_at(entry.frame)) for entry in self.read))

    def of(self, mask: Tensor | ArrayLike | None = None) -> Tensor:
        """Return the mean shares of attention of a part of the frame, float32 [L, E]; they sum to 1 over E.

        Args:
            mask: bool [H, W] at any size, such as ``Seen.mask``, ``~Seen.mask`` or a rival's mask: a place
                counts by how much of it the mask covers. None: all of the frame.

        Raises:
            UsageError: the mask has no pixel, or another shape.
        """
        if mask is None:
            return self.shares.flatten(2).mean(dim=2)
        weights = torch.as_tensor(np.asarray(mask.cpu() if isinstance(mask, Tensor) else mask))
        if weights.ndim != 2 or weights.dtype != torch.bool:
            raise UsageError(
                f"the mask is {str(weights.dtype).removeprefix('torch.')} {list(weights.shape)}; "
                "expected bool [H, W]"
            )
        if not weights.any():
            raise UsageError("the mask has no pixel whose attention could be told")
        size = (self.shares.shape[2], self.shares.shape[3])
        covered = place_weights(weights, size).to(self.shares.device)
        return (self.shares * covered).flatten(2).sum(dim=2).float()


def place_weights(mask: Tensor, size: tuple[int, int]) -> Tensor:
    """Return what each place of a map counts for a part of the frame: by how much of it the mask covers.

    Args:
        mask: bool [H, W].
        size: height and width of the map.

    Returns:
        float64 [h, w], summing to 1; NaN where the mask has no pixel.
    """
    covered = functional.interpolate(mask[None, None].double(), size=size, mode="area")[0, 0]
    return covered / covered.sum()


def looking(attention: bool | Sequence[tuple[float, float]], size: tuple[int, int]) -> Looking | None:
    """Return what is to be read where a user asks for attention.

    Args:
        attention: True for the shares; or x and y of pixels, for their maps as well; False for nothing.
        size: height and width of the frames.

    Raises:
        UsageError: it is neither, or a pixel is outside the frame.
    """
    if isinstance(attention, bool):
        return Looking() if attention else None
    pixels = np.asarray(attention, dtype=float)
    height, width = size
    if pixels.ndim != 2 or pixels.shape[1] != 2 or not len(pixels):
        raise UsageError(
            f"attention is {attention!r}; expected True, or x and y of pixels such as [(120, 80)] for "
            "their maps"
        )
    if not ((pixels >= 0) & (pixels < (width, height))).all():
        raise UsageError(f"attention: {pixels.tolist()} is not within the frame of {width} x {height} pixels")
    return Looking(tuple((float(x) / width, float(y) / height) for x, y in pixels))
