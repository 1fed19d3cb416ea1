"""Computing once what several runs have in common: many are on the same frames, and begin alike."""

import copy
import hashlib
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

PARTS = ("vision_encoder.backbone", "memory_attention", "memory_encoder", "mask_decoder.transformer")
"""Where nearly all of a tracker's time goes."""


class ComputedOnce:
    """What parts of networks have computed, by their weights and what they were given, bit for bit.

    It is for parts whose output depends on nothing else but the number of threads. Every caller gets a copy
    of its own.
    """

    def __init__(self) -> None:
        self._results: dict[bytes, Any] = {}

    def share(self, network: nn.Module) -> None:
        """Let the parts of a network use what those of any shared one of the same weights have computed."""
        for part in PARTS:
            self._share(network.get_submodule(part))

    def _share(self, module: nn.Module) -> None:
        compute = module.forward
        module_digest = _digest([repr(module), *module.named_parameters(), *module.named_buffers()])

        def forward(*given: Any, **named: Any) -> Any:
            key = _digest([module_digest, torch.get_num_threads(), given, *sorted(named.items())])
            if key not in self._results:
                self._results[key] = compute(*given, **named)
            return copy.deepcopy(self._results[key])

        module.forward = forward


def _digest(values: Iterable[Any]) -> bytes:
    """Return what tells values apart: tensors by bits and order in memory, all else as it is written."""
    digest = hashlib.sha256()
    for value in values:
        if isinstance(value, Tensor):
            digest.update(repr((value.dtype, value.shape, value.stride())).encode())
            digest.update(value.detach().contiguous().view(-1).view(torch.uint8).numpy().data)
        elif isinstance(value, list | tuple):
            digest.update(b"several" + _digest(value))
        elif value is None or isinstance(value, str | bytes | int | float):
            digest.update(repr(value).encode() + b";")
        else:
            raise TypeError(f"{type(value).__name__} {value!r}: not a value that is told apart by its bits")
    return digest.digest()
