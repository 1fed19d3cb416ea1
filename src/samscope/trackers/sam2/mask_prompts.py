"""Boxes and clicks that are turned into a mask, which is then the prompt."""

from typing import Any

import numpy as np
from torch.nn import functional

from samscope.trackers.prompt import MaskVanishedError, Prompt, make_prompt, on_device
from samscope.trackers.sam2.decoding import by_predicted_iou
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.step import SAM2, Form


def as_mask(
    network: Any, encoded: EncodedFrame, prompt: Prompt, *, form: Form = SAM2, resize_mask: bool = True
) -> Prompt:
    """Return a prompt as a mask: where it is none, that of the decoder's answer to it without memory.

    The answer is taken at the frame's size, whatever the object score says.

    Args:
        network: the model.
        encoded: the frame's encoding.
        prompt: a mask, points or a box, with a batch of one.
        form: in what the family differs.
        resize_mask: give the mask the model's size; False: it keeps the frame's.

    Raises:
        MaskVanishedError: the answer has no pixel, or none at the model's size.
        ValueError: the prompt does not tell the frame's size.
    """
    if prompt.mask is not None:
        return prompt
    if prompt.frame_size is None:
        raise ValueError("the prompt does not tell the size of the frames")
    _, answer = form.prompted(network, encoded, prompt, by_predicted_iou, None)
    logits = answer.candidate_logits[:, answer.chosen[0]][:, None]
    mask = functional.interpolate(logits, size=prompt.frame_size, mode="bilinear", align_corners=False) > 0
    if not mask.any():
        raise MaskVanishedError("the prompt: the model finds no pixel of an object by it; give a mask")
    image_size = encoded.pixels.shape[-1]
    mask_prompt = make_prompt(
        prompt.frame_size, image_size, mask=np.asarray(mask[0, 0].cpu()), resize_mask=resize_mask
    )
    return on_device(mask_prompt, mask.device)
