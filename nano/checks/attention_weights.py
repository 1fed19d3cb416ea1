"""Letting a network's memory attention be read, whatever computes it."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

from transformers import Sam2VideoModel


@contextmanager
def readable_attention(network: Sam2VideoModel) -> Iterator[None]:
    """Let memory attention's cross-attention give its weights while the context is open.

    It then computes eagerly, which holds all weights at once and differs by rounding alone from the faster
    ways; nothing else of the network changes. Afterwards everything is as before.
    """
    attentions = [layer.cross_attn_image for layer in network.memory_attention.layers]
    before = [attention.config for attention in attentions]
    eager = copy.deepcopy(network.config)
    eager._attn_implementation = "eager"
    try:
        for attention in attentions:
            attention.config = eager
        yield
    finally:
        for attention, config in zip(attentions, before, strict=True):
            attention.config = config
