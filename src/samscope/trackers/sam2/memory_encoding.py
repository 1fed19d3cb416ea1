"""SAM 2's memory encoder: what is stored of a frame."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional
from transformers import Sam2VideoModel

from samscope.trackers.sam2.decoding import Decoded
from samscope.trackers.sam2.encoding import EncodedFrame
from samscope.trackers.sites import Editing, untouched

Storing = Callable[[Sam2VideoModel, Tensor, Tensor], Tensor]
"""How a memory is stored: from the network, the memory encoder's output [B, 64, S/16, S/16], and whether the
object is taken as present, bool [B]; before it is rounded to bfloat16."""


def store_map(network: Sam2VideoModel, output: Tensor, present: Tensor) -> Tensor:
    """Store a memory as SAM 2 does: the map itself, with SAM 2.1's embedding where the object is absent."""
    if network.occlusion_spatial_embedding_parameter is None:
        return output
    absent = (~present).to(output.dtype).reshape(-1, 1, 1, 1)
    marked: Tensor = output + absent * network.occlusion_spatial_embedding_parameter[..., None, None]
    return marked


def encode_memory(
    network: Sam2VideoModel,
    encoded: EncodedFrame,
    decoded: Decoded,
    *,
    prompted: bool,
    store: Storing = store_map,
    mask_side: int | None = None,
    edit: Editing = untouched,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run the memory encoder on a frame and its mask.

    On the prompted frame the mask is cut at 0 *after* it went through the decoder's resolution, also where
    the prompt was a mask of full resolution; on other frames its sigmoid is taken.

    Args:
        network: the SAM 2.
        encoded: the frame's encoding.
        decoded: its mask, and whether it is stored as one of a present object.
        prompted: whether it was prompted.
        store: how the memory is stored.
        mask_side: to what side the mask is resized last, antialiased, for the memory encoder; None where
            the encoder takes masks of the image's size.
        edit: what is done at the sites on the way.

    Returns:
        The mask [B, 1, S, S] as it enters the memory encoder, the encoder's output [B, 64, S/16, S/16], and
        what is stored: as ``store`` gives it, rounded to bfloat16.
    """
    size = encoded.pixels.shape[-2:]
    logits = functional.interpolate(decoded.mask_logits, size=size, mode="bilinear", align_corners=False)
    mask = (logits > 0).to(logits.dtype) if prompted else logits.sigmoid()
    scale, bias = network.config.sigmoid_scale_for_mem_enc, network.config.sigmoid_bias_for_mem_enc
    mask = mask * scale + bias
    if mask_side is not None and mask.shape[-1] != mask_side:
        mask = functional.interpolate(
            mask, size=(mask_side, mask_side), mode="bilinear", align_corners=False, antialias=True
        )
    mask = edit("memory_mask", mask)
    encoded_memory, _ = network.memory_encoder(encoded.top, mask)
    output = edit("memory_encoder_output", encoded_memory)
    stored = store(network, output, decoded.stored_as_present).to(torch.bfloat16)
    return mask, output, edit("memory_features", stored)
