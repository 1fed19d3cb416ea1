import pytest
import torch
from torch.nn import functional

from samscope.trackers.edgetam.repvit import (
    Block,
    ConvNorm,
    Downsample,
    RepVit,
    TokenMixer,
    squeezed_channels,
)


def test_stages_have_a_quarter_of_the_side_down_to_a_32nd() -> None:
    network = RepVit(channels=(8, 16, 24, 32), blocks=(1, 2, 1, 1)).eval()
    with torch.no_grad():
        levels = network(torch.zeros(2, 3, 64, 64))
    assert [tuple(level.shape) for level in levels] == [
        (2, 8, 16, 16),
        (2, 16, 8, 8),
        (2, 24, 4, 4),
        (2, 32, 2, 2),
    ]


def test_every_other_block_squeezes_from_the_first_on() -> None:
    with torch.device("meta"):
        names = RepVit().state_dict()
    for stage, blocks in enumerate((2, 2, 14, 2)):
        squeezing = {
            int(name.split(".")[3]) for name in names if f"stages.{stage}.blocks" in name and ".se." in name
        }
        assert squeezing == set(range(0, blocks, 2))
    assert not [name for name in names if "pre_block" in name and ".se." in name]


@pytest.mark.parametrize(("channels", "inside"), [(48, 16), (96, 24), (192, 48), (384, 96), (16, 8)])
def test_squeezed_channels_are_a_quarter_in_eights(channels: int, inside: int) -> None:
    assert squeezed_channels(channels) == inside


def test_a_mixer_is_one_convolution_once_its_branches_are_added() -> None:
    generator = torch.Generator().manual_seed(0)
    mixer = TokenMixer(8).eval()
    with torch.no_grad():
        for value in mixer.state_dict().values():
            if value.is_floating_point():
                value.copy_(torch.rand(value.shape, generator=generator) + 0.1)
        maps = torch.randn(1, 8, 6, 6, generator=generator)
        kernel, bias = _fused(mixer.conv)
        point, shift = _fused(mixer.conv1)
        kernel[:, :, 1, 1] += point[:, :, 0, 0] + 1
        expected = functional.conv2d(maps, kernel, bias + shift, padding=1, groups=8)
        torch.testing.assert_close(mixer(maps), expected)


def test_a_block_without_weights_in_its_channel_mixer_gives_its_token_mixer() -> None:
    block = Block(8, squeezes=False).eval()
    maps = torch.randn(1, 8, 4, 4, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        _zero(block.channel_mixer.conv2)
        assert torch.equal(block(maps), block.token_mixer(maps))


def test_a_smaller_map_keeps_what_its_mixer_is_added_to() -> None:
    smaller = Downsample(8, 16).eval()
    maps = torch.randn(1, 8, 6, 6, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        _zero(smaller.ffn.conv2)
        straight = smaller.channel_downsample(smaller.spatial_downsample(smaller.pre_block(maps)))
        assert straight.shape == (1, 16, 3, 3)
        assert torch.equal(smaller(maps), straight)


def _zero(branch: ConvNorm) -> None:
    for weights in branch.get_submodule("c").parameters():
        weights.zero_()


def _fused(branch: ConvNorm) -> tuple[torch.Tensor, torch.Tensor]:
    """Kernel and bias of one convolution that computes what a convolution and its normalisation do."""
    convolution, norm = branch.get_submodule("c"), branch.get_submodule("bn")
    assert isinstance(convolution, torch.nn.Conv2d)
    assert isinstance(norm, torch.nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    return convolution.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale
