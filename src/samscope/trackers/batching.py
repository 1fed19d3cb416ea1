"""Distinct frames and tracks put through the model together: stacking along the batch, and taking apart."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from samscope.trackers.memory import Memory, MemoryBank, Pointer
from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.step import Decoded, EncodedFrame, Step


def stack_encoded(frames: Sequence[EncodedFrame]) -> EncodedFrame:
    """Stack encodings of one size along the batch; a single one is returned as it is."""
    return frames[0] if len(frames) == 1 else EncodedFrame(**_stacked(frames))


def split_encoded(encoded: EncodedFrame) -> list[EncodedFrame]:
    """Take the encodings of a batch apart."""
    count = len(encoded.pixels)
    return [encoded] if count == 1 else [EncodedFrame(**part) for part in _parts(encoded, count)]


def stack_prompts(prompts: Sequence[Prompt]) -> Prompt:
    """Stack prompts of one kind, and of one number of points, along the batch."""
    return prompts[0] if len(prompts) == 1 else Prompt(**_stacked(prompts))


def stack_banks(banks: Sequence[MemoryBank]) -> MemoryBank:
    """Stack memory banks of tracks that are at the same frame and have the same settings.

    Raises:
        ValueError: they hold other frames, or differ in their settings.
    """
    first = banks[0]
    if len(banks) == 1:
        return first
    if any(_layout(bank) != _layout(first) for bank in banks):
        raise ValueError("memory banks of other frames or settings cannot go through the model together")
    recent = zip(*(bank.recent for bank in banks), strict=True)
    pointers = zip(*(bank.pointers for bank in banks), strict=True)
    return replace(
        first,
        prompted=_stack_memories([bank.prompted for bank in banks]),
        prompted_pointer=_stack_pointers([bank.prompted_pointer for bank in banks]),
        recent=tuple(_stack_memories(memories) for memories in recent),
        pointers=tuple(_stack_pointers(vectors) for vectors in pointers),
    )


def split_step(step: Step, banks: Sequence[MemoryBank] | None) -> list[Step]:
    """Take the step of a batch apart.

    Args:
        step: the step.
        banks: each track's bank before it, which goes on with the frame; None for the first step.
    """
    count = len(step.encoded.pixels)
    if count == 1:
        return [step]
    prompts: list[Prompt | None] = [None] * count
    if step.prompt is not None:
        prompts = [Prompt(**part) for part in _parts(step.prompt, count)]
    conditioned: list[Tensor | None] = [None] * count
    if step.memory_conditioned is not None:
        conditioned = list(torch.split(step.memory_conditioned, 1))
    outputs, features = torch.split(step.memory_encoder_output, 1), torch.split(step.memory.features, 1)
    steps = []
    for place, encoded in enumerate(split_encoded(step.encoded)):
        decoded = Decoded(**_part(step.decoded, place))
        memory, pointer = Memory(step.frame, features[place]), Pointer(step.frame, decoded.pointer)
        if banks is None:
            bank = replace(step.bank, prompted=memory, prompted_pointer=pointer)
        else:
            bank = banks[place].remember(memory, pointer)
        steps.append(
            Step(
                step.frame, prompts[place], encoded, conditioned[place], decoded, outputs[place], memory, bank
            )
        )
    return steps


def _layout(bank: MemoryBank) -> tuple[object, ...]:
    """Return all of a bank but its tensors."""
    recent, pointers = [kept.frame for kept in bank.recent], [kept.frame for kept in bank.pointers]
    return bank.prompted.frame, recent, pointers, bank.memories, bank.max_pointers, bank.stride


def _stack_memories(memories: Sequence[Memory]) -> Memory:
    return Memory(memories[0].frame, torch.cat([memory.features for memory in memories]))


def _stack_pointers(pointers: Sequence[Pointer]) -> Pointer:
    return Pointer(pointers[0].frame, torch.cat([pointer.vector for pointer in pointers]))


def _stacked(values: Sequence[Any]) -> dict[str, Any]:
    """Stack the tensors of dataclasses, name by name; what the first one does not have stays None."""
    names = [name for name, tensor in vars(values[0]).items() if tensor is not None]
    stacked = {name: torch.cat([getattr(value, name) for value in values]) for name in names}
    return dict.fromkeys(vars(values[0])) | stacked


def _parts(value: Any, count: int) -> list[dict[str, Any]]:
    return [_part(value, place) for place in range(count)]


def _part(value: Any, place: int) -> dict[str, Any]:
    """Return the tensors of one member of a batch, by name, with a batch dimension of one."""
    tensors = vars(value).items()
    return {name: None if tensor is None else tensor[place : place + 1] for name, tensor in tensors}
