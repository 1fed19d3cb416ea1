"""What is said when a device has no memory left."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from samscope.errors import SamscopeError


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
