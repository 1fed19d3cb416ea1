"""Matrix products in float32 on a CPU, by the faster of the libraries that PyTorch brings."""

from collections.abc import Callable
from enum import Enum
from functools import cache

import torch
from torch import Tensor


class Library(Enum):
    """What multiplies float32 matrices on a CPU."""

    BLAS = "blas"
    """PyTorch's own choice, on x86 Intel's MKL."""
    ONEDNN = "onednn"
    """oneDNN, through an operator of PyTorch's that is not public: there may be none."""


def fastest_library(processor: str) -> Library:
    """Return the library for a processor, always the same one, so that results do not depend on the moment.

    MKL keeps its fast code for Intel's processors; on AMD's, oneDNN is faster.

    Args:
        processor: its name, such as ``AMD EPYC 7B13``.
    """
    return Library.ONEDNN if "AMD" in processor and onednn_product() is not None else Library.BLAS


@cache
def onednn_product() -> Callable[[Tensor, Tensor], Tensor] | None:
    """Return oneDNN's product of [n, d] with the transpose of [m, d], or None where it cannot be had."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return None
    try:
        linear = torch.ops.mkldnn._linear_pointwise.default
    except (AttributeError, RuntimeError):
        return None

    def product(left: Tensor, right: Tensor) -> Tensor:
        multiplied: Tensor = linear(left, right, None, "none", [], "")
        return multiplied

    try:
        product(torch.ones(2, 4), torch.ones(3, 4))
    except (RuntimeError, TypeError):
        return None
    return product
