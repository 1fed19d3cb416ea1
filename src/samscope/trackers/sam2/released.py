"""The eight released SAM 2 models: what their checkpoints do not say about themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor
from transformers import Sam2VideoConfig

from samscope.trackers.sam2.image_size import with_image_size


@dataclass(frozen=True)
class HieraSize:
    """One size of the Hiera image encoder, as in the official configurations.

    Attributes:
        name: the size's name in hub and file names.
        channels: channels of the first stage; every stage doubles them.
        heads: attention heads of the first stage; every stage doubles them.
        blocks: blocks in each of the four stages.
        global_blocks: indices of the blocks with global attention.
        windows: side of the attention windows in each stage.
        background: side of the positional embedding that is interpolated to the feature map.
    """

    name: str
    channels: int
    heads: int
    blocks: tuple[int, int, int, int]
    global_blocks: tuple[int, ...]
    windows: tuple[int, int, int, int]
    background: int

    @property
    def stage_channels(self) -> list[int]:
        """Channels of the four stages."""
        return [self.channels * 2**stage for stage in range(4)]


HIERA_SIZES = (
    HieraSize("tiny", 96, 1, (1, 2, 7, 2), (5, 7, 9), (8, 4, 14, 7), 7),
    HieraSize("small", 96, 1, (1, 2, 11, 2), (7, 10, 13), (8, 4, 14, 7), 7),
    HieraSize("base-plus", 112, 2, (2, 3, 16, 3), (12, 16, 20), (8, 4, 14, 7), 14),
    HieraSize("large", 144, 2, (2, 6, 36, 4), (23, 33, 43), (8, 4, 16, 8), 7),
)

HUB_NAMES = tuple(
    f"facebook/{version}-hiera-{size.name}" for version in ("sam2.1", "sam2") for size in HIERA_SIZES
)
"""The released models by their names on the Hugging Face hub, in transformers' format."""

RELEASED_FILES = frozenset(
    f"{version}_hiera_{size.name.replace('-', '_')}" for version in ("sam2.1", "sam2") for size in HIERA_SIZES
)
"""The released checkpoints by their official file names, without the ending."""

RELEASED_SIZE = 1024
"""Side in pixels of the images that the released models were trained for."""


def released_configuration(
    hiera: HieraSize, *, version_2_1: bool, image_size: int = RELEASED_SIZE
) -> Sam2VideoConfig:
    """Return the transformers configuration of a released model.

    Args:
        hiera: the size of its image encoder.
        version_2_1: SAM 2.1 adds an embedding to the memory of a frame without the object and gives the
            object pointers a temporal position; SAM 2.0 has neither.
        image_size: side of the square input in pixels.
    """
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": hiera.channels,
        "num_attention_heads": hiera.heads,
        "blocks_per_stage": list(hiera.blocks),
        "embed_dim_per_stage": hiera.stage_channels,
        "num_attention_heads_per_stage": [hiera.heads * 2**stage for stage in range(4)],
        "window_size_per_stage": list(hiera.windows),
        "global_attention_blocks": list(hiera.global_blocks),
        "window_positional_embedding_background_size": [hiera.background] * 2,
    }
    vision = {
        "model_type": "sam2_vision_model",
        "backbone_config": backbone,
        "backbone_channel_list": hiera.stage_channels[::-1],
    }
    configuration = Sam2VideoConfig(
        vision_config=vision,
        enable_occlusion_spatial_embedding=version_2_1,
        enable_temporal_pos_encoding_for_object_pointers=version_2_1,
    )
    return with_image_size(configuration, image_size)


def recognise(weights: Mapping[str, Tensor]) -> tuple[HieraSize, bool] | None:
    """Tell which released model a state dict belongs to.

    Args:
        weights: by parameter name, the official one or transformers'.

    Returns:
        The encoder's size and whether it is SAM 2.1, or None where it is none of the eight.
    """
    for names in _NAMES:
        patches = weights.get(names.patches)
        if patches is None:
            continue
        blocks = {
            name.removeprefix(names.blocks).split(".")[0] for name in weights if name.startswith(names.blocks)
        }
        for hiera in HIERA_SIZES:
            if patches.shape[0] == hiera.channels and len(blocks) == sum(hiera.blocks):
                return hiera, names.only_2_1 in weights
    return None


@dataclass(frozen=True)
class _TellingNames:
    """Parameters that tell the models apart: the first one, all blocks', and what only SAM 2.1 has."""

    patches: str
    blocks: str
    only_2_1: str


_NAMES = (
    _TellingNames(
        "image_encoder.trunk.patch_embed.proj.weight", "image_encoder.trunk.blocks.", "no_obj_embed_spatial"
    ),
    _TellingNames(
        "vision_encoder.backbone.patch_embed.projection.weight",
        "vision_encoder.backbone.blocks.",
        "occlusion_spatial_embedding_parameter",
    ),
)
