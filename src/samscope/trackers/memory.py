"""What the tracker remembers, as a value: forking a track is keeping the old bank."""

from dataclasses import dataclass, replace

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
