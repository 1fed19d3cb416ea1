"""Which devices this machine has."""

import torch

from samscope.support.errors import UsageError
from samscope.trackers.sam2.built_in import AUTO


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


def _best_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def _devices() -> list[str]:
    devices = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    return [*devices, "mps"] if torch.backends.mps.is_available() else devices
