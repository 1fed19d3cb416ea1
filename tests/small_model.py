"""A SAM 2 of genuine architecture, small and untrained, for tests of how it is driven."""

import copy
from functools import cache
from typing import Any

import torch
from transformers import Sam2VideoConfig, Sam2VideoModel

from samscope.trackers.family import Tracker
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.sam2.image_size import with_image_size
from samscope.trackers.sam2.loading import Model


def small_configuration(image_size: int = 64, *, version_2_1: bool = True) -> Sam2VideoConfig:
    """A configuration with 64 channels and five blocks."""
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": 16,
        "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": [16, 32, 64, 128],
        "num_attention_heads_per_stage": [1, 1, 2, 2],
        "window_size_per_stage": [8, 4, 4, 2],
        "global_attention_blocks": [3],
    }
    configuration = Sam2VideoConfig(
        vision_config={
            "model_type": "sam2_vision_model",
            "backbone_config": backbone,
            "backbone_channel_list": [128, 64, 32, 16],
            "fpn_hidden_size": 64,
        },
        prompt_encoder_config={"hidden_size": 64},
        mask_decoder_config={"hidden_size": 64, "mlp_dim": 64, "iou_head_hidden_dim": 64},
        memory_attention_hidden_size=64,
        memory_attention_num_layers=2,
        memory_attention_feed_forward_hidden_size=64,
        memory_encoder_hidden_size=64,
        mask_downsampler_embed_dim=64,
        memory_fuser_embed_dim=64,
        memory_fuser_intermediate_dim=64,
        enable_occlusion_spatial_embedding=version_2_1,
        enable_temporal_pos_encoding_for_object_pointers=version_2_1,
    )
    return with_image_size(configuration, image_size)


def small_network(
    image_size: int = 64, *, version_2_1: bool = True, object_score_bias: float = 2.0
) -> Sam2VideoModel:
    """The same weights on every call: random, large enough that every part matters."""
    return copy.deepcopy(_network(image_size, version_2_1, object_score_bias))


@cache
def _network(image_size: int, version_2_1: bool, object_score_bias: float) -> Sam2VideoModel:
    network = Sam2VideoModel(small_configuration(image_size, version_2_1=version_2_1))
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


def network_of(model: Tracker) -> Any:
    """The network of one of the trackers that have one."""
    assert isinstance(model, NetworkTracker)
    return model.network


def small_model(image_size: int = 64, *, version_2_1: bool = True, object_score_bias: float = 2.0) -> Model:
    """The small network as ``load_model`` would return it."""
    network = small_network(image_size, version_2_1=version_2_1, object_score_bias=object_score_bias)
    return Model(network, "small", image_size, torch.device("cpu"))
