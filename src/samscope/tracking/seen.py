"""What was seen on one frame: the tracker's answer and the model's positions."""

from dataclasses import dataclass

from torch import Tensor


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
