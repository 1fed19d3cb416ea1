"""A memory rule as another package may add it: the largest mask is the answer and is remembered."""

from dataclasses import dataclass
from typing import ClassVar

from samscope.trackers.memory import Answer, Bank, Candidates, Choice, Memory, Recall
from samscope.trackers.rules.sam2 import Sam2Memory


@dataclass(frozen=True)
class LargestCandidate:
    """The largest mask is the answer; SAM 2's rule remembers such frames as have more than some pixels.

    Attributes:
        pixels: how large a mask is at least that is remembered, at the tracker's own resolution.
    """

    pixels: int = 1

    name: ClassVar[str] = "largest"

    def choose(self, bank: Bank, candidates: Candidates) -> Choice:
        """Return the mask of the most pixels, of an object that is there where it has enough."""
        areas = (candidates.logits > 0).flatten(1).sum(dim=1)
        return Choice(int(areas.argmax()), bool(areas.max() >= self.pixels))

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        """Return a bank that also holds the frame, if its mask is large enough."""
        if (answer.mask_logits > 0).sum() < self.pixels:
            return bank
        return Sam2Memory().remember(bank, memory, answer)

    def recall(self, bank: Bank, frame: int) -> Recall:
        """Return all that the bank holds, as SAM 2's rule."""
        return Sam2Memory().recall(bank, frame)
