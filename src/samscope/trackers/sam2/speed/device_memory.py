"""How many tracks go through a model at once on a device, and what is said when its memory is full."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from transformers import Sam2VideoConfig

from samscope.support.errors import SamscopeError
from samscope.trackers.modes import Mode

_SHARE = 0.5
"""Of a device's memory, for what is computed at once; weights, encodings and memory banks have the rest."""

_LARGEST_AT_ONCE = 24
"""Tensors as large as the encoder's first features that are held at once, generously."""

_MOST = 64
"""More at once would not be faster, and would hold more clips in memory."""

_CPU_PIXELS = 8 * 192**2
"""Pixels that go through a model at once on a CPU, unless a single frame has more: larger batches of larger
frames leave the cache, and were no faster or slower (benchmarks/batch.py)."""


def usual_batch(configuration: Sam2VideoConfig, device: torch.device, mode: Mode, sets: int) -> int:
    """Return ``batch_of`` for a SAM 2 of a configuration."""
    channels: int = configuration.vision_config.backbone_config.hidden_size
    return batch_of(configuration.image_size, channels, device, mode, sets)


def batch_of(image_size: int, channels: int, device: torch.device, mode: Mode, sets: int) -> int:
    """Return how many frames or tracks go through a model at once where nobody says how many.

    In the mode ``exact`` one. On a CUDA device as many as fit into its memory, by the size of the largest
    features: the same number for every device of a kind, and an estimate; where it was too large, the batch
    is halved. On a CPU a batch pays only where a frame is too small to keep the cores busy, so it has the
    pixels of eight frames of the built-in model at most, and no more tracks than the sets of a draw, which
    are made and dropped together.

    Args:
        image_size: side of the model's square input in pixels.
        channels: of its image encoder's largest features, which have a quarter of that side.
        device: where it runs.
        mode: how it computes.
        sets: how many clips a draw has.

    Returns:
        At least 1; on a CUDA device a power of two up to 64; 1 on what is neither a CUDA device nor a CPU.
    """
    if mode == "exact":
        return 1
    if device.type == "cpu":
        return max(1, min(sets, _CPU_PIXELS // image_size**2))
    if device.type != "cuda":
        return 1
    return _batch_within(image_size, channels, torch.cuda.get_device_properties(device).total_memory)


def _batch_within(image_size: int, channels: int, memory: int) -> int:
    places = (image_size // 4) ** 2
    fits = int(_SHARE * memory / (4 * places * channels * _LARGEST_AT_ONCE))
    return 1 << (max(1, min(fits, _MOST)).bit_length() - 1)


@contextmanager
def device_memory_explained(device: str) -> Iterator[None]:
    """Turn a device's full memory into one line that says how to do with less.

    Args:
        device: what the command line calls it.

    Raises:
        SamscopeError: the memory of ``device`` is full.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise SamscopeError(
            f"--device {device}: its memory is full; take a smaller --model or --image-size, or --device cpu"
        ) from error
