"""EdgeTAM's network: transformers' modules about our own RepViT, and its settings at each size of input."""

import copy

from transformers import EdgeTamVideoConfig, EdgeTamVideoModel, EdgeTamVisionConfig, ResNetConfig

from samscope.support.errors import UsageError
from samscope.trackers.edgetam.vision import VisionEncoder

STRIDE = 256
"""Image sizes are multiples of it: each of the 16 x 16 latents of a memory looks at a window of its own."""

RELEASED_SIZE = 1024
"""Side of the released model's square input in pixels."""

_FINEST = 4
_LEVELS = 3
_COARSEST = 16


def released_configuration(image_size: int | None = None) -> EdgeTamVideoConfig:
    """Return transformers' configuration of the released EdgeTAM.

    The class's own defaults are another model's: pointers have no ages here, and memories no embedding of an
    absent object. What it says of the backbone is not used: ``build_network`` has RepViT-M1 alone.

    Args:
        image_size: side of the square input in pixels; None for 1024.

    Raises:
        UsageError: the size does not fit.
    """
    configuration = EdgeTamVideoConfig(
        vision_config=EdgeTamVisionConfig(),
        enable_temporal_pos_encoding_for_object_pointers=False,
        enable_occlusion_spatial_embedding=False,
    )
    return with_image_size(configuration, RELEASED_SIZE if image_size is None else image_size)


def with_image_size(configuration: EdgeTamVideoConfig, size: int) -> EdgeTamVideoConfig:
    """Return a copy of ``configuration`` for square inputs of another size.

    Args:
        configuration: any EdgeTAM video configuration.
        size: side of the input in pixels.

    Raises:
        UsageError: it is no positive multiple of ``STRIDE``.
    """
    if not isinstance(size, int) or size <= 0 or size % STRIDE:
        raise UsageError(f"image size {size!r} does not fit EdgeTAM: choose a positive multiple of {STRIDE}")
    resized = copy.deepcopy(configuration)
    resized.image_size = size
    resized.prompt_encoder_config.image_size = size
    resized.memory_attention_rope_feat_sizes = [size // _COARSEST] * 2
    strides = [_FINEST * 2**level for level in range(_LEVELS)]
    resized.vision_config.backbone_feature_sizes = [[size // stride] * 2 for stride in strides]
    return resized


def build_network(configuration: EdgeTamVideoConfig) -> EdgeTamVideoModel:
    """Return a network with weights drawn at random, in float32.

    Transformers builds the image encoder's backbone with timm. So it is given a ResNet of one channel to
    build, which our image encoder takes the place of.

    Args:
        configuration: as ``released_configuration`` returns it, at any size.
    """
    configuration = copy.deepcopy(configuration)
    vision = copy.deepcopy(configuration.vision_config)
    configuration.vision_config.backbone_config = ResNetConfig(
        embedding_size=1, hidden_sizes=[1], depths=[1], layer_type="basic"
    )
    network = EdgeTamVideoModel(configuration)
    network.vision_encoder = VisionEncoder(vision)
    return network
