"""What share of the time a GPU computes, and how often the host waits for it."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from samscope.trackers.devices import wait_for

WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize")
"""Calls by which the host waits for the device."""


def busy(device: torch.device, run: Callable[[], object], frames: int) -> dict[str, Any]:
    """Run three times: to warm up, for the time, and under a profiler, which slows the host alone.

    Args:
        device: a CUDA device.
        run: what is measured.
        frames: that it tracks.

    Returns:
        ``frames``; ``seconds`` of the second run; ``device_seconds``, the sum of the third one's kernels and
        copies; ``busy``, the one over the other, which can exceed 1 where kernels overlap; ``kernels`` and
        ``waits`` a frame.

    Raises:
        RuntimeError: the profiler saw no kernel.
    """
    run()
    wait_for(device)
    begin = time.perf_counter()
    run()
    wait_for(device)
    seconds = time.perf_counter() - begin
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiled:
        run()
        wait_for(device)
    device_seconds, kernels, waits = on_device(profiled.key_averages())
    if not kernels:
        raise RuntimeError("the profiler saw no kernel on the device")
    return {
        "frames": frames,
        "seconds": seconds,
        "device_seconds": device_seconds,
        "busy": device_seconds / seconds,
        "kernels": kernels / frames,
        "waits": waits / frames,
    }


def on_device(events: Iterable[Any]) -> tuple[float, int, int]:
    """Return the seconds and the number of kernels and copies among a profiler's events, and the waits.

    The events of the host name the time of the kernels that they began as well; it is not counted twice.
    """
    microseconds, kernels, waits = 0.0, 0, 0
    for event in events:
        if event.device_type.name == "CUDA" and not getattr(event, "is_user_annotation", False):
            microseconds += event.self_device_time_total
            kernels += event.count
        elif event.key in WAITS:
            waits += event.count
    return microseconds / 1e6, kernels, waits
