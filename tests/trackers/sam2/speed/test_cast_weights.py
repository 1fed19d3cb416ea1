import copy

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from samscope.trackers.sam2.speed.cast_weights import cast_weights_once


@pytest.fixture
def networks() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    plain = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.GELU(),
        nn.Flatten(2),
        nn.Linear(64, 16),
        nn.Linear(16, 4, bias=False),
    )
    return plain, cast_weights_once(copy.deepcopy(plain))


class _Casts(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts casts to bfloat16 of what has as many elements as a weight."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.sizes, self.count = {weight.numel() for weight in network.parameters()}, 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if operation is torch.ops.aten._to_copy.default and (kwargs or {}).get("dtype") == torch.bfloat16:
            self.count += args[0].numel() in self.sizes
        return operation(*args, **(kwargs or {}))


def _under_autocast(network: nn.Module, values: Tensor) -> Tensor:
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        output: Tensor = network(values)
        return output


def test_autocast_gives_the_same_bits_and_casts_no_weight(networks: tuple[nn.Module, nn.Module]) -> None:
    plain, cast = networks
    values = torch.randn(2, 3, 8, 8)
    counts = []
    for network in networks:
        with _Casts(plain) as casts:
            _under_autocast(network, values)
        counts.append(casts.count)
    assert counts == [5, 0]
    assert torch.equal(_under_autocast(plain, values), _under_autocast(cast, values))


def test_without_autocast_it_computes_in_float32(networks: tuple[nn.Module, nn.Module]) -> None:
    plain, cast = networks
    values = torch.randn(2, 3, 8, 8)
    assert torch.equal(plain(values), cast(values))


def test_weights_keep_their_names_and_values(networks: tuple[nn.Module, nn.Module]) -> None:
    plain, cast = networks
    assert list(plain.state_dict()) == list(cast.state_dict())
    assert all(torch.equal(one, cast.state_dict()[name]) for name, one in plain.state_dict().items())
