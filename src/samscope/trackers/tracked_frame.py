"""One frame of a video in which several objects are tracked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from samscope.trackers.seen import Seen

_COVERED_LOGIT = -10.0
"""A mask's logit is at most this where another object's is higher."""


@dataclass(frozen=True, eq=False)
class TrackedFrame:
    """What was seen of each object on one frame.

    Attributes:
        frame_index: index of the frame, from 0.
        objects: what was seen, by object id, in the order of the objects' first prompts. An object that is
            not tracked on the frame, as it begins later, is not there.
        source: the frame as it was given: an array, or a video's frame with its number and time.
    """

    frame_index: int
    objects: dict[int, Seen]
    source: Any


def logits_at(logits: Tensor, size: tuple[int, int]) -> Tensor:
    """Return mask logits [h, w] at another size (height, width), as masks are cut from them above 0."""
    resized = functional.interpolate(logits[None, None], size=size, mode="bilinear", align_corners=False)
    return resized[0, 0]


def without_overlap(logits: Mapping[int, Tensor]) -> dict[int, Tensor]:
    """Return mask logits of objects of which at each pixel all but the highest one are at most -10.

    Where the highest are equal, the first object keeps the pixel.

    Args:
        logits: [H, W] by object id, all at one size.
    """
    if not logits:
        return {}
    stacked = torch.stack(list(logits.values()))
    highest = stacked.argmax(dim=0)
    return {
        object_id: torch.where(highest == place, own, own.clamp(max=_COVERED_LOGIT))
        for place, (object_id, own) in enumerate(logits.items())
    }


def objects_apart(objects: Mapping[int, Seen]) -> dict[int, Seen]:
    """Return what was seen of objects with masks that do not overlap; nothing but ``mask`` is changed."""
    logits = {object_id: logits_at(seen.mask_logits, _size(seen)) for object_id, seen in objects.items()}
    apart = without_overlap(logits)
    return {object_id: replace(seen, mask=apart[object_id] > 0) for object_id, seen in objects.items()}


def _size(seen: Seen) -> tuple[int, int]:
    height, width = seen.mask.shape
    return height, width
