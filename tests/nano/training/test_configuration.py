import pytest
from transformers import Sam2VideoModel

from nano.training.configuration import NANO, NANO_LIGHT, Architecture, configuration
from samscope.support.errors import UsageError


@pytest.mark.parametrize(("architecture", "millions"), [(NANO_LIGHT, 3.33), (NANO, 6.45)])
def test_parameters(architecture: Architecture, millions: float) -> None:
    network = Sam2VideoModel(configuration(architecture))

    assert sum(weight.numel() for weight in network.parameters()) / 1e6 == pytest.approx(millions, abs=0.02)


@pytest.mark.parametrize("architecture", [NANO_LIGHT, NANO, NANO.at(128)])
def test_every_size_is_set(architecture: Architecture) -> None:
    config, size = configuration(architecture), architecture.image_size

    assert config.image_size == config.prompt_encoder_config.image_size == size
    assert config.memory_attention_rope_feat_sizes == [size // 16, size // 16]
    assert config.vision_config.backbone_feature_sizes == [[size // s, size // s] for s in (4, 8, 16)]


@pytest.mark.parametrize("architecture", [NANO_LIGHT, NANO, NANO.at(128)])
def test_windows_tile_the_maps_that_they_divide(architecture: Architecture) -> None:
    for stage, window in enumerate(architecture.windows):
        assert (architecture.image_size // 4 // 2**stage) % window == 0


def test_refuses_a_size_that_does_not_fit() -> None:
    with pytest.raises(UsageError, match="image size 100"):
        configuration(NANO.at(100))
