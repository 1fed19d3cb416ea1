"""SAM 3's tracker: in what its step differs from SAM 2's.

Its modules are those of SAM 2 but for the image encoder. With T = S/14, the tokens along a side of the image,
masks are decoded at 4T and enter the memory encoder, and the network's own downsampling, at 16T.
"""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional
from transformers import Sam3TrackerVideoModel

from samscope.trackers.prompt import Prompt
from samscope.trackers.sam2.decoding import Choosing, Decoded, mask_as_answer
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sam2.step import Form, sam2_prompted
from samscope.trackers.sites import Editing, untouched

PROMPT_MASK_LOGIT = 1024.0
"""A prompting mask becomes logits of plus and minus this at the clip's size, before it is resized."""

MOST_POINTS = 16
"""Points of a prompt that are taken: of more, the first and the last eight."""


def encode_frame(network: Sam3TrackerVideoModel, pixels: Tensor) -> EncodedFrame:
    """Run the image encoder.

    Args:
        network: SAM 3's tracker.
        pixels: float32 [B, 3, S, S], preprocessed frames.
    """
    seen = network.vision_encoder(pixels)
    full, half, top = seen.fpn_hidden_states[:3]  # the fourth level is the detector's affair
    decoder = network.mask_decoder
    return EncodedFrame(
        pixels, decoder.conv_s0(full), decoder.conv_s1(half), top, seen.fpn_position_encoding[2]
    )


def prompted(
    network: Sam3TrackerVideoModel,
    encoded: EncodedFrame,
    prompt: Prompt,
    choose: Choosing,
    conditioned: Tensor | None = None,
    *,
    edit: Editing = untouched,
) -> tuple[Prompt, Decoded]:
    """Answer a prompted frame.

    Args:
        network: SAM 3's tracker.
        encoded: the frame's encoding.
        prompt: a mask, float32 [B, 1, H, W] of 0 and 1 *at the clip's own size*; or points or a box, in the
            model's pixels.
        choose: as in ``decode``.
        conditioned: as in ``sam2_prompted``.
        edit: what is done at the sites on the way.

    Returns:
        The prompt as it was taken, with at most 16 points, and the answer.
    """
    if prompt.mask is not None:
        return prompt, _prompted_by_mask(network, encoded, prompt.mask, edit)
    return sam2_prompted(network, encoded, _with_most_points(prompt), choose, conditioned, edit=edit)


def _prompted_by_mask(
    network: Sam3TrackerVideoModel, encoded: EncodedFrame, mask: Tensor, edit: Editing
) -> Decoded:
    """Take a prompting mask [B, 1, H, W] as the answer; soft for the pointer, cut for the answer."""
    logits = (2 * (mask > 0.5).to(mask.dtype) - 1) * PROMPT_MASK_LOGIT
    return mask_as_answer(
        network,
        encoded,
        _resized(logits, network.prompt_encoder.mask_input_size[0]),
        pointing_mask=_resized(mask, _fine_side(network)),
        edit=edit,
    )


def _resized(values: Tensor, side: int) -> Tensor:
    return functional.interpolate(
        values, size=(side, side), mode="bilinear", align_corners=False, antialias=True
    )


def _fine_side(network: Sam3TrackerVideoModel) -> int:
    """Return 16T, the side of masks for the memory encoder."""
    decoded: int = network.prompt_encoder.mask_input_size[0]
    return 4 * decoded


def _with_most_points(prompt: Prompt) -> Prompt:
    """Drop points from the middle of a prompt that has too many."""
    if prompt.points is None or prompt.labels is None or prompt.labels.shape[1] <= MOST_POINTS:
        return prompt
    half = MOST_POINTS // 2

    def ends(values: Tensor) -> Tensor:
        return torch.cat([values[:, :half], values[:, -half:]], dim=1)

    return replace(prompt, points=ends(prompt.points), labels=ends(prompt.labels))


SAM3 = Form(encode=encode_frame, prompted=prompted, mask_side=_fine_side)
