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
        object_id: torch.where(highest == place, object_logits, object_logits.clamp(max=_COVERED_LOGIT))
        for place, (object_id, object_logits) in enumerate(logits.items())
    }


def masks_apart(logits: Mapping[int, Tensor], size: tuple[int, int]) -> dict[int, Tensor]:
    """Return masks bool [H, W] of objects that do not overlap: a pixel is the object's of the highest logit.

    Args:
        logits: mask logits [h, w] by object id.
        size: height and width of the masks.
    """
    apart = without_overlap(
        {object_id: logits_at(object_logits, size) for object_id, object_logits in logits.items()}
    )
    return {object_id: object_logits > 0 for object_id, object_logits in apart.items()}


def objects_apart(objects: Mapping[int, Seen]) -> dict[int, Seen]:
    """Return what was seen of objects with masks that do not overlap; nothing but ``mask`` is changed."""
    if not objects:
        return {}
    height, width = next(iter(objects.values())).mask.shape
    masks = masks_apart({object_id: seen.mask_logits for object_id, seen in objects.items()}, (height, width))
    return {object_id: replace(seen, mask=masks[object_id]) for object_id, seen in objects.items()}
