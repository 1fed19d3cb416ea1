"""What memory attention looked at on a frame, from where: rows of the table ``attention``."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.clips.clip import Clip
from samscope.observation.feature_rows import Row
from samscope.observation.measurement import Measurement
from samscope.observation.measurement_cache import StepCaches
from samscope.trackers.attention import place_weights
from samscope.trackers.seen import Seen

LOOKED_FROM = ("share", "share_from_object", "share_from_rest", "share_from_rival")
"""Columns of the table: from all of the frame, from the object, from all but it, from other objects."""


@dataclass(frozen=True, eq=False)
class AttentionRows:
    """Makes the rows of a clip's frames.

    Attributes:
        clip: the clip, with its ground truth; void pixels are in no part of the frame.
    """

    clip: Clip

    def measurement(self, seen: Seen, caches: StepCaches) -> Measurement[NDArray[np.float64]] | None:
        """Return the measurement of the shares, float64 [L, E, 4] as ``LOOKED_FROM``; NaN where nothing is.

        None where no attention was seen, as on the prompted frame.
        """
        if seen.attention is None:
            return None
        masks = self._masks(seen.frame_index)
        shares = seen.attention.shares
        size = (shares.shape[2], shares.shape[3])
        weights = torch.stack([place_weights(torch.from_numpy(mask), size) for mask in masks])
        name = "attention", *(mask.tobytes() for mask in masks)
        return Measurement(
            _shares_from, Tensor.numpy, (shares, weights.to(shares.device)), caches.of_step, name
        )

    def rows(self, seen: Seen, caches: StepCaches) -> Iterator[Row]:
        """Yield the rows of a frame, layer by layer, in the order in which things are laid out."""
        measured = self.measurement(seen, caches)
        if measured is None or seen.attention is None:
            return
        for layer, of_layer in enumerate(measured.value().tolist()):
            for read, shares in zip(seen.attention.read, of_layer, strict=True):
                yield {
                    "set": self.clip.set,
                    "clip": self.clip.draw.clip,
                    "frame": seen.frame_index,
                    "layer": layer,
                    "kind": read.kind,
                    "remembered_frame": read.frame,
                    "age": read.age,
                    **dict(zip(LOOKED_FROM, shares, strict=True)),
                }

    def _masks(self, frame: int) -> list[NDArray[np.bool_]]:
        """Return the parts of a frame that are looked from, bool [H, W]; empty ones where there are none."""
        clip = self.clip
        counted = ~clip.void[frame]
        rivals = np.zeros_like(counted) if clip.rivals is None else clip.rivals[frame]
        return [counted, clip.masks[frame] & counted, ~clip.masks[frame] & counted, rivals & counted]


def _shares_from(shares: Tensor, weights: Tensor) -> Tensor:
    """Return the means [..., L, E, R] of shares [..., L, E, h, w] by weights [..., R, h, w] of places."""
    return torch.einsum("...lehw,...rhw->...ler", shares.double(), weights)
