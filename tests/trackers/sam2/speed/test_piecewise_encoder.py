import copy

import pytest
import torch
from torch import nn
from transformers import Sam2VideoModel

from samscope.trackers.sam2.encoding import EncodedFrame, encode_frame
from samscope.trackers.sam2.speed import piecewise_encoder
from samscope.trackers.sam2.speed.fast_encoder import remember_positional_embedding, use_lean_window_attention
from samscope.trackers.sam2.speed.piecewise_encoder import PiecewiseEncoder, use_piecewise_encoder
from tests.small_model import small_network

NAMES = ("image_embeddings", "half", "top", "top_position")


def piecewise(network: Sam2VideoModel) -> Sam2VideoModel:
    return use_piecewise_encoder(
        remember_positional_embedding(use_lean_window_attention(copy.deepcopy(network)))
    )


def encoded(network: Sam2VideoModel, pixels: torch.Tensor) -> EncodedFrame:
    with torch.no_grad():
        return encode_frame(network, pixels)


def assert_equal_within_rounding(one: EncodedFrame, other: EncodedFrame) -> None:
    for name in NAMES:
        left, right = getattr(one, name), getattr(other, name)
        assert left.shape == right.shape
        assert (left - right).norm() <= 2e-6 * right.norm(), name


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("image_size", [64, 96, 160])
@pytest.mark.parametrize("tokens", [1, 100, 1 << 20])
def test_it_is_the_librarys_within_rounding_whatever_the_pieces(
    image_size: int, batch: int, tokens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 96 and 160 pixels windows are padded in some stages and not in others."""
    monkeypatch.setattr(piecewise_encoder, "_WINDOW_TOKENS", tokens)
    monkeypatch.setattr(piecewise_encoder, "_MLP_TOKENS", tokens)
    stock = small_network(image_size)
    network = piecewise(stock)
    assert isinstance(network.vision_encoder, PiecewiseEncoder)
    pixels = torch.randn(batch, 3, image_size, image_size, generator=torch.Generator().manual_seed(1))
    assert_equal_within_rounding(encoded(network, pixels), encoded(stock, pixels))


def test_what_is_returned_stays_when_the_next_frame_is_encoded() -> None:
    network = piecewise(small_network())
    first, second = torch.randn(2, 1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    before = encoded(network, first)
    copied = {name: getattr(before, name).clone() for name in NAMES}
    encoded(network, second)
    assert all(torch.equal(getattr(before, name), copied[name]) for name in NAMES)


def test_weights_keep_the_librarys_names() -> None:
    stock = small_network()
    assert piecewise(stock).state_dict().keys() == stock.state_dict().keys()


def test_a_copy_encodes_with_its_own_weights() -> None:
    network = piecewise(small_network())
    pixels = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    before = encoded(network, pixels).image_embeddings
    other = copy.deepcopy(network)
    with torch.no_grad():
        other.mask_decoder.conv_s0.weight.zero_()
        other.mask_decoder.conv_s0.bias.zero_()
    assert torch.equal(encoded(network, pixels).image_embeddings, before)
    assert encoded(other, pixels).image_embeddings.abs().max() == 0


def test_an_encoder_built_otherwise_stays_the_librarys() -> None:
    stock = small_network()
    stock.mask_decoder.conv_s0 = nn.Conv2d(64, 8, 3, padding=1)
    assert not isinstance(piecewise(stock).vision_encoder, PiecewiseEncoder)
    assert not isinstance(use_piecewise_encoder(small_network()).vision_encoder, PiecewiseEncoder)
