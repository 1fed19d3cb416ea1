"""Parameter names: from the official EdgeTAM checkpoint and from transformers' to those of our network."""

import re
from collections.abc import Collection, Mapping

from torch import Tensor

from samscope.trackers.sam2.official_names import to_transformers
from samscope.trackers.sam2.parameter_names import are_official

_OFFICIAL = (
    (r"^vision_encoder\.backbone\.body\.", "vision_encoder.backbone."),
    (r"^(memory_attention\.layers\.\d+)\.linear1\.", r"\1.mlp.up_proj."),
    (r"^(memory_attention\.layers\.\d+)\.linear2\.", r"\1.mlp.down_proj."),
    (r"^spatial_perceiver\.latents$", "spatial_perceiver.latents_1d"),
    (r"^spatial_perceiver\.norm\.", "spatial_perceiver.layer_norm."),
    (r"^(spatial_perceiver\.layers\.\d+)\.attn\.norm_x\.", r"\1.layer_norm_input."),
    (r"^(spatial_perceiver\.layers\.\d+)\.attn\.norm_latents\.", r"\1.layer_norm_latents."),
    (r"^(spatial_perceiver\.layers\.\d+)\.self_attn\.norm\.", r"\1.layer_norm_self."),
    (r"^(spatial_perceiver\.layers\.\d+)\.attn\.", r"\1.cross_attention."),
    (r"^(spatial_perceiver\.layers\.\d+)\.self_attn\.", r"\1.self_attention."),
    (r"^(spatial_perceiver\.layers\.\d+)\.ff\.", r"\1.mlp."),
    (r"^(spatial_perceiver\.layers\.\d+)\.self_ff\.", r"\1.self_mlp."),
    (r"^(spatial_perceiver\.layers\.\d+\.(?:self_)?mlp)\.0\.", r"\1.layer_norm."),
    (r"^(spatial_perceiver\.layers\.\d+\.(?:self_)?mlp)\.1\.", r"\1.up_proj."),
    (r"^(spatial_perceiver\.layers\.\d+\.(?:self_)?mlp)\.3\.", r"\1.down_proj."),
    (r"^(spatial_perceiver\.layers\.\d+\.\w+_attention)\.to_q\.", r"\1.q_proj."),
    (r"^(spatial_perceiver\.layers\.\d+\.\w+_attention)\.to_out\.", r"\1.o_proj."),
)
"""After SAM 2's own have been renamed, most of which EdgeTAM has as well."""

_BACKBONE = (
    (r"^vision_encoder\.backbone\.timm_model\.", "vision_encoder.backbone."),
    (r"^(vision_encoder\.backbone\.stages)_(\d+)\.", r"\1.\2."),
)
_KEYS_AND_VALUES = re.compile(r"^(spatial_perceiver\.layers\.\d+\.\w+_attention)\.to_kv\.(weight)$")

_OWN = ".spatial_perceiver."


def are_edgetam(names: Collection[str]) -> bool:
    """Tell whether parameter names are an EdgeTAM's: official or transformers', wrapped or not."""
    return any(_OWN in f".{name}" for name in names)


def to_network(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a state dict under the names of ``network.build_network``.

    Args:
        weights: by official parameter name (as in ``checkpoint["model"]``) or by transformers'.

    Returns:
        Weights by name. Nothing is dropped: a name that is not known comes out as it is, so that a strict
        load reports it.
    """
    if not are_official(weights):
        return {_renamed(name, _BACKBONE): value for name, value in weights.items()}
    state: dict[str, Tensor] = {}
    for name, value in to_transformers(weights).items():
        renamed = _renamed(name, (*_OFFICIAL, *_BACKBONE))
        if joined := _KEYS_AND_VALUES.fullmatch(renamed):
            keys, values = value.chunk(2)
            state[f"{joined[1]}.k_proj.{joined[2]}"] = keys
            state[f"{joined[1]}.v_proj.{joined[2]}"] = values
        else:
            state[renamed] = value
    return state


def _renamed(name: str, patterns: tuple[tuple[str, str], ...]) -> str:
    for pattern, replacement in patterns:
        name = re.sub(pattern, replacement, name)
    return name
