"""A device's memory: how many tracks go through a model at once, and what is said when none is left."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from transformers import Sam2VideoConfig

from samscope.errors import SamscopeError

_SHARE = 0.5
"""Of a device's memory, for what is computed at once; weights, encodings and memory banks have the rest."""

_LARGEST_AT_ONCE = 24
"""Tensors as large as the encoder's first features that are held at once, generously."""

_MOST = 64
"""More at once would not be faster, and would hold more clips in memory."""


def batch_that_fits(configuration: Sam2VideoConfig, device: torch.device) -> int:
    """Return how many frames or tracks go through a model at once, the same for every device of a kind.

    It is an estimate by the size of the largest features: where it was too large, the batch is halved.

    Args:
        configuration: the model's.
        device: where it runs.

    Returns:
        A power of two up to 64; 1 on anything but a CUDA device.
    """
    if device.type != "cuda":
        return 1
    return _batch_within(configuration, torch.cuda.get_device_properties(device).total_memory)


def _batch_within(configuration: Sam2VideoConfig, memory: int) -> int:
    places = (configuration.image_size // 4) ** 2
    channels = configuration.vision_config.backbone_config.hidden_size
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
