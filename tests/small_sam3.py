"""A SAM 3 tracker of genuine architecture, small and untrained, for tests of how it is driven and loaded."""

import copy
from functools import cache
from pathlib import Path
from typing import Any

import torch
from transformers import Sam3TrackerVideoConfig, Sam3TrackerVideoModel

from samscope.trackers.family import Weights
from samscope.trackers.sam3.family import SAM3
from samscope.trackers.sam3.tracker import Sam3Tracker

IMAGE_SIZE = 56
"""Four patches a side, one window of the trunk's attention."""


def small_vision_configuration() -> dict[str, Any]:
    """The image encoder's: two blocks of 64 channels, the second with global attention."""
    return {
        "model_type": "sam3_vision_model",
        "fpn_hidden_size": 64,
        "backbone_config": {
            "model_type": "sam3_vit_model",
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "window_size": 4,
            "global_attn_indexes": [1],
            "pretrain_image_size": IMAGE_SIZE,
            "image_size": IMAGE_SIZE,
        },
    }


def small_sam3_configuration(image_size: int = IMAGE_SIZE) -> Sam3TrackerVideoConfig:
    """A configuration with 64 channels throughout."""
    return Sam3TrackerVideoConfig(
        vision_config=small_vision_configuration(),
        prompt_encoder_config={"hidden_size": 64},
        mask_decoder_config={"hidden_size": 64, "mlp_dim": 64, "iou_head_hidden_dim": 64},
        memory_attention_hidden_size=64,
        memory_attention_num_layers=2,
        memory_attention_feed_forward_hidden_size=64,
        memory_encoder_hidden_size=64,
        mask_downsampler_embed_dim=64,
        memory_fuser_embed_dim=64,
        memory_fuser_intermediate_dim=64,
        image_size=image_size,
    )


def small_sam3_network(
    image_size: int = IMAGE_SIZE, *, object_score_bias: float = 2.0
) -> Sam3TrackerVideoModel:
    """The same weights on every call: random, large enough that every part matters."""
    return copy.deepcopy(_network(image_size, object_score_bias))


@cache
def _network(image_size: int, object_score_bias: float) -> Sam3TrackerVideoModel:
    network = Sam3TrackerVideoModel(small_sam3_configuration(image_size))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, value in sorted(network.state_dict().items()):
            scale = value[0].numel() ** -0.5 if value.ndim > 1 else 0.1
            shift = 1.0 if value.ndim == 1 and name.endswith("weight") else 0.0
            value.copy_(shift + scale * torch.randn(value.shape, generator=generator))
        shared = network.shared_image_embedding.positional_embedding
        network.prompt_encoder.shared_embedding.positional_embedding.copy_(shared)
        network.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(object_score_bias)
    return network.eval()


def load_sam3(path: str | Path, image_size: int | None = None) -> Sam3Tracker:
    """Load SAM 3's tracker as ``load_model`` does once it knows the family."""
    return SAM3.load(str(path), Weights(Path(path)), torch.device("cpu"), image_size, "exact")
