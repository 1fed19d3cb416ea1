"""SAM 3's memory selection: tracked frames are remembered by how sure the tracker was of them."""

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from samscope.trackers.memory import Answer, Bank, Memory, Need, Recall, given
from samscope.trackers.rules.by_rank import with_latest
from samscope.trackers.rules.prompted_frames import closest
from samscope.trackers.rules.ranges import require_range

MOST_PROMPTED = 4
"""Prompted frames of an object that are read at most, the closest ones."""


@dataclass(frozen=True)
class Sam3Memory:
    """The latest frames of which the tracker was sure, however old, and the previous frame in any case.

    They are counted by rank, not by time: the previous frame has rank 1. Officially on by default in SAM 3's
    video tracker (``apply_temporal_disambiguation``). Of several prompted frames the four closest are read.

    Attributes:
        mf_threshold: a tracked frame is kept where its ``selection_score`` is above this, 0..1.

    Raises:
        UsageError: the threshold is out of its range.
    """

    mf_threshold: float = 0.01

    name: ClassVar[str] = "sam3"
    reads_many_prompts: ClassVar[bool] = True
    needs: ClassVar[frozenset[Need]] = frozenset({Need.PREDICTED_IOUS, Need.OBJECT_SCORES})

    def __post_init__(self) -> None:
        require_range(self, "mf_threshold", low=0, high=1)

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        """Return a bank that also holds the frame after the latest one.

        Raises:
            UsageError: the tracker has no predicted IoU or no object score.
        """
        iou = given(self, answer.predicted_iou, Need.PREDICTED_IOUS)
        object_score = given(self, answer.object_score, Need.OBJECT_SCORES)
        scored = replace(memory, score=selection_score(iou, object_score).item())
        return with_latest(bank, scored, self._is_sure)

    def recall(self, bank: Bank, frame: int) -> Recall:
        """Return what memory attention reads on frame ``frame``, the one after the latest in the bank.

        Memories are the prompted frames' and those of the latest kept frames, whose age is their rank; where
        the previous frame is a prompted one, its rank stays a gap. Pointers are those of prompted frames that
        do not lie ahead, at their distance in frames, and the kept frames' from the latest on, at their rank;
        that of the oldest one is never read, as in the official code.
        """
        selected = closest(bank.prompted, frame, MOST_PROMPTED)
        previous = next((kept for kept in bank.prompted if kept.frame == frame - 1), None)
        kept = [kept for kept in bank.tracked if self._is_sure(kept) or kept.frame == frame - 1]
        if previous is not None:
            kept.append(previous)
        ranked = [(rank, memory) for rank, memory in enumerate(reversed(kept), start=1)]
        memories = ranked[: bank.limits.memories - 1]
        pointers = ranked[: min(bank.limits.pointers, len(ranked)) - 1]
        return Recall(
            memories=(
                *((0, prompted) for prompted in selected),
                *((rank, memory) for rank, memory in reversed(memories) if memory not in selected),
            ),
            pointers=(
                *((frame - prompted.frame, prompted) for prompted in selected if prompted.frame <= frame),
                *((rank, memory) for rank, memory in pointers if memory not in selected),
            ),
            farthest=bank.limits.pointers - 1,
        )

    def _is_sure(self, memory: Memory) -> bool:
        return memory.score is not None and memory.score > self.mf_threshold


def selection_score(predicted_iou: Tensor, object_score: Tensor) -> Tensor:
    """Return how good a tracked frame is to remember: 0 where the object is taken as absent.

    Args:
        predicted_iou: [B], of the mask that was chosen, 0..1.
        object_score: [B], logits.

    Returns:
        [B], 0..1: the IoU times 2 sigmoid(object score) - 1.
    """
    presence = torch.where(object_score > 0, 2 * object_score.sigmoid() - 1, 0.0)
    return presence * predicted_iou
