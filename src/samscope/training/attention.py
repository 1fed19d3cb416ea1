"""How memory attention divides itself between pointers and spatial memories."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers import Sam2VideoModel


@dataclass
class AttentionShares:
    """What was seen of memory attention's cross-attention, by layer; one entry a call.

    Attributes:
        pointer: mean over queries of the attention that pointers get, 0..1.
        gap: mean over queries of the largest spatial logit minus the largest pointer logit.
    """

    pointer: list[list[float]] = field(default_factory=list)
    gap: list[list[float]] = field(default_factory=list)

    def summary(self) -> dict[str, list[float]]:
        """Return the means by layer; empty lists where nothing was seen."""
        return {
            name: [sum(values) / len(values) for values in getattr(self, name) if values]
            for name in ("pointer", "gap")
        }


@contextmanager
def observed_attention(network: Sam2VideoModel) -> Iterator[AttentionShares]:
    """Watch memory attention while the context is open.

    Calls without pointers or without spatial memories are passed over. It needs the eager attention of
    ``initial_network``: other implementations do not give their weights.
    """
    layers = network.memory_attention.layers
    shares = AttentionShares([[] for _ in layers], [[] for _ in layers])
    handles = [
        layer.cross_attn_image.register_forward_hook(partial(_note, shares, number), with_kwargs=True)
        for number, layer in enumerate(layers)
    ]
    try:
        yield shares
    finally:
        for handle in handles:
            handle.remove()


def _note(
    shares: AttentionShares,
    layer: int,
    _module: Any,
    _inputs: Any,
    named: dict[str, Any],
    output: Any,
) -> None:
    weights: Tensor = output[1]
    pointers = named["num_k_exclude_rope"]
    spatial = weights.shape[-1] - pointers
    if not pointers or not spatial:
        return
    weights = weights.detach().float()
    least = torch.finfo(torch.float32).tiny
    of_pointers, of_memories = weights[..., spatial:], weights[..., :spatial]
    gap = (of_memories.amax(-1).clamp(min=least) / of_pointers.amax(-1).clamp(min=least)).log()
    shares.pointer[layer].append(float(of_pointers.sum(-1).mean()))
    shares.gap[layer].append(float(gap.mean()))
