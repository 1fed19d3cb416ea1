"""What was seen on one frame: the tracker's answer and the model's positions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from samscope.support.errors import UsageError
from samscope.trackers.attention import Attention
from samscope.trackers.disagreement import candidate_disagreement
from samscope.trackers.family import Step
from samscope.trackers.memory import Bank, Recall
from samscope.trackers.positions import POSITION_NAMES

Scores = tuple[float | None, float | None, float | None]
"""Object score, predicted IoU and disagreement of the candidates, as ``Seen`` has them."""

FURTHER_SITES = ("mask_tokens", "memory_mask")
"""Sites of edits that are no positions."""


@dataclass(frozen=True, eq=False)
class Seen:
    """One frame of a track; tensors have no batch dimension and lie on the model's device.

    S is the model's image size, C its width (256 for the released models); the shapes are SAM 2's, another
    family's are in its ``Tracker.positions``. A position that does not exist on a frame or in the model's
    family is None.

    Attributes:
        frame_index: index in the clip, from 0.
        prompted: the frame carried the prompt.
        prompted_by_mask: it did so as a mask. Then the mask is the prompt's own, ``object_score`` is the
            +10 that SAM 2 sets, ``predicted_iou`` the 1 that it sets, and ``prompt_conditioned`` comes from
            the pass that only makes the pointer: do not compare it with other frames.
        mask: bool [H, W] at the frame's own size.
        mask_logits: float32 [S/4, S/4]; -1024 everywhere where the object score is at most 0.
        object_score: logit of "the object is in the frame"; None in a family without one.
        predicted_iou: the decoder's own estimate of its mask's IoU, 0..1; None in a family without one.
        frame: position 0, float32 [3, S, S], resized and normalised.
        image_embeddings: position 1, [C/8, S/4, S/4].
        memory_conditioned: position 2, [C, S/16, S/16]; None on the prompted frame.
        prompt_conditioned: position 3, [C, S/16, S/16].
        object_pointer: position 4 as stored, [C]: one constant vector where the object score is at most 0.
        object_pointer_ungated: position 4 before that gate, [C].
        memory_encoder_output: position 5 [64, S/16, S/16] before the no-object embedding and rounding.
        memory_features: position 5 as stored, bfloat16 [64, S/16, S/16].
        mask_tokens: the decoder's tokens of all its masks, [4, C]; a site of edits, as the next one.
        memory_mask: the mask as it enters the memory encoder, float32 [1, S, S].
        attention: what memory attention looked at, where that was asked for; None on the prompted frame.
        bank: what the tracker remembers after the frame, where that was asked for: ``continue_track`` goes on
            from it.
        read: the frames whose memories were read, in the order in which they were laid out; none on the
            prompted frame, and in a family that does not tell.
        written: whether the memory of this frame was kept after it.
        candidate_disagreement: how far the decoder's masks are from the one that was taken, 0..1:
            ``disagreement.candidate_disagreement``; None where it decoded one alone.
    """

    frame_index: int
    prompted: bool
    prompted_by_mask: bool
    mask: Tensor
    mask_logits: Tensor
    object_score: float | None
    predicted_iou: float | None
    frame: Tensor
    image_embeddings: Tensor | None
    memory_conditioned: Tensor | None
    prompt_conditioned: Tensor | None
    object_pointer: Tensor | None
    object_pointer_ungated: Tensor | None
    memory_encoder_output: Tensor | None
    memory_features: Tensor | None
    mask_tokens: Tensor | None = None
    memory_mask: Tensor | None = None
    attention: Attention | None = None
    bank: Any = None
    read: tuple[int, ...] = ()
    written: bool = False
    candidate_disagreement: float | None = None

    def at(self, position: str) -> Tensor:
        """Return the tensor at a position, where one is known to exist.

        Raises:
            UsageError: there is no position of that name, or it does not exist on this frame.
        """
        if position not in POSITION_NAMES:
            raise UsageError(f"position {position!r}: expected one of {', '.join(POSITION_NAMES)}")
        tensor: Tensor | None = getattr(self, position)
        if tensor is None:
            raise UsageError(f"frame {self.frame_index}: there is no {position!r} on it")
        return tensor

    def __repr__(self) -> str:
        """Return the tracker's answer in one line, without the tensors."""
        height, width = self.mask.shape
        prompted = ", prompted" if self.prompted else ""
        scores = {"object_score": self.object_score, "predicted_iou": self.predicted_iou}
        numbers = "".join(f", {name}={number:.2f}" for name, number in scores.items() if number is not None)
        return (
            f"Seen(frame_index={self.frame_index}{prompted}, mask={int(self.mask.sum())} of {height}x{width} "
            f"pixels{numbers})"
        )


def scores_of(steps: Sequence[Step]) -> list[Scores]:
    """Return the object score and the predicted IoU of steps, for which a device is waited for once.

    Args:
        steps: taken on one device, each with a batch of one.
    """
    values = [
        (step.answer.object_score, step.answer.predicted_iou, candidate_disagreement(step.answer))
        for step in steps
    ]
    given = [value[0].float() for step_values in values for value in step_values if value is not None]
    numbers = iter(torch.stack(given).tolist() if given else [])

    def read(value: Tensor | None) -> float | None:
        return None if value is None else next(numbers)

    return [(read(score), read(iou), read(disagreement)) for score, iou, disagreement in values]


@torch.no_grad()
def see(step: Step, size: tuple[int, int], scores: Scores | None = None, *, bank: bool = False) -> Seen:
    """Return what was seen in a step with a batch of one.

    Args:
        step: the step.
        size: height and width of the frame, which the mask is scaled to.
        scores: of the step, as ``scores_of`` gives them; None to read them here.
        bank: keep what the tracker remembers.
    """
    object_score, predicted_iou, disagreement = scores_of([step])[0] if scores is None else scores
    logits = step.answer.mask_logits
    tensors = {name: None if tensor is None else tensor[0] for name, tensor in step.positions.items()}
    at_frame_size = functional.interpolate(logits, size=size, mode="bilinear", align_corners=False)
    return Seen(
        frame_index=step.frame,
        prompted=step.prompt is not None,
        prompted_by_mask=step.prompt is not None and step.prompt.mask is not None,
        mask=at_frame_size[0, 0] > 0,
        mask_logits=logits[0, 0],
        object_score=object_score,
        predicted_iou=predicted_iou,
        attention=getattr(step, "attention", None),
        bank=step.bank if bank else None,
        read=_frames_read(step),
        written=_is_written(step),
        candidate_disagreement=disagreement,
        **{name: tensors.get(name) for name in (*POSITION_NAMES, *FURTHER_SITES)},  # type: ignore[arg-type]
    )


def _frames_read(step: Step) -> tuple[int, ...]:
    recall: Recall | None = getattr(step, "recall", None)
    return () if recall is None else tuple(memory.frame for _, memory in recall.memories)


def _is_written(step: Step) -> bool:
    bank = step.bank
    if not isinstance(bank, Bank):
        return False
    held = (*bank.prompted, *bank.tracked)
    return any(memory.frame == step.frame and memory.features is not None for memory in held)
