"""Parameter names: from whole SAM 3 checkpoints to the tracker in transformers' ``Sam3TrackerVideoModel``.

A SAM 3 is a detector and a tracker that share the trunk of one image encoder. Taken are the tracker, that
trunk, and the neck that is the tracker's own (officially ``sam2_convs``); the detector's rest is left out.
"""

import re
from collections.abc import Collection, Mapping

from torch import Tensor

from samscope.trackers.sam2 import official_names as sam2_names

_TRACKER = "tracker."
_DETECTOR = "detector."
_TRUNK = "detector.backbone.vision_backbone.trunk."
_NECK = "detector.backbone.vision_backbone.sam2_convs."
_POSITIONS = f"{_TRUNK}pos_embed"
_TRUNK_ATTENTION = re.compile(rf"{re.escape(_TRUNK)}blocks\.(\d+)\.attn\.qkv\.(weight|bias)")
_ROTATIONS = re.compile(rf"{re.escape(_TRUNK)}blocks\.\d+\.attn\.freqs_cis")

_TRACKER_RENAMED = (
    (r"^maskmem_backbone\.", "memory_encoder."),
    (r"^transformer\.encoder\.", "memory_attention."),
    (r"^(sam_mask_decoder\.transformer\.layers\.\d\.mlp)\.lin1\.", r"\1.layers.0."),
    (r"^(sam_mask_decoder\.transformer\.layers\.\d\.mlp)\.lin2\.", r"\1.layers.1."),
)
"""From SAM 3's names of the tracker to those that the official SAM 2 has for the same."""

_ENCODER_RENAMED = (
    (rf"^{re.escape(_NECK)}", "vision_encoder.neck.fpn_layers."),
    (r"\.dconv_2x2(?:_0)?\.", ".scale_layers.0."),
    (r"\.dconv_2x2_1\.", ".scale_layers.2."),
    (r"\.conv_1x1\.", ".proj1."),
    (r"\.conv_3x3\.", ".proj2."),
    (rf"^{re.escape(_TRUNK)}patch_embed\.proj\.", f"{_TRUNK}embeddings.patch_embeddings.projection."),
    (rf"^{re.escape(_TRUNK)}ln_pre\.", f"{_TRUNK}layer_norm."),
    (rf"^{re.escape(_TRUNK)}blocks\.", f"{_TRUNK}layers."),
    (r"\.norm([12])\.", r".layer_norm\1."),
    (r"\.attn\.proj\.", ".attention.o_proj."),
    (rf"^{re.escape(_TRUNK)}", "vision_encoder.backbone."),
)

_SAVED_TRACKER = re.compile(r"^(?:tracker_model\.)+")
_SAVED_RENAMED = (
    (r"^detector_model\.vision_encoder\.backbone\.", "vision_encoder.backbone."),
    (r"^tracker_neck\.", "vision_encoder.neck."),
)
_SAVED_DETECTOR = "detector_model."
_TEMPORAL_POSITIONS = "memory_temporal_positional_encoding"


def are_official(weights: Mapping[str, object]) -> bool:
    """Tell whether weights have the official SAM 3's names, not transformers'."""
    return any(name.startswith((_TRACKER, _DETECTOR)) for name in weights)


def have_tracker(weights: Collection[str]) -> bool:
    """Tell whether there is a SAM 3 tracker among weights, by the official names or transformers'."""
    if "tracker.maskmem_tpos_enc" in weights:
        return True
    names = {_of_tracker_alone(name) for name in weights}
    return _TEMPORAL_POSITIONS in names and any(
        name.startswith("vision_encoder.neck.fpn_layers.") for name in names
    )


def to_transformers(official: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tracker of an official SAM 3 state dict under transformers' names.

    Args:
        official: weights by official parameter name.

    Returns:
        Weights by name in ``Sam3TrackerVideoModel.state_dict()``. Left out are the detector but for its
        trunk, the trunk's rotations, which are computed, and the first of its positions, a class token's.
        Any other name that is not known comes out as it is, so that a strict load reports it.
    """
    state: dict[str, Tensor] = {}
    tracker: dict[str, Tensor] = {}
    for name, value in official.items():
        if name.startswith(_TRACKER):
            tracker[_renamed(name.removeprefix(_TRACKER), _TRACKER_RENAMED)] = value
        elif name == _POSITIONS:
            state["vision_encoder.backbone.embeddings.position_embeddings"] = value[:, 1:]
        elif attention := _TRUNK_ATTENTION.fullmatch(name):
            home = f"vision_encoder.backbone.layers.{attention[1]}.attention"
            for part, share in zip("qkv", value.chunk(3), strict=True):
                state[f"{home}.{part}_proj.{attention[2]}"] = share
        elif name.startswith((_TRUNK, _NECK)):
            if not _ROTATIONS.fullmatch(name):
                state[_renamed(name, _ENCODER_RENAMED)] = value
        elif not name.startswith(_DETECTOR):
            state[name] = value
    return state | sam2_names.to_transformers(tracker)


def of_tracker_alone(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights by transformers' names as the tracker alone has them.

    Args:
        weights: of a ``Sam3TrackerVideoModel``, or of a ``Sam3VideoModel``, of which the tracker, its neck
            and the trunk are taken. The library saves them behind ``tracker_model.``, once or twice or
            not at all, as its version is.
    """
    names = {name: _of_tracker_alone(name) for name in weights}
    return {name: weights[saved] for saved, name in names.items() if not name.startswith(_SAVED_DETECTOR)}


def _of_tracker_alone(name: str) -> str:
    return _renamed(_SAVED_TRACKER.sub("", name), _SAVED_RENAMED)


def _renamed(name: str, rules: tuple[tuple[str, str], ...]) -> str:
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name
