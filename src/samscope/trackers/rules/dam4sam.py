"""DAM4SAM's memory rule: recent frames, and for good those on which the object is told from a distractor."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from samscope.trackers.memory import Answer, Bank, Memory, Recall
from samscope.trackers.needs import Need, given
from samscope.trackers.rules.distractors import distractor_overlap
from samscope.trackers.rules.ranges import require_range
from samscope.trackers.rules.sam2 import latest

SURE_IOU = 0.8
"""A frame is promoted where its mask's predicted IoU is above this,"""
USUAL_RATIO = (0.8, 1.2)
"""the mask is of the usual area within these shares,"""
FRAMES_APART = 5
"""the last promotion is more than so many frames ago,"""
DISTINCT_OVERLAP = 0.7
"""and with a distractor added the box overlaps the mask's own by no more than this."""

_SIZES, _USUAL_OF = 300, 10
"""The usual area is the median of the last ten masks that are not empty, within so many frames."""


@dataclass(frozen=True)
class Dam4SamMemory:
    """Recent appearance memory (RAM) and distractor-resolving memory (DRM), both of frames with a mask alone.

    RAM is the previous frame and before it every fifth, six in all less what DRM takes. DRM is the prompted
    frame and **promoted** ones, whose memory is encoded again from the mask cut at 0, and whose age is a
    prompted frame's. A frame is promoted where the mask is sure and of its usual area, while another of the
    decoded masks reaches far beyond it, as over a distractor. A box or clicks are turned into a mask first.

    Settings have their official names; other numbers of the official code are this file's constants.
    ``Bank.prompted`` holds DRM, ``Bank.state`` the areas of the latest frames' masks.

    Attributes:
        max_cond_frames_in_attn: frames of DRM that are read, the prompted one included.
        memory_temporal_stride_for_eval: RAM has, before the latest frame, those at multiples of this.

    Raises:
        UsageError: a setting is out of its range.
    """

    max_cond_frames_in_attn: int = 4
    memory_temporal_stride_for_eval: int = 5

    name: ClassVar[str] = "dam4sam"
    needs: ClassVar[frozenset[Need]] = frozenset(
        {Need.PREDICTED_IOUS, Need.FRAME_SIZE, Need.MASK_PROMPTS, Need.ENCODING_AGAIN}
    )

    def __post_init__(self) -> None:
        require_range(self, "max_cond_frames_in_attn", low=2, high=7)
        require_range(self, "memory_temporal_stride_for_eval", low=1)

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        """Return a bank that also holds the frame after the latest one, if its mask is not empty."""
        sizes, promoted = self._promotes(bank, memory.frame, answer)
        bank = replace(bank, state=sizes)
        if not (answer.mask_logits > 0).any():
            return bank
        met = (*bank.tracked, memory)
        pointing = [kept.frame for kept in met if kept.frame > memory.frame + 1 - bank.limits.pointers]
        recent = [kept.frame for kept in met if kept.features is not None]
        if promoted:
            recent.remove(memory.frame)
            drm = (bank.prompted[0], *(*bank.prompted[1:], memory)[-self.max_cond_frames_in_attn :])
            bank = replace(bank, prompted=drm)
        in_stride = [frame for frame in recent if frame % self.memory_temporal_stride_for_eval == 0]
        held = latest(in_stride, bank.limits.memories - 1) | latest(recent, 1)
        return bank.holding(met, held, pointing)

    def encodes_again(self, bank: Bank, frame: int) -> bool:
        """Tell whether a frame that the bank has just met was promoted."""
        return bank.prompted[-1].frame == frame

    def recall(self, bank: Bank, frame: int) -> Recall:
        """Return DRM and RAM, and the pointers of DRM and of the latest frames, from latest to oldest.

        The distance that is encoded as 1 grows with the clip, as when frames arrive one by one.
        """
        drm = self._drm(bank.prompted, frame)
        recent = self._ram(bank, frame)[: max(0, bank.limits.memories - len(drm))]
        farthest = min(frame + 1, bank.limits.pointers) - 1
        read = {kept.frame for kept in drm}
        pointers = [kept for kept in reversed(bank.tracked) if kept.pointer is not None]
        pointers = [kept for kept in pointers if kept.frame not in read and frame - kept.frame <= farthest]
        return Recall(
            memories=(*((0, kept) for kept in drm), *reversed(list(enumerate(recent, start=1)))),
            pointers=tuple((frame - kept.frame, kept) for kept in (*drm, *pointers)),
            farthest=farthest,
        )

    def _drm(self, kept: Sequence[Memory], frame: int) -> list[Memory]:
        """Return what is read of DRM: its newest frame, the prompted one, then from newest to oldest."""
        prompt, *promoted = kept
        newest_first = [memory for memory in reversed(promoted) if memory.frame < frame - 1]
        return [*newest_first[:1], prompt, *newest_first[1:]][: self.max_cond_frames_in_attn]

    def _ram(self, bank: Bank, frame: int) -> list[Memory]:
        """Return what could be read of RAM, from newest to oldest: the previous frame also when promoted."""
        recent = [kept for kept in reversed(bank.tracked) if kept.features is not None]
        newest = [kept for kept in bank.prompted[1:] if kept.frame == frame - 1] or recent[:1]
        stride = self.memory_temporal_stride_for_eval
        earlier = [kept for kept in recent if kept.frame < newest[0].frame and kept.frame % stride == 0]
        return [*newest, *earlier]

    def _promotes(self, bank: Bank, frame: int, answer: Answer) -> tuple[tuple[int, ...], bool]:
        """Return the areas of the latest masks, this one included, and whether the frame is promoted."""
        iou = given(self, answer.predicted_iou, Need.PREDICTED_IOUS)
        ious = given(self, answer.candidate_ious, Need.PREDICTED_IOUS)
        size = given(self, bank.frame_size, Need.FRAME_SIZE)
        mask = at_size(answer.mask_logits[0], size)[0]
        sizes = (*(bank.state or ()), int(np.count_nonzero(mask)))[-_SIZES:]
        promoted = bank.prompted[-1].frame
        if not (
            bool(iou > SURE_IOU)
            and USUAL_RATIO[0] <= size_ratio(sizes) <= USUAL_RATIO[1]
            and (promoted == 0 or frame - promoted > FRAMES_APART)
        ):
            return sizes, False
        other_masks = np.delete(at_size(answer.candidate_logits[0], size), int(ious[0].argmax()), axis=0)
        overlaps = [distractor_overlap(mask, other_mask) for other_mask in other_masks]
        return sizes, any(overlap is not None and overlap <= DISTINCT_OVERLAP for overlap in overlaps)


def at_size(logits: Tensor, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return masks bool [M, H, W] of logits [M, h, w]."""
    scaled = functional.interpolate(logits[None].float(), size=size, mode="bilinear", align_corners=False)[0]
    return np.asarray((scaled > 0).cpu())


def size_ratio(sizes: Sequence[int]) -> float:
    """Return the last area by the usual one; -1 where there is no area or none before.

    Args:
        sizes: the areas of the tracked frames' masks in pixels, the latest last.
    """
    if len(sizes) < 2 or not sizes[-1]:
        return -1.0
    return float(sizes[-1] / np.median([size for size in sizes if size][-_USUAL_OF:]))
