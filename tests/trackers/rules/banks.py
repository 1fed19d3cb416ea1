"""Banks without tensors, and answers that say no more than a rule asks for."""

from dataclasses import dataclass, field
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.trackers.memory import Bank, Limits, Memory, MemoryRule

NOTHING = torch.empty(0)


@dataclass(frozen=True)
class Said:
    """What a tracker said of a frame."""

    predicted_iou: Tensor | None = field(default_factory=lambda: torch.ones(1))
    object_score: Tensor | None = field(default_factory=lambda: torch.full((1,), 10.0))
    mask_logits: Tensor = NOTHING
    candidate_logits: Tensor = NOTHING
    candidate_ious: Tensor | None = None


def new_bank(rule: MemoryRule, limits: Limits = Limits()) -> Bank:  # noqa: B008  a frozen value
    """Return a bank with frame 0 in it, the prompted one."""
    return Bank(rule, limits, (memory(0),))


def memory(frame: int) -> Memory:
    """Return what may be kept of a frame."""
    return Memory(frame, NOTHING, NOTHING)


def recalled(bank: Bank, frame: int) -> dict[str, list[int]]:
    """Return what is read on a frame, by the reference's names."""
    recall = bank.recall(frame)
    assert all(memory.features is not None for _, memory in recall.memories)
    assert all(memory.pointer is not None for _, memory in recall.pointers)
    return {
        "memory_frames": [memory.frame for _, memory in recall.memories],
        "memory_ages": [age for age, _ in recall.memories],
        "pointer_frames": [memory.frame for _, memory in recall.pointers],
        "pointer_distances": [distance for distance, _ in recall.pointers],
    }


def listed(row: NDArray[Any]) -> list[int]:
    """Return what a row of the reference lists: -1 stands for nothing."""
    return [int(value) for value in row if value >= 0]


def time_rows(ages: list[int]) -> list[int]:
    """Return the rows of SAM 2's temporal encoding that ages select."""
    return [(age or 7) - 1 for age in ages]
