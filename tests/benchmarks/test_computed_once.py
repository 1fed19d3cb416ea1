"""What is computed once is what would be computed each time, and only what is equal is."""

from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import Sam2VideoModel

from benchmarks.computed_once import ComputedOnce
from tests.small_model import small_network


def counting(network: Sam2VideoModel) -> list[Tensor]:
    """Have a network note what its image encoder is given, before it is shared."""
    backbone, given = network.vision_encoder.backbone, []
    compute = backbone.forward

    def forward(pixels: Tensor, **options: Any) -> Any:
        given.append(pixels)
        return compute(pixels, **options)

    backbone.forward = forward
    return given


def features(network: Sam2VideoModel, pixels: Tensor) -> Tensor:
    with torch.inference_mode():
        top: Tensor = network.vision_encoder(pixels).fpn_hidden_states[-1]
    return top


def frame(seed: int = 0) -> Tensor:
    return torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(seed))


def test_equal_frames_are_encoded_once_by_networks_of_equal_weights() -> None:
    expected = features(small_network(), frame())
    networks, computed = (small_network(), small_network()), ComputedOnce()
    given = [counting(network) for network in networks]
    for network in networks:
        computed.share(network)
        assert torch.equal(features(network, frame()), expected)
    assert list(map(len, given)) == [1, 0]


@pytest.mark.parametrize(
    "other", [frame(1), frame().double().float() + 1e-7, frame().permute(0, 1, 3, 2).contiguous().mT]
)
def test_other_bits_and_another_order_in_memory_are_computed_anew(other: Tensor) -> None:
    network = small_network()
    given = counting(network)
    ComputedOnce().share(network)
    for pixels in (frame(), other, frame()):
        assert torch.equal(features(network, pixels), features(small_network(), pixels))
    assert len(given) == 2


def test_other_weights_compute_anew() -> None:
    networks, computed = (small_network(), small_network()), ComputedOnce()
    networks[1].vision_encoder.backbone.blocks[0].layer_norm1.bias.data[0] += 1
    given = [counting(network) for network in networks]
    for network in networks:
        computed.share(network)
        features(network, frame())
    assert list(map(len, given)) == [1, 1]


def test_what_a_caller_does_to_its_copy_reaches_no_other() -> None:
    network = small_network()
    ComputedOnce().share(network)
    with torch.inference_mode():
        first = network.vision_encoder.backbone(frame()).last_hidden_state
        expected = first.clone()
        first.zero_()
        assert torch.equal(network.vision_encoder.backbone(frame()).last_hidden_state, expected)


def test_what_is_not_told_apart_by_bits_is_refused() -> None:
    network = small_network()
    ComputedOnce().share(network)
    with pytest.raises(TypeError, match=r"object object .+ not a value that is told apart"):
        network.vision_encoder.backbone(object())
