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
        pointer: mean over clips and queries of the attention that pointers get, 0..1; scalars.
        gap: mean over clips and queries of the largest spatial logit minus the largest pointer one; scalars.
        balance: [B], mean over queries of the logarithm of what spatial memories get over what pointers get,
            for each clip, with gradients where they are on.
    """

    pointer: list[list[Tensor]] = field(default_factory=list)
    gap: list[list[Tensor]] = field(default_factory=list)
    balance: list[list[Tensor]] = field(default_factory=list)

    def summary(self) -> dict[str, list[float]]:
        """Return mean share and gap by layer; empty lists where nothing was seen."""
        return {
            name: [float(torch.stack(values).mean()) for values in getattr(self, name) if values]
            for name in ("pointer", "gap")
        }

    def excess(self, bound: float) -> Tensor:
        """Return the mean square of the balances' excess over plus and minus ``bound``; 0 without any."""
        seen = [balance for layer in self.balance for balance in layer]
        if not seen:
            return torch.zeros(())
        return ((torch.stack(seen).abs() - bound).clamp(min=0) ** 2).mean()


@contextmanager
def observed_attention(network: Sam2VideoModel) -> Iterator[AttentionShares]:
    """Watch memory attention while the context is open.

    Calls without pointers or without spatial memories are passed over. It needs the eager attention of
    ``initial_network``: other implementations do not give their weights.
    """
    layers = network.memory_attention.layers
    shares = AttentionShares([[] for _ in layers], [[] for _ in layers], [[] for _ in layers])
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
    shares: AttentionShares, layer: int, _module: Any, _inputs: Any, named: dict[str, Any], output: Any
) -> None:
    weights: Tensor = output[1].float().clamp(min=torch.finfo(torch.float32).tiny)
    pointers = named["num_k_exclude_rope"]
    spatial = weights.shape[-1] - pointers
    if not pointers or not spatial:
        return
    of_memories, of_pointers = weights[..., :spatial], weights[..., spatial:]
    balance = of_memories.sum(-1).log() - of_pointers.sum(-1).log()
    shares.balance[layer].append(balance.flatten(1).mean(1))
    with torch.no_grad():
        shares.pointer[layer].append(of_pointers.sum(-1).mean())
        shares.gap[layer].append((of_memories.amax(-1).log() - of_pointers.amax(-1).log()).mean())
