"""What a mode asks of PyTorch while a model computes, and takes back afterwards."""

from typing import Any

import pytest
import torch

from samscope.trackers.modes import Mode
from samscope.trackers.sam2.speed.computing import ieee_float32, inference

CUDNN: Any = torch.backends.cudnn


def precisions() -> list[str]:
    """Return how CUDA's products, cuDNN's convolutions and its recurrent networks compute float32."""
    kinds: tuple[Any, ...] = (torch.backends.cuda.matmul, CUDNN.conv, CUDNN.rnn)
    return [kind.fp32_precision for kind in kinds]


def test_ieee_float32_is_asked_for_and_given_back() -> None:
    before = precisions()
    assert before[1] == "tf32", "what cuDNN's convolutions do unless they are told not to"
    with ieee_float32():
        assert precisions() == ["ieee"] * 3
    assert precisions() == before


def test_what_a_program_has_set_is_given_back_after_an_error_too() -> None:
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    try:
        with pytest.raises(KeyError), ieee_float32():
            raise KeyError
        assert precisions()[0] == "tf32"
    finally:
        torch.backends.cuda.matmul.fp32_precision = "none"


@pytest.mark.parametrize("mode", ["exact", "fast"])
def test_on_cuda_the_float32_modes_are_ieee(mode: Mode) -> None:
    with inference(torch.device("cuda"), mode):
        assert precisions() == ["ieee"] * 3
        assert not torch.is_grad_enabled()


def test_on_a_cpu_nothing_is_set() -> None:
    before = precisions()
    with inference(torch.device("cpu"), "fast"):
        assert precisions() == before
