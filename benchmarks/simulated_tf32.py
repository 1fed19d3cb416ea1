"""TF32 on a machine without it: what products and convolutions take is rounded as by a tensor core."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

_ROUNDED_OFF = 13
"""Bits of float32's 23 that TF32 does not have."""

_PRODUCTS = frozenset(
    {
        functional.linear,
        functional.conv2d,
        functional.conv_transpose2d,
        functional.scaled_dot_product_attention,
        torch.conv2d,
        torch.conv_transpose2d,
        torch.matmul,
        torch.bmm,
        torch.addmm,
        Tensor.matmul,
        Tensor.__matmul__,
    }
)


class SimulatedTf32(TorchFunctionMode):
    """Rounds both factors of every product to TF32, to the nearest; sums are float32's, as they are there.

    Attention's weights between its two products are not rounded.
    """

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run a function, with its first two or three tensors rounded where it is a product."""
        options = kwargs or {}
        if function in _PRODUCTS:
            factors = 3 if function is functional.scaled_dot_product_attention else 2
            args = (*map(to_tf32, args[:factors]), *args[factors:])
        return function(*args, **options)


def to_tf32(value: Any) -> Any:
    """Return a float32 tensor rounded to TF32's 10 bits, ties to even; anything else as it is."""
    if not isinstance(value, Tensor) or value.dtype != torch.float32:
        return value
    bits = value.detach().contiguous().view(torch.int32)
    odd = (bits >> _ROUNDED_OFF) & 1
    rounded = (bits + ((1 << (_ROUNDED_OFF - 1)) - 1) + odd) >> _ROUNDED_OFF << _ROUNDED_OFF
    return rounded.view(torch.float32)
