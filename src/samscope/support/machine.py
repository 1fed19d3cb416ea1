"""What a time was taken on."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

_PROCESSORS = Path("/proc/cpuinfo")
_MODEL_NAME = "model name"


def machine(device: torch.device) -> dict[str, Any]:
    """Return what runs the model.

    Returns:
        ``device``, the name of a GPU or of the processor; ``processor``; ``cores`` that this process may use;
        ``load``, how many processes wanted a core over the last minute, None where the system does not tell:
        times that were taken beside other work are no good.
    """
    on_gpu = device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name(device) if on_gpu else processor_name(),
        "processor": processor_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def named(facts: Mapping[str, Any]) -> str:
    """Return the name of what ``machine`` tells of: its GPU and its processor, or its processor alone."""
    device, processor = facts["device"], facts["processor"]
    return str(processor) if device == processor else f"{device}, {processor}"


def processor_name() -> str:
    """Return the processor's name as the system gives it."""
    try:
        lines = _PROCESSORS.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith(_MODEL_NAME)]
    return named[0] if named else platform.processor() or platform.machine()
