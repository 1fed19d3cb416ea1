"""Reading from memory: attention whose values are the memory itself."""

import torch
from torch import Tensor

from samscope.models.matrix_products import Library, onednn_product

_WEIGHTS_AT_ONCE = 1 << 22
"""Attention weights that are held at once, 16 MiB: a block of queries that stays in the processor's cache."""


def read_memory(queries: Tensor, keys: Tensor, memory: Tensor, library: Library = Library.BLAS) -> Tensor:
    """Return softmax(queries keys^T) memory, block by block of the queries.

    Values that are a projection of the memory can be projected afterwards: P (M W) = (P M) W. In SAM 2 the
    memory has 64 channels and its projection 256, so that three eighths of the products of attention fall
    away. What a query does not share with the others is nothing, so that blocks change no result.

    Args:
        queries: float32 [B, N, D], scaled already.
        keys: float32 [B, M, D].
        memory: float32 [B, M, E].
        library: what multiplies on a CPU; elsewhere PyTorch's own choice does.

    Returns:
        float32 [B, N, E].
    """
    read = torch.empty((*queries.shape[:2], memory.shape[2]), dtype=queries.dtype, device=queries.device)
    onednn = onednn_product() if library is Library.ONEDNN and queries.device.type == "cpu" else None
    for own_queries, own_keys, own_memory, own_read in zip(queries, keys, memory, read, strict=True):
        if onednn is None:
            _read_by_blas(own_queries, own_keys, own_memory, own_read)
            continue
        transposed = own_memory.t().contiguous()
        for block in _blocks(len(own_queries), len(own_keys)):
            weights = onednn(own_queries[block].contiguous(), own_keys).softmax(dim=-1)
            own_read[block] = onednn(weights, transposed)
    return read


def _read_by_blas(queries: Tensor, keys: Tensor, memory: Tensor, read: Tensor) -> None:
    """Write what is read into ``read``; the buffers of a block serve for all."""
    transposed = keys.t().contiguous()
    blocks = _blocks(len(queries), len(keys))
    longest = max((block.stop - block.start for block in blocks), default=0)
    logits = queries.new_empty((longest, len(keys)))
    for block in blocks:
        part = logits[: block.stop - block.start]
        torch.mm(queries[block], transposed, out=part)
        torch.softmax(part, dim=-1, out=part)
        torch.mm(part, memory, out=read[block])


def _blocks(queries: int, keys: int) -> list[slice]:
    size = max(16, _WEIGHTS_AT_ONCE // max(keys, 1))
    return [slice(first, min(first + size, queries)) for first in range(0, queries, size)]
