"""Which devices this machine has, and how the host works beside one."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.sam2.built_in import AUTO

_MOST_THREADS = 8
"""That work beside a device."""


def device_at_hand(device: str | torch.device) -> torch.device:
    """Return a device that this machine has and that can hold numbers.

    Args:
        device: its name; ``auto`` for the first CUDA GPU, or else the CPU.

    Raises:
        UsageError: there is none of that name.
    """
    try:
        target = torch.device(_best_device() if device == AUTO else device)
        torch.empty(0, device=target)
    except (RuntimeError, TypeError, AssertionError, NotImplementedError) as error:
        at_hand = ", ".join(_devices())
        raise UsageError(f"device {str(device)!r} is not at hand; this machine has {at_hand}") from error
    if target.type == "meta":
        raise UsageError(f"device 'meta' holds no numbers; this machine has {', '.join(_devices())}")
    return target


def wait_for(device: torch.device) -> None:
    """Wait until a device has done what it was given; a CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def sent(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a tensor of the host on a device; a CUDA device is not waited for."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


class CopyToHost:
    """Tensors on their way to the host, which goes on meanwhile.

    Args:
        tensors: all on one device; on a CPU they are taken as they are.
    """

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        device = tensors[0].device if tensors else torch.device("cpu")
        on_cuda = device.type == "cuda"  # of other devices nobody can tell when a copy is there
        self._tensors = [tensor.to("cpu", non_blocking=on_cuda) for tensor in tensors]
        self._copied = torch.cuda.current_stream(device).record_event() if on_cuda else None

    def tensors(self) -> list[Tensor]:
        """Return them on the host; a CUDA device is waited for until they are there."""
        if self._copied is not None:
            self._copied.synchronize()
            self._copied = None
        return self._tensors


def threads_beside(device: torch.device, name: str) -> AbstractContextManager[ThreadPoolExecutor | None]:
    """Return threads for what the host does while a device computes; None on a CPU, whose cores do both.

    Args:
        device: that computes.
        name: what the threads' names begin with.
    """
    if device.type == "cpu":
        return nullcontext()
    return ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1), name)


def _best_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def _devices() -> list[str]:
    devices = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    return [*devices, "mps"] if torch.backends.mps.is_available() else devices
