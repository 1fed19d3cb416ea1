import pytest
import torch
from transformers import Sam2VideoModel

from nano.checks.attention_weights import readable_attention
from nano.training.attention import observed_attention
from nano.training.forward import track_clips
from samscope.trackers.prompt import Prompt
from tests.small_model import small_model


def last_mask(network: Sam2VideoModel) -> torch.Tensor:
    torch.manual_seed(0)
    mask = torch.zeros(2, 1, 64, 64)
    mask[..., 16:48, 16:48] = 1
    with torch.no_grad():
        return track_clips(network, torch.randn(3, 2, 3, 64, 64), Prompt(mask=mask)).mask_logits[-1]


@pytest.mark.parametrize("version_2_1", [True, False])
def test_any_way_of_computing_attention_can_be_read(version_2_1: bool) -> None:
    network = small_model(version_2_1=version_2_1).network
    network.set_attn_implementation({"": "sdpa"})
    before = [layer.cross_attn_image.config for layer in network.memory_attention.layers]
    plain = last_mask(network)
    with readable_attention(network), observed_attention(network) as shares:
        read = last_mask(network)

    summary = shares.summary()
    assert all(0 < share < 1 for share in summary["pointer"])
    assert len(summary["pointer"]) == len(summary["gap"]) == 2
    torch.testing.assert_close(read, plain, rtol=1e-3, atol=1e-3)
    for layer, config in zip(network.memory_attention.layers, before, strict=True):
        assert layer.cross_attn_image.config is config
        assert config._attn_implementation == "sdpa"


def test_is_undone_after_an_error() -> None:
    network = small_model().network
    before = network.memory_attention.layers[0].cross_attn_image.config
    with pytest.raises(ZeroDivisionError), readable_attention(network):
        raise ZeroDivisionError

    assert network.memory_attention.layers[0].cross_attn_image.config is before
