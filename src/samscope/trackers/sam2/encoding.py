"""SAM 2's image encoder: what depends on a frame alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from transformers import Sam2VideoModel

from samscope.trackers.sam2.speed.piecewise_encoder import PiecewiseEncoder


@dataclass(frozen=True, eq=False)
class EncodedFrame:
    """The image encoder's output for one frame; it depends on the frame alone.

    Attributes:
        pixels: float32 [B, 3, S, S], the frame that entered.
        image_embeddings: [B, C/8, S/4, S/4], position 1.
        half: [B, C/4, S/8, S/8], FPN level 1 after the decoder's conv_s1.
        top: [B, C, S/16, S/16], FPN level 2.
        top_position: [B, C, S/16, S/16], its sine position encoding.
    """

    pixels: Tensor
    image_embeddings: Tensor
    half: Tensor
    top: Tensor
    top_position: Tensor


EncodeFrame = Callable[[Any, Tensor], EncodedFrame]
"""Runs a network's image encoder on pixels float32 [B, 3, S, S]."""


def encode_frame(network: Sam2VideoModel, pixels: Tensor) -> EncodedFrame:
    """Run the image encoder.

    Args:
        network: the SAM 2.
        pixels: float32 [B, 3, S, S], preprocessed frames.
    """
    if isinstance(network.vision_encoder, PiecewiseEncoder):
        return EncodedFrame(pixels, *network.vision_encoder(pixels))
    seen = network.vision_encoder(pixels)
    full, half, top = seen.fpn_hidden_states
    decoder = network.mask_decoder
    return EncodedFrame(
        pixels, decoder.conv_s0(full), decoder.conv_s1(half), top, seen.fpn_position_encoding[-1]
    )
