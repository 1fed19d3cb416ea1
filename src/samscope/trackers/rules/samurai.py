"""SAMURAI's memory rule: a Kalman filter has a say in the choice of the mask, and a gate before memory."""

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from samscope.trackers.memory import Answer, Bank, Candidates, Choice, Memory, Recall
from samscope.trackers.needs import Need, given
from samscope.trackers.rules.box_filter import EMPTY, Box, BoxFilter, box_iou, mask_boxes
from samscope.trackers.rules.ranges import require_range, require_word
from samscope.trackers.rules.sam2 import latest, sam2_recall

LARGE = 144
"""Channels that SAM 2's large image encoder begins with, from where on its weight of the filter holds."""

_FIRST = 2
"""The earliest frame that is kept: the official search ends before the first tracked one."""


@dataclass(frozen=True, eq=False)
class Motion:
    """What SAMURAI knows of an object's motion.

    Attributes:
        filter: of its box in the model's pixels.
        stable: for how many frames in a row the filter has been fed, 0 to the threshold.
        kf_score: IoU of the predicted box and the chosen mask's on the latest frame; None where the filter
            had no say in the choice.
    """

    filter: BoxFilter
    stable: int
    kf_score: float | None


@dataclass(frozen=True)
class SamuraiMemory:
    """The latest frames of which the decoder, the object score and a Kalman filter were sure.

    Settings have their official names and defaults. Every object has a filter of its own; in the official
    code it belongs to the model, so that a second video begins with the state of the first. On a prompted
    frame the object is present where its score is above 0, and not ``min_obj_score_logits``.

    Attributes:
        kf_score_weight: w, 0..1: the mask is chosen whose w k + (1 - w) i is largest, k the IoU of its box
            and the predicted one, i its predicted IoU. None: by the model's size, 0.15 as published for
            SAM 2's large one, 0.25 for smaller ones.
        stable_frames_threshold: so many frames the filter must have been fed before it has a say.
        stable_ious_threshold: predicted IoU above which it is fed, 0..1.
        min_obj_score_logits: object score above which the object is taken as present. The memory of a frame
            is marked as one without the object up to a score of 0 all the same.
        memory_bank_iou_threshold: predicted IoU above which a frame is kept.
        memory_bank_obj_score_threshold: object score above which it is kept.
        memory_bank_kf_score_threshold: IoU with the predicted box above which it is kept.
        kalman: ``gate``, or ``none``: the last threshold is not applied, as before SAMURAI's fix of
            2025-03-18. The filter votes all the same.

    Raises:
        UsageError: a setting is out of its range.
    """

    kf_score_weight: float | None = None
    stable_frames_threshold: int = 15
    stable_ious_threshold: float = 0.3
    min_obj_score_logits: float = -1.0
    memory_bank_iou_threshold: float = 0.5
    memory_bank_obj_score_threshold: float = 0.0
    memory_bank_kf_score_threshold: float = 0.0
    kalman: str = "gate"

    name: ClassVar[str] = "samurai"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.PREDICTED_IOUS, Need.OBJECT_SCORES, Need.CHOICE})

    def __post_init__(self) -> None:
        require_range(
            self,
            "kf_score_weight",
            "stable_ious_threshold",
            "memory_bank_iou_threshold",
            "memory_bank_kf_score_threshold",
            low=0,
            high=1,
        )
        require_range(self, "min_obj_score_logits", "memory_bank_obj_score_threshold")
        require_range(self, "stable_frames_threshold", low=1)
        require_word(self, "kalman", ("gate", "none"))

    def sized(self, width: int) -> "SamuraiMemory":
        """Return the rule with the weight for a model whose image encoder begins with ``width`` channels."""
        if self.kf_score_weight is not None:
            return self
        return replace(self, kf_score_weight=0.15 if width >= LARGE else 0.25)

    def choose(self, bank: Bank, candidates: Candidates) -> Choice:
        """Return the mask of the best predicted IoU, in which the filter has a say once it is stable.

        A device is waited for once, and once more for the masks' boxes where the object is taken as present.
        """
        scores = torch.cat([candidates.ious, candidates.object_score[None]]).cpu()
        ious, object_score = scores[:-1], scores[-1]
        present = bool(object_score > self.min_obj_score_logits)
        boxes = [EMPTY] * len(ious)
        if present:
            boxes = mask_boxes(candidates.logits, candidates.image_size)
        chosen, motion = self.vote(bank.state, boxes, ious)
        return Choice(chosen, present, bool(object_score > 0), motion)

    def vote(self, motion: Motion | None, boxes: list[Box], ious: Tensor) -> tuple[int, Motion]:
        """Return which candidate is chosen, and what is known of the motion then.

        Args:
            motion: what was known before; None before the first tracked frame.
            boxes: the candidates', in the model's pixels.
            ious: [M], predicted, 0..1, on the CPU.
        """
        best = int(ious.argmax())
        if motion is None or motion.stable == 0:
            return best, Motion(BoxFilter.started(boxes[best]), 1, None)
        predicted = motion.filter.predicted()
        if motion.stable < self.stable_frames_threshold:
            if ious[best] > self.stable_ious_threshold:
                return best, Motion(predicted.updated(boxes[best]), motion.stable + 1, None)
            return best, Motion(predicted, 0, None)
        overlaps = [box_iou(predicted.box, box) for box in boxes]
        weight = 0.15 if self.kf_score_weight is None else self.kf_score_weight
        votes = weight * torch.tensor(overlaps, dtype=ious.dtype) + (1 - weight) * ious
        chosen = int(votes.argmax())
        if ious[chosen] < self.stable_ious_threshold:
            return chosen, Motion(predicted, 0, overlaps[chosen])
        return chosen, Motion(predicted.updated(boxes[chosen]), motion.stable, overlaps[chosen])

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        """Return a bank that also holds the frame after the latest one; features while they may be read.

        A device is waited for once.
        """
        iou = given(self, answer.predicted_iou, Need.PREDICTED_IOUS)
        object_score = given(self, answer.object_score, Need.OBJECT_SCORES)
        iou, object_score = torch.stack([iou, object_score]).cpu()
        passes = self.passes(iou, object_score, None if bank.state is None else bank.state.kf_score)
        met = (*bank.tracked, replace(memory, score=float(passes and memory.frame >= _FIRST)))
        kept = latest([held.frame for held in met if held.score], bank.limits.memories - 1)
        with_pointer = latest([held.frame for held in met], bank.limits.pointers - 1)
        return bank.holding(met, {*kept, memory.frame}, with_pointer)

    def passes(self, iou: Tensor, object_score: Tensor, kf_score: float | None) -> bool:
        """Tell whether a frame of such scores, [1] each, is kept; a ``kf_score`` of None is good enough."""
        return bool(
            iou > self.memory_bank_iou_threshold
            and object_score > self.memory_bank_obj_score_threshold
            and (self.kalman == "none" or kf_score is None or kf_score > self.memory_bank_kf_score_threshold)
        )

    def recall(self, bank: Bank, frame: int) -> Recall:
        """Return the kept frames' memories and the previous frame's, and all pointers.

        They are laid out as SAM 2 does; pointers are the latest frames', whatever was seen on them.
        """
        recent = [kept for kept in bank.tracked if kept.features is not None]
        recent = [kept for kept in recent if kept.score or kept.frame == frame - 1]
        return sam2_recall(bank, frame, recent[max(0, len(recent) - bank.limits.memories + 1) :])
