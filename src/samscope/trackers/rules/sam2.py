"""SAM 2's own memory rule: the prompted frames and the latest others."""

from dataclasses import dataclass, replace
from typing import ClassVar

from samscope.support.errors import UsageError
from samscope.trackers.memory import Answer, Bank, Memory, Recall
from samscope.trackers.rules.by_time import recall_by_time


@dataclass(frozen=True)
class Sam2Memory:
    """The latest frames, whatever was seen on them.

    SAM 2 writes memory on every frame. The bank holds what a later frame may still read: with the released
    settings 7 memories and 16 pointers, whatever the length of the video.

    Attributes:
        stride: with r > 1 memories are those of the latest frame and, before it, of every r-th frame
            (officially ``memory_temporal_stride_for_eval``); pointers are the latest frames' all the same.
        max_cond_frames_in_attn: how many prompted frames are read at most, the closest ones, from 2; others
            within reach are read as tracked ones are. -1 for all.
        only_obj_ptrs_in_the_past_for_eval: whether the pointers of prompted frames that lie ahead are left
            out; else they are read at negative distances. Their memories are read in any case.

    Raises:
        UsageError: the stride is below 1, or of several prompted frames fewer than two would be read.
    """

    stride: int = 1
    max_cond_frames_in_attn: int = -1
    only_obj_ptrs_in_the_past_for_eval: bool = True

    name: ClassVar[str] = "sam2"
    reads_many_prompts: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.stride < 1:
            raise UsageError(f"memory rule {self.name}: stride is {self.stride}; it must be at least 1")
        if self.max_cond_frames_in_attn < 2 and self.max_cond_frames_in_attn != -1:
            raise UsageError(
                f"memory rule {self.name}: max_cond_frames_in_attn is {self.max_cond_frames_in_attn}; it "
                "must be at least 2, or -1 for all"
            )

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        """Return a bank that also holds the frame after the latest one."""
        in_stride = [kept.frame for kept in bank.tracked if kept.features is not None]
        in_stride = [frame for frame in in_stride if frame % self.stride == 0]
        with_features = _latest([*in_stride, memory.frame], bank.limits.memories - 1)
        latest = [kept.frame for kept in bank.tracked if kept.pointer is not None]
        with_pointer = _latest([*latest, memory.frame], bank.limits.pointers - 1)
        kept = (
            replace(
                held,
                features=held.features if held.frame in with_features else None,
                pointer=held.pointer if held.frame in with_pointer else None,
            )
            for held in (*bank.tracked, memory)
        )
        return bank.keeping(
            tuple(held for held in kept if held.features is not None or held.pointer is not None)
        )

    def recall(self, bank: Bank, frame: int) -> Recall:
        """Return what the bank holds of the frames that SAM 2 reads, as ``recall_by_time``.

        Of another rule's bank it is all: prompted frames first, then memories from oldest to latest, whose
        age is their rank; pointers from latest to oldest, their distances in frames.
        """
        if bank.rule == self:
            return recall_by_time(
                bank,
                frame,
                stride=self.stride,
                most_prompted=self.max_cond_frames_in_attn,
                coming_pointers=not self.only_obj_ptrs_in_the_past_for_eval,
            )
        recent = [kept for kept in bank.tracked if kept.features is not None]
        pointers = [kept for kept in reversed(bank.tracked) if kept.pointer is not None]
        return Recall(
            memories=(
                *((0, prompted) for prompted in bank.prompted),
                *((len(recent) - place, memory) for place, memory in enumerate(recent)),
            ),
            pointers=tuple((frame - kept.frame, kept) for kept in (*bank.prompted, *pointers)),
            farthest=bank.limits.pointers - 1,
        )


def _latest(frames: list[int], count: int) -> frozenset[int]:
    return frozenset(frames[max(0, len(frames) - count) :])
