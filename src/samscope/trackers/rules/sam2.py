"""SAM 2's own memory rule: the prompted frames and the latest others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from samscope.support.errors import UsageError
from samscope.trackers.memory import Answer, Bank, Memory, Recall
from samscope.trackers.rules.by_time import recall_by_time
from samscope.trackers.rules.ranges import require_range


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
        require_range(self, "stride", low=1)
        if self.max_cond_frames_in_attn < 2 and self.max_cond_frames_in_attn != -1:
            raise UsageError(
                f"memory rule {self.name}: max_cond_frames_in_attn is {self.max_cond_frames_in_attn}; it "
                "must be at least 2, or -1 for all"
            )

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        """Return a bank that also holds the frame after the latest one, with what may be kept of it."""
        met = (*bank.tracked, memory)
        remembered = [kept.frame for kept in met if kept.features is not None]
        in_stride = [frame for frame in remembered if frame % self.stride == 0 or frame == memory.frame]
        pointing = [kept.frame for kept in met if kept.pointer is not None]
        return bank.holding(
            met, latest(in_stride, bank.limits.memories - 1), latest(pointing, bank.limits.pointers - 1)
        )

    def recall(self, bank: Bank, frame: int) -> Recall:
        """Return what the bank holds of the frames that SAM 2 reads, as ``recall_by_time``.

        Of another rule's bank it is all, as ``sam2_recall`` lays it out.
        """
        if bank.rule == self:
            return recall_by_time(
                bank,
                frame,
                stride=self.stride,
                most_prompted=self.max_cond_frames_in_attn,
                coming_pointers=not self.only_obj_ptrs_in_the_past_for_eval,
            )
        return sam2_recall(bank, frame, [kept for kept in bank.tracked if kept.features is not None])


def sam2_recall(bank: Bank, frame: int, recent: Sequence[Memory]) -> Recall:
    """Return some memories and all pointers that a bank holds, laid out as SAM 2 does.

    Prompted frames come first, then memories from oldest to latest, whose age is their rank. Pointers go from
    latest to oldest, their distances are in frames.

    Args:
        bank: what there is.
        frame: the frame on which it is read.
        recent: the memories that are read beside the prompted frames', oldest first.
    """
    pointers = [kept for kept in reversed(bank.tracked) if kept.pointer is not None]
    return Recall(
        memories=(
            *((0, prompted) for prompted in bank.prompted),
            *((len(recent) - place, memory) for place, memory in enumerate(recent)),
        ),
        pointers=tuple((frame - kept.frame, kept) for kept in (*bank.prompted, *pointers)),
        farthest=bank.limits.pointers - 1,
    )


def latest(frames: Sequence[int], count: int) -> frozenset[int]:
    """Return the last ``count`` of frames."""
    return frozenset(frames[max(0, len(frames) - count) :])
