"""SAM 2's mask decoder, part by part: the library's modules in the library's order, bit for bit.

Driven apart, what the parts hand to each other can be seen, and changed, on its way.
"""

from typing import Any

import torch
from torch import Tensor


def attend_to_prompt(
    decoder: Any, features: Tensor, places: Tensor, sparse: Tensor, dense: Tensor
) -> tuple[Tensor, Tensor]:
    """Run the two-way transformer.

    Args:
        decoder: the mask decoder.
        features: [B, C, h, w], what the decoder attends to.
        places: [B, C, h, w], their position encoding.
        sparse: [B, 1, P, C], the prompt's points.
        dense: [B, C, h, w], the prompt's mask.

    Returns:
        The tokens [B, T, C]: the object score's, the IoU's, those of the masks, the points'; and the image
        side [B, C, h, w].
    """
    output_tokens = torch.cat(
        [decoder.obj_score_token.weight, decoder.iou_token.weight, decoder.mask_tokens.weight]
    )
    tokens = torch.cat((output_tokens.repeat(len(features), 1, 1, 1), sparse), dim=2)
    tokens, image = decoder.transformer(
        point_embeddings=tokens.to(decoder.iou_token.weight.dtype),
        image_embeddings=(features + dense).contiguous(),
        image_positional_embeddings=places.contiguous(),
        attention_similarity=None,
        target_embedding=None,
    )
    return tokens[:, 0], image[:, 0].transpose(1, 2).reshape(features.shape)


def masks_of_tokens(decoder: Any, mask_tokens: Tensor, image: Tensor, half: Tensor, full: Tensor) -> Tensor:
    """Return the logits of all masks, [B, M, 4h, 4w].

    Args:
        decoder: the mask decoder.
        mask_tokens: [B, M, C].
        image: [B, C, h, w], the transformer's image side.
        half: [B, C/4, 2h, 2w], a skip feature.
        full: [B, C/8, 4h, 4w], a skip feature.
    """
    upscaled = decoder.upscale_conv1(image) + half.contiguous()
    upscaled = decoder.activation(decoder.upscale_layer_norm(upscaled))
    upscaled = decoder.activation(decoder.upscale_conv2(upscaled) + full.contiguous())
    networks = decoder.output_hypernetworks_mlps
    weights = torch.stack(
        [network(mask_tokens[:, None, number]) for number, network in enumerate(networks)], dim=2
    )
    batch, channels, height, width = upscaled.shape
    flat = upscaled.view(batch, 1, channels, height * width)
    logits: Tensor = (weights @ flat)[:, 0].view(batch, -1, height, width)
    return logits


def offered(
    decoder: Any, logits: Tensor, ious: Tensor, mask_tokens: Tensor, *, several: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Return which of all masks are offered as answers: logits [B, N, H, W], IoUs [B, N], tokens [B, N, C].

    The first mask is the single one. Where several are asked for they are the others; else it is the first,
    or, in evaluation mode where the network says so and the first is unstable, the best of the others.

    Args:
        decoder: the mask decoder.
        logits: [B, M, H, W], of all masks.
        ious: [B, M], their predicted IoUs.
        mask_tokens: [B, M, C].
        several: several are asked for.
    """
    if several:
        return logits[:, 1:], ious[:, 1:], mask_tokens[:, 1:]
    if decoder.dynamic_multimask_via_stability and not decoder.training:
        stable, stable_ious = decoder._dynamic_multimask_via_stability(logits[:, None], ious[:, None])
        return stable[:, 0], stable_ious[:, 0], mask_tokens[:, :1]
    return logits[:, :1], ious[:, :1], mask_tokens[:, :1]
