"""What was seen on one frame: the tracker's answer and the model's positions."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from samscope.trackers.sam2.step import Step


@dataclass(frozen=True, eq=False)
class Seen:
    """One frame of a track; tensors have no batch dimension and lie on the model's device.

    S is the model's image size, C its width (256 for the released models). A position that does not exist
    on a frame is None.

    Attributes:
        frame_index: index in the clip, from 0.
        prompted: the frame carried the prompt.
        prompted_by_mask: it did so as a mask. Then the mask is the prompt's own, ``object_score`` is the
            +10 that SAM 2 sets, ``predicted_iou`` the 1 that it sets, and ``prompt_conditioned`` comes from
            the pass that only makes the pointer: do not compare it with other frames.
        mask: bool [H, W] at the frame's own size.
        mask_logits: float32 [S/4, S/4]; -1024 everywhere where the object score is at most 0.
        object_score: logit of "the object is in the frame".
        predicted_iou: the decoder's own estimate of its mask's IoU, 0..1.
        frame: position 0, float32 [3, S, S], resized and normalised.
        image_embeddings: position 1, [C/8, S/4, S/4].
        memory_conditioned: position 2, [C, S/16, S/16]; None on the prompted frame.
        prompt_conditioned: position 3, [C, S/16, S/16].
        object_pointer: position 4 as stored, [C]: one constant vector where the object score is at most 0.
        object_pointer_ungated: position 4 before that gate, [C].
        memory_encoder_output: position 5 [64, S/16, S/16] before the no-object embedding and rounding.
        memory_features: position 5 as stored, bfloat16 [64, S/16, S/16].
    """

    frame_index: int
    prompted: bool
    prompted_by_mask: bool
    mask: Tensor
    mask_logits: Tensor
    object_score: float
    predicted_iou: float
    frame: Tensor
    image_embeddings: Tensor
    memory_conditioned: Tensor | None
    prompt_conditioned: Tensor
    object_pointer: Tensor
    object_pointer_ungated: Tensor
    memory_encoder_output: Tensor
    memory_features: Tensor

    def __repr__(self) -> str:
        """Return the tracker's answer in one line, without the tensors."""
        height, width = self.mask.shape
        prompted = ", prompted" if self.prompted else ""
        return (
            f"Seen(frame_index={self.frame_index}{prompted}, mask={int(self.mask.sum())} of {height}x{width} "
            f"pixels, object_score={self.object_score:.2f}, predicted_iou={self.predicted_iou:.2f})"
        )


@torch.no_grad()
def see(step: Step, size: tuple[int, int]) -> Seen:
    """Return what was seen in a step with a batch of one.

    Args:
        step: the step.
        size: height and width of the frame, which the mask is scaled to.
    """
    logits = step.decoded.mask_logits
    at_frame_size = functional.interpolate(logits, size=size, mode="bilinear", align_corners=False)
    return Seen(
        frame_index=step.frame,
        prompted=step.prompt is not None,
        prompted_by_mask=step.prompt is not None and step.prompt.mask is not None,
        mask=at_frame_size[0, 0] > 0,
        mask_logits=logits[0, 0],
        object_score=float(step.decoded.object_score[0]),
        predicted_iou=float(step.decoded.predicted_iou[0]),
        frame=step.encoded.pixels[0],
        image_embeddings=step.encoded.image_embeddings[0],
        memory_conditioned=None if step.memory_conditioned is None else step.memory_conditioned[0],
        prompt_conditioned=step.decoded.prompt_conditioned[0],
        object_pointer=step.decoded.pointer[0],
        object_pointer_ungated=step.decoded.pointer_ungated[0],
        memory_encoder_output=step.memory_encoder_output[0],
        memory_features=step.memory.features[0],
    )
