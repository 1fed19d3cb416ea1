"""What the tracker remembers, as a value: forking a track is keeping the old bank."""

from dataclasses import dataclass, replace
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Memory:
    """One frame in memory.

    Attributes:
        frame: its index in the clip.
        features: bfloat16 [B, 64, S/16, S/16], the memory encoder's output as stored.
    """

    frame: int
    features: Tensor


@dataclass(frozen=True, eq=False)
class Pointer:
    """One frame's object pointer.

    Attributes:
        frame: its index in the clip.
        vector: [B, C], as stored: gated by the object score.
    """

    frame: int
    vector: Tensor


@dataclass(frozen=True, eq=False)
class Recall:
    """What memory attention reads on one frame, in the order in which it is laid out.

    Attributes:
        memories: (age, memory); age 0 is a prompted frame's, whatever time has passed, and the latest of the
            others has age 1. The age selects the temporal encoding.
        pointers: (distance, pointer), distances in frames or in ranks, as the bank counts.
    """

    memories: tuple[tuple[int, Memory], ...]
    pointers: tuple[tuple[int, Pointer], ...]


class Bank(Protocol):
    """What a memory bank is to those that read it."""

    @property
    def max_pointers(self) -> int:
        """How many pointers memory attention reads at most; one less is the scale of their distances."""

    def recall(self, frame: int) -> Recall:
        """Return what memory attention reads on frame ``frame``, the one after the latest in the bank."""


@dataclass(frozen=True, eq=False)
class MemoryBank:
    """The prompted frame and the latest others; nothing in it ever changes.

    SAM 2 writes memory on every frame. The bank keeps what a later frame may still read: with the released
    settings 7 memories and 16 pointers, whatever the length of the video.

    Attributes:
        prompted: memory of the prompted frame, kept for good.
        prompted_pointer: its pointer.
        recent: memories of other frames, oldest first, at most ``memories`` - 1.
        pointers: pointers of other frames, latest first, at most ``max_pointers`` - 1.
        memories: size of the bank (7).
        max_pointers: how many pointers memory attention reads: 16, or the clip's length if that is less.
        stride: with r > 1 the bank holds the latest frame and, before it, every r-th frame.
    """

    prompted: Memory
    prompted_pointer: Pointer
    recent: tuple[Memory, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    memories: int = 7
    max_pointers: int = 16
    stride: int = 1

    def remember(self, memory: Memory, pointer: Pointer) -> "MemoryBank":
        """Return a bank that also holds the frame after the latest one."""
        earlier = [kept for kept in self.recent if kept.frame % self.stride == 0]
        recent = (*earlier, memory)[-(self.memories - 1) :] if self.memories > 1 else ()
        pointers = (pointer, *self.pointers)[: self.max_pointers - 1]
        return replace(self, recent=recent, pointers=pointers)

    def recall(self, frame: int) -> Recall:
        """Return all that the bank holds: the prompted frame first, then memories from oldest to latest.

        Pointers go from latest to oldest, their distances are in frames; a memory's age is its rank.
        """
        held = len(self.recent)
        memories = [(held - place, memory) for place, memory in enumerate(self.recent)]
        pointers = (self.prompted_pointer, *self.pointers)
        return Recall(
            memories=((0, self.prompted), *memories),
            pointers=tuple((frame - pointer.frame, pointer) for pointer in pointers),
        )
