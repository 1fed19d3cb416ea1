"""Parameter names: from the official SAM 2 checkpoints to transformers' ``Sam2VideoModel``."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

_THREE_LAYERS = {"0": "proj_in", "1": "layers.0", "2": "proj_out"}
_TWO_LAYERS = {"0": "proj_in", "1": "proj_out"}
_POINT_EMBEDDING = re.compile(r"sam_prompt_encoder\.point_embeddings\.(\d)\.weight")

_RENAMED = (
    (r"^image_encoder\.trunk\.patch_embed\.proj\.", "vision_encoder.backbone.patch_embed.projection."),
    (r"^image_encoder\.trunk\.", "vision_encoder.backbone."),
    (r"^image_encoder\.neck\.convs\.(\d)\.conv\.", r"vision_encoder.neck.convs.\1."),
    (r"^(vision_encoder\.backbone\.blocks\.\d+)\.norm(\d)\.", r"\1.layer_norm\2."),
    (r"^memory_attention\.norm\.", "memory_attention.layer_norm."),
    (r"^(memory_attention\.layers\.\d)\.norm(\d)\.", r"\1.layer_norm\2."),
    (r"^memory_encoder\.fuser\.", "memory_encoder.memory_fuser."),
    (r"^memory_encoder\.pix_feat_proj\.", "memory_encoder.feature_projection."),
    (r"^memory_encoder\.out_proj\.", "memory_encoder.projection."),
    (r"^(memory_encoder\.memory_fuser\.layers\.\d)\.dwconv\.", r"\1.depthwise_conv."),
    (r"^(memory_encoder\.memory_fuser\.layers\.\d)\.pwconv(\d)\.", r"\1.pointwise_conv\2."),
    (r"^(memory_encoder\.memory_fuser\.layers\.\d)\.norm\.", r"\1.layer_norm."),
    (r"^(memory_encoder\.memory_fuser\.layers\.\d)\.gamma$", r"\1.scale"),
    (r"^sam_prompt_encoder\.mask_downscaling\.0\.", "prompt_encoder.mask_embed.conv1."),
    (r"^sam_prompt_encoder\.mask_downscaling\.1\.", "prompt_encoder.mask_embed.layer_norm1."),
    (r"^sam_prompt_encoder\.mask_downscaling\.3\.", "prompt_encoder.mask_embed.conv2."),
    (r"^sam_prompt_encoder\.mask_downscaling\.4\.", "prompt_encoder.mask_embed.layer_norm2."),
    (r"^sam_prompt_encoder\.mask_downscaling\.6\.", "prompt_encoder.mask_embed.conv3."),
    (r"^sam_prompt_encoder\.", "prompt_encoder."),
    (r"^sam_mask_decoder\.output_upscaling\.0\.", "mask_decoder.upscale_conv1."),
    (r"^sam_mask_decoder\.output_upscaling\.1\.", "mask_decoder.upscale_layer_norm."),
    (r"^sam_mask_decoder\.output_upscaling\.3\.", "mask_decoder.upscale_conv2."),
    (r"^sam_mask_decoder\.", "mask_decoder."),
    (r"^(mask_decoder\.transformer)\.norm_final_attn\.", r"\1.layer_norm_final_attn."),
    (r"^(mask_decoder\.transformer\.layers\.\d)\.norm(\d)\.", r"\1.layer_norm\2."),
    (r"\.out_proj\.", ".o_proj."),
    (r"^obj_ptr_proj\.", "object_pointer_proj."),
    (r"^obj_ptr_tpos_proj\.", "temporal_positional_encoding_projection_layer."),
    (r"^no_obj_ptr$", "no_object_pointer"),
    (r"^no_obj_embed_spatial$", "occlusion_spatial_embedding_parameter"),
    (r"^no_mem_embed$", "no_memory_embedding"),
    (r"^no_mem_pos_enc$", "no_memory_positional_encoding"),
    (r"^maskmem_tpos_enc$", "memory_temporal_positional_encoding"),
)

_THREE_LAYER_HEADS = re.compile(
    r"^(mask_decoder\.(?:output_hypernetworks_mlps\.\d|iou_prediction_head|pred_obj_score_head)"
    r"|object_pointer_proj)\.layers\.(\d)\."
)
_TWO_LAYER_BLOCKS = re.compile(
    r"^((?:vision_encoder\.backbone\.blocks\.\d+|mask_decoder\.transformer\.layers\.\d)\.mlp)\.layers\.(\d)\."
)
_MASK_DOWNSAMPLER = re.compile(r"^memory_encoder\.mask_downsampler\.encoder\.(\d+)\.")


def transformers_name(official: str) -> str:
    """Return transformers' name of an official parameter.

    Left out, since one name does not become one: the point embeddings (four parameters become the rows of
    one) and the positional matrix (one becomes two); ``to_transformers`` has them.
    """
    name = official
    for pattern, replacement in _RENAMED:
        name = re.sub(pattern, replacement, name)
    name = _THREE_LAYER_HEADS.sub(lambda match: f"{match[1]}.{_THREE_LAYERS[match[2]]}.", name)
    name = _TWO_LAYER_BLOCKS.sub(lambda match: f"{match[1]}.{_TWO_LAYERS[match[2]]}.", name)
    return _MASK_DOWNSAMPLER.sub(_mask_downsampler_name, name)


def _mask_downsampler_name(match: re.Match[str]) -> str:
    """Four times convolution, normalisation, activation in one list; then the last convolution."""
    layer, part = divmod(int(match[1]), 3)
    home = "memory_encoder.mask_downsampler"
    return f"{home}.final_conv." if layer == 4 else f"{home}.layers.{layer}.{('conv', 'layer_norm')[part]}."


def to_transformers(official: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return an official state dict under transformers' names.

    Args:
        official: weights by official parameter name (as in ``checkpoint["model"]``).

    Returns:
        Weights by name in ``Sam2VideoModel.state_dict()``. Nothing is dropped: a name that is not known
        comes out as it is, so that a strict load reports it.
    """
    state: dict[str, Tensor] = {}
    points: dict[int, Tensor] = {}
    for name, value in official.items():
        if match := _POINT_EMBEDDING.fullmatch(name):
            points[int(match[1])] = value
        elif name == "sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix":
            state["shared_image_embedding.positional_embedding"] = value
            state["prompt_encoder.shared_embedding.positional_embedding"] = value.clone()
        else:
            state[transformers_name(name)] = value
    if points:
        state["prompt_encoder.point_embed.weight"] = torch.cat([points[row] for row in sorted(points)])
    return state
