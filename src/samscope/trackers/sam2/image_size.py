"""Running a SAM 2 at another input size than it was configured for."""

import copy

from transformers import Sam2VideoConfig

from samscope.support.errors import UsageError

STRIDE = 32
"""The image encoder's total stride: sizes are multiples of it."""


def with_image_size(configuration: Sam2VideoConfig, size: int) -> Sam2VideoConfig:
    """Return a copy of ``configuration`` for square inputs of another size.

    All five places that hold a size are set together; the prompt encoder's fails silently if forgotten.

    Args:
        configuration: any SAM 2 video configuration.
        size: side of the input in pixels.

    Raises:
        UsageError: the size does not divide into the encoder's stride, or its first feature map (size / 4)
            not into the windows of the positional embedding.
    """
    window = 4 * max(1, configuration.vision_config.backbone_config.window_size_per_stage[0])
    if not isinstance(size, int) or size <= 0 or size % STRIDE or size % window:
        raise UsageError(
            f"image size {size!r} does not fit this model: choose a positive multiple of "
            f"{max(STRIDE, window)}"
        )
    resized = copy.deepcopy(configuration)
    resized.image_size = size
    resized.prompt_encoder_config.image_size = size
    resized.memory_attention_rope_feat_sizes = [size // 16, size // 16]
    resized.vision_config.backbone_feature_sizes = [[size // stride] * 2 for stride in (4, 8, 16)]
    resized.vision_config.backbone_config.image_size = [size, size]
    return resized
