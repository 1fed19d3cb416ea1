"""SAM 3's memory selection: tracked frames are remembered by how sure the tracker was of them."""

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.memory import Answer, Bank, Memory, Recall
from samscope.trackers.rules.prompted_frames import closest

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

    def __post_init__(self) -> None:
        if not 0 <= self.mf_threshold <= 1:
            raise UsageError(
                f"memory rule {self.name}: mf_threshold is {self.mf_threshold}; it must be within 0 and 1"
            )

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        """Return a bank that also holds the frame after the latest one.

        Raises:
            UsageError: the tracker has no predicted IoU or no object score.
        """
        if answer.predicted_iou is None or answer.object_score is None:
            raise UsageError(
                f"memory rule {self.name}: it needs predicted IoUs and object scores, which this tracker "
                "does not have both; take another rule"
            )
        score = selection_score(answer.predicted_iou, answer.object_score)
        scored = replace(memory, score=score.item())
        most = max(1, bank.limits.pointers - 1)
        sure = tuple(kept for kept in bank.tracked if self._is_sure(kept))
        if self._is_sure(scored):
            return bank.keeping((*sure, scored)[-most:])
        return bank.keeping((*sure[-most:], scored))

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
