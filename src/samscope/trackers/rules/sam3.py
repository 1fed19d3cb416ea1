"""SAM 3's memory selection: tracked frames are remembered by how sure the tracker was of them."""

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from samscope.trackers.memory import Answer, Bank, Memory, Recall
from samscope.trackers.needs import Need, given
from samscope.trackers.rules.by_rank import recall_by_rank, with_latest
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
    needs: ClassVar[frozenset[Need]] = frozenset({Need.PREDICTED_IOUS, Need.OBJECT_SCORES})
    reads_many_prompts: ClassVar[bool] = True

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
        """Return what memory attention reads on frame ``frame``, of the frames that are kept.

        As ``by_rank.recall_by_rank``.
        """
        kept = [kept for kept in bank.tracked if self._is_sure(kept) or kept.frame == frame - 1]
        return recall_by_rank(bank, frame, kept, MOST_PROMPTED)

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
