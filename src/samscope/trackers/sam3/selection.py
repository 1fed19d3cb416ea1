"""SAM 3's memory selection: tracked frames are remembered by how sure the tracker was of them.

Officially on by default. Pure functions on values; only one clip at a time has a selection.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from samscope.trackers.memory import Memory, Pointer, Recall


@dataclass(frozen=True)
class MemorySelection:
    """How frames are chosen.

    Attributes:
        threshold: a tracked frame is kept where its ``selection_score`` is above this, 0..1.
    """

    threshold: float = 0.01


OFFICIAL_SELECTION = MemorySelection()
"""As the official SAM 3 tracks by default."""


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


@dataclass(frozen=True, eq=False)
class Candidate:
    """A tracked frame that may still be read.

    Attributes:
        memory: its memory.
        pointer: its object pointer.
        score: its ``selection_score``.
    """

    memory: Memory
    pointer: Pointer
    score: float


@dataclass(frozen=True, eq=False)
class SelectingBank:
    """A memory bank under the memory selection: the prompted frame, and candidates; nothing in it changes.

    Candidates are the latest frames above the threshold, however old, and the previous frame in any case.
    They are counted by rank, not by time: the previous frame has rank 1. What is kept is what a later frame
    may still read, so that the bank stays small in a video of any length.

    Attributes:
        prompted: memory of the prompted frame, kept for good.
        prompted_pointer: its pointer.
        candidates: oldest first, at most ``max_pointers``.
        selection: how they are chosen.
        memories: size of the bank (7).
        max_pointers: how many pointers memory attention reads: 16, or the clip's length if that is less.
    """

    prompted: Memory
    prompted_pointer: Pointer
    candidates: tuple[Candidate, ...] = ()
    selection: MemorySelection = OFFICIAL_SELECTION
    memories: int = 7
    max_pointers: int = 16

    def remember(self, candidate: Candidate) -> "SelectingBank":
        """Return a bank that also holds the frame after the latest one."""
        threshold, most = self.selection.threshold, max(1, self.max_pointers - 1)
        good = [kept for kept in self.candidates if kept.score > threshold]
        if candidate.score > threshold:
            return replace(self, candidates=(*good, candidate)[-most:])
        return replace(self, candidates=(*good[-most:], candidate))

    def recall(self, frame: int) -> Recall:
        """Return what memory attention reads on frame ``frame``, the one after the latest in the bank.

        Memories are the prompted frame's and those of the latest candidates, whose age is their rank.
        Pointers are the prompted frame's, at its distance in frames, and the candidates' from the latest
        on, at their rank; that of the oldest candidate is never read, as in the official code.
        """
        ranked = tuple(enumerate(reversed(self.candidates), start=1))
        memories = [(rank, candidate.memory) for rank, candidate in ranked[: self.memories - 1]]
        pointers = [(rank, candidate.pointer) for rank, candidate in ranked[: self.max_pointers - 1]]
        if len(pointers) == len(ranked):
            pointers = pointers[:-1]
        distance = frame - self.prompted_pointer.frame
        return Recall(
            memories=((0, self.prompted), *reversed(memories)),
            pointers=((distance, self.prompted_pointer), *pointers),
        )
