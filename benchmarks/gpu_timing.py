"""A row of numbers that may fail, and the time and memory that tracking takes on a device."""

import gc
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from samscope.clips.clip import Clip
from samscope.support.errors import SamscopeError
from samscope.trackers.devices import wait_for

Row = dict[str, Any]
"""What was measured of one thing, as values for JSON."""


def attempted(facts: Row, measure: Callable[[], Row]) -> Row:
    """Return facts with what was measured, or with ``failed``: why it could not be, in one line."""
    gc.collect()
    torch.cuda.empty_cache()
    try:
        return facts | measure()
    except Exception as error:  # whatever stops a peer or a batch must not stop the others
        return facts | {"failed": one_line(error)}


def one_line(error: BaseException) -> str:
    """Return an error's kind, unless it is samscope's own, and the first line of what it says."""
    lines = str(error).strip().splitlines()
    if lines and isinstance(error, SamscopeError):
        return lines[0]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def timed(
    device: torch.device,
    run: Callable[[Sequence[Clip]], object],
    groups: Sequence[Sequence[Clip]],
    warm: Sequence[Clip],
    seconds: float = float("inf"),
) -> Row:
    """Track groups of clips, one group after another, and take the time.

    Args:
        device: where; it is waited for after every group.
        run: tracks clips.
        groups: of clips.
        warm: short clips that are tracked before, untimed.
        seconds: after so many no further group is begun.

    Returns:
        ``clips`` and ``frames`` that were tracked, shared ones counted for each clip; ``seconds``;
        ``frames_per_second``; ``peak_bytes`` as of ``peak_bytes``.
    """
    run(warm)
    wait_for(device)
    forget_peak(device)
    clips = frames = 0
    taken = 0.0
    begin = time.perf_counter()
    for group in groups:
        run(group)
        wait_for(device)
        taken = time.perf_counter() - begin
        clips += len(group)
        frames += sum(len(clip.frames) for clip in group)
        if taken > seconds:
            break
    return {
        "clips": clips,
        "frames": frames,
        "seconds": taken,
        "frames_per_second": frames / taken,
        "peak_bytes": peak_bytes(device),
    }


def forget_peak(device: torch.device) -> None:
    """Begin anew with what ``peak_bytes`` returns."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_bytes(device: torch.device) -> int | None:
    """Return the most bytes that PyTorch has held on a GPU at once, weights included; None elsewhere."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
