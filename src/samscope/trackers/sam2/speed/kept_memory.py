"""Memory for intermediate results that is kept from one use to the next."""

import threading
from math import prod
from typing import Any

import torch
from torch import Tensor


class KeptMemory:
    """Tensors by name whose memory stays for the next one of that name, for each thread its own.

    A large tensor is otherwise fetched from the system anew, page by page, and given back: on a CPU that can
    take longer than what is computed in it. A copy, or what is unpickled, starts with none.
    """

    def __init__(self) -> None:
        self._kept = threading.local()

    def __reduce__(self) -> tuple[Any, ...]:
        return KeptMemory, ()

    def take(self, name: str, *shape: int) -> Tensor:
        """Return a float32 tensor on the CPU, of any content.

        The next one of the same name in the same thread may lie in the same memory: what is to stay must be
        copied before.
        """
        size = prod(shape)
        kept: Tensor | None = getattr(self._kept, name, None)
        if kept is None or len(kept) < size:
            with torch.inference_mode(mode=False):
                kept = torch.empty(size)
            setattr(self._kept, name, kept)
        return kept[:size].view(shape)
