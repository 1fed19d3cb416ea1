"""Distinct frames and tracks put through the model together: stacking along the batch, and taking apart."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import torch
from torch import Tensor

from samscope.trackers.memory import KeyScales, Memory, Recall, held
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.decoding import DecodedMasks
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.step import StepTensors

Value = TypeVar("Value", bound=Any)


def stack_encoded(frames: Sequence[EncodedFrame]) -> EncodedFrame:
    """Stack encodings of one size along the batch; a single one is returned as it is."""
    return frames[0] if len(frames) == 1 else EncodedFrame(**_stacked(frames))


def split_encoded(encoded: EncodedFrame) -> list[EncodedFrame]:
    """Take the encodings of a batch apart."""
    count = len(encoded.pixels)
    return [encoded] if count == 1 else [_part(encoded, place) for place in range(count)]


def stack_prompts(prompts: Sequence[Prompt]) -> Prompt:
    """Stack prompts of one kind, and of one number of points, along the batch; frames may be of any sizes."""
    if len(prompts) == 1:
        return prompts[0]
    return Prompt(**_stacked([replace(prompt, frame_size=None) for prompt in prompts]))


def stack_recalls(recalls: Sequence[Recall]) -> Recall:
    """Stack what several tracks recall along the batch; a single one is returned as it is.

    Raises:
        ValueError: they are not of one layout.
    """
    first = recalls[0]
    if len(recalls) == 1:
        return first
    if any(recall.layout != first.layout for recall in recalls):
        raise ValueError("recalls of several layouts cannot go through the model together")
    return replace(
        first,
        memories=tuple(map(_stacked_memories, *(recall.memories for recall in recalls))),
        pointers=tuple(map(_stacked_pointers, *(recall.pointers for recall in recalls))),
        scales=_stacked_scales([recall.scales for recall in recalls if recall.scales is not None]),
    )


def stack_masks(masks: Sequence[DecodedMasks]) -> DecodedMasks:
    """Stack masks that were decoded along the batch."""
    return masks[0] if len(masks) == 1 else DecodedMasks(**_stacked(masks))


def split_masks(masks: DecodedMasks) -> list[DecodedMasks]:
    """Take the masks that were decoded for a batch apart."""
    count = len(masks.object_score)
    return [masks] if count == 1 else [_part(masks, place) for place in range(count)]


def split_tensors(tensors: StepTensors) -> list[StepTensors]:
    """Take what a step computed for a batch apart."""
    count = len(tensors.encoded.pixels)
    return [tensors] if count == 1 else [_part(tensors, place) for place in range(count)]


def _stacked_memories(*recalled: tuple[int, Memory]) -> tuple[int, Memory]:
    """Stack the features of several tracks' memories of one age."""
    age, first = recalled[0]
    features = torch.cat([held(memory.features) for _, memory in recalled])
    return age, Memory(first.frame, features, None)


def _stacked_pointers(*recalled: tuple[int, Memory]) -> tuple[int, Memory]:
    """Stack the pointers of several tracks' memories at one distance."""
    distance, first = recalled[0]
    pointers = torch.cat([held(memory.pointer) for _, memory in recalled])
    return distance, Memory(first.frame, None, pointers)


def _stacked_scales(scales: Sequence[KeyScales]) -> KeyScales | None:
    """Stack the scales of several tracks' recalls, of which all have some or none."""
    if not scales:
        return None
    memories, pointers = ([getattr(scale, name) for scale in scales] for name in ("memories", "pointers"))
    return KeyScales(torch.cat(memories, dim=1), torch.cat(pointers, dim=1))


def _stacked(values: Sequence[Any]) -> dict[str, Any]:
    """Stack the tensors of dataclasses, name by name; what the first one does not have stays None."""
    names = [name for name, tensor in vars(values[0]).items() if tensor is not None]
    stacked = {name: torch.cat([getattr(value, name) for value in values]) for name in names}
    return dict.fromkeys(vars(values[0])) | stacked


def _part(value: Value, place: int) -> Value:
    """Return one member of a batch, of a dataclass of tensors and such dataclasses, with a batch of one."""
    parts = {
        name: tensor[place : place + 1] if isinstance(tensor, Tensor) else _part(tensor, place)
        for name, tensor in vars(value).items()
        if tensor is not None
    }
    return replace(value, **parts)
