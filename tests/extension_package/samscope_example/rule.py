"""A memory rule: only frames of which the decoder was confident are remembered."""

from dataclasses import dataclass
from typing import ClassVar

from samscope.support.errors import UsageError
from samscope.trackers.memory import Answer, Bank, Candidates, Choice, Memory, Recall
from samscope.trackers.rules.sam2 import Sam2Memory


@dataclass(frozen=True)
class ConfidentMemory:
    """The latest confident frames; among masks that are nearly as good as the best, the largest is taken.

    Attributes:
        least_iou: a tracked frame is remembered where the predicted IoU is at least this, 0..1.
        margin: how far below the best a mask's predicted IoU may lie for the mask to be the answer, 0..1.
    """

    least_iou: float = 0.7
    margin: float = 0.05

    name: ClassVar[str] = "confident"

    def __post_init__(self) -> None:
        for setting in ("least_iou", "margin"):
            if not 0 <= getattr(self, setting) <= 1:
                raise UsageError(f"memory rule {self.name}: {setting} must be within 0 and 1")

    def choose(self, bank: Bank, candidates: Candidates) -> Choice:
        """Return the largest of the masks within ``margin`` of the best."""
        areas = (candidates.logits > 0).flatten(1).sum(dim=1)
        too_poor = candidates.ious < candidates.ious.max() - self.margin
        return Choice(int(areas.masked_fill(too_poor, -1).argmax()), bool(candidates.object_score > 0))

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        """Return a bank that also holds the frame, if the decoder was confident of it."""
        if answer.predicted_iou is None:
            raise UsageError(f"memory rule {self.name}: this tracker predicts no IoU; take another rule")
        if float(answer.predicted_iou) < self.least_iou:
            return bank
        return Sam2Memory().remember(bank, memory, answer)

    def recall(self, bank: Bank, frame: int) -> Recall:
        """Return all that the bank holds, in SAM 2's order."""
        return Sam2Memory().recall(bank, frame)
