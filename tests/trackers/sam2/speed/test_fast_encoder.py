import copy

import pytest
import torch
from transformers import Sam2VideoModel

from samscope.trackers.sam2.speed.fast_encoder import remember_positional_embedding, use_lean_window_attention
from tests.small_model import small_network


def outputs(network: Sam2VideoModel, pixels: torch.Tensor) -> list[torch.Tensor]:
    return list(network.vision_encoder(pixels).fpn_hidden_states)


def pixels(size: int = 64, seed: int = 0) -> torch.Tensor:
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("change", [use_lean_window_attention, remember_positional_embedding])
def test_output_and_weights_are_the_librarys_bit_for_bit(change: object) -> None:
    stock = small_network()
    changed = change(copy.deepcopy(stock))  # type: ignore[operator]
    assert changed.state_dict().keys() == stock.state_dict().keys()
    with torch.no_grad():
        for seed in (0, 1):
            for one, other in zip(
                outputs(changed, pixels(seed=seed)), outputs(stock, pixels(seed=seed)), strict=True
            ):
                assert torch.equal(one, other)


def test_gradients_are_the_librarys_bit_for_bit() -> None:
    stock = small_network().train()
    lean = use_lean_window_attention(copy.deepcopy(stock))
    for network in (stock, lean):
        torch.stack([output.square().sum() for output in outputs(network, pixels())]).sum().backward()  # type: ignore[no-untyped-call]
    for (name, one), other in zip(lean.named_parameters(), stock.parameters(), strict=True):
        if other.grad is not None:
            assert torch.equal(one.grad, other.grad), name


def test_the_unread_product_is_not_computed() -> None:
    """The library's own attention multiplies every query with the keys of its place; here nothing does."""
    network = small_network()
    with torch.no_grad(), torch.profiler.profile() as before:
        network.vision_encoder(pixels())
    use_lean_window_attention(network)
    with torch.no_grad(), torch.profiler.profile() as after:
        network.vision_encoder(pixels())
    count = [
        sum(event.count for event in run.key_averages() if event.key == "aten::matmul")
        for run in (before, after)
    ]
    assert count[1] < count[0]


def test_positions_are_interpolated_once_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    network = small_network()
    sizes: list[tuple[int, ...]] = []
    interpolated = network.vision_encoder.backbone._get_pos_embed

    def counted(size: torch.Size) -> torch.Tensor:
        sizes.append(tuple(size))
        embedding: torch.Tensor = interpolated(size)
        return embedding

    monkeypatch.setattr(network.vision_encoder.backbone, "_get_pos_embed", counted)
    remember_positional_embedding(network)
    with torch.no_grad():
        for _ in range(3):
            network.vision_encoder(pixels())
    assert sizes == [(16, 16)]


def test_both_changes_may_be_asked_for_twice() -> None:
    network = remember_positional_embedding(use_lean_window_attention(small_network()))
    again = remember_positional_embedding(use_lean_window_attention(network))
    assert again.state_dict().keys() == small_network().state_dict().keys()
