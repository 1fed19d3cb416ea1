import pytest
import torch

from samscope.support.errors import UsageError
from samscope.trackers.edgetam.network import build_network, released_configuration, with_image_size


@pytest.mark.parametrize("size", [384, 0, -256, 100])
def test_a_size_that_is_no_multiple_of_256_is_refused_in_one_line(size: int) -> None:
    with pytest.raises(UsageError, match=r"^image size .* positive multiple of 256$"):
        released_configuration(size)


def test_all_places_that_hold_a_size_agree() -> None:
    configuration = with_image_size(released_configuration(), 512)
    assert configuration.image_size == configuration.prompt_encoder_config.image_size == 512
    assert configuration.memory_attention_rope_feat_sizes == [32, 32]
    assert configuration.memory_attention_rope_k_sizes == [16, 16]
    assert configuration.vision_config.backbone_feature_sizes == [[128, 128], [64, 64], [32, 32]]


def test_it_is_the_released_model_and_not_what_the_library_calls_one() -> None:
    with torch.device("meta"):
        network = build_network(released_configuration(256))
    assert network.occlusion_spatial_embedding_parameter is None
    assert not list(network.temporal_positional_encoding_projection_layer.parameters())
    assert len(network.memory_attention.layers) == 2
    assert sum(value.numel() for value in network.parameters()) == 13_895_794
