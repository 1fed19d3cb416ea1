"""Weights in bfloat16 beside those in float32, cast once: autocast alone casts them again in every step."""

from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

Network = TypeVar("Network", bound=nn.Module)


class _CastOnce(nn.Module):
    """A layer that holds its weights in bfloat16 as well; these are in no state that is saved."""

    weight: Tensor
    bias: Any  # a parameter or None, of which the layers are not of one mind
    weight_cast: Tensor
    bias_cast: Tensor | None

    def hold(self) -> None:
        """Cast the weights, which do not change any more."""
        for name, value in (("weight_cast", self.weight), ("bias_cast", self.bias)):
            cast = None if value is None else value.detach().to(torch.bfloat16)
            self.register_buffer(name, cast, persistent=False)

    def weights_for(self, values: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return weight and bias as autocast would take them for what they are applied to."""
        device = values.device.type
        if torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device) == torch.bfloat16:
            return self.weight_cast, self.bias_cast
        return self.weight, self.bias


class _Linear(_CastOnce, nn.Linear):
    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  as the library's layer calls it
        return functional.linear(input, *self.weights_for(input))


class _Conv2d(_CastOnce, nn.Conv2d):
    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  as above
        convolved: Tensor = self._conv_forward(input, *self.weights_for(input))
        return convolved


_KINDS: dict[type[nn.Module], type[_CastOnce]] = {nn.Linear: _Linear, nn.Conv2d: _Conv2d}


def cast_weights_once(network: Network) -> Network:
    """Let the linear layers and convolutions of a network hold their weights in bfloat16 as well.

    Under autocast to bfloat16 the output is what it was, bit for bit; else nothing is different. The weights
    keep their names, and take half as much memory again.

    Args:
        network: whose weights do not change any more.

    Returns:
        The same network.
    """
    for module in network.modules():
        kind: Any = _KINDS.get(type(module))
        if kind is not None:
            module.__class__ = kind
            kind.hold(module)
    return network
