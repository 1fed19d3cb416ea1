"""Reading from memory: attention whose values are the memory itself."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from samscope.trackers.sam2.speed.matrix_products import Library, onednn_product

_QUERIES_AT_ONCE = 1024
_WEIGHTS_AT_ONCE = 1 << 19
"""Attention weights that are held at once, 2 MiB: a tile that stays in a core's own cache."""

_LARGEST_TOTAL = 1e30
"""Weights' sum relative to the base, up to which what is read is finite."""


def read_memory(
    queries: Tensor,
    keys: Tensor,
    memory: Tensor,
    library: Library = Library.BLAS,
    shares: "Shares | None" = None,
) -> Tensor:
    """Return softmax(queries keys^T) memory, tile by tile.

    Values that are a projection of the memory can be projected afterwards: P (M W) = (P M) W. In SAM 2 the
    memory has 64 channels and its projection 256, so that three eighths of the products of attention fall
    away.

    Args:
        queries: float32 [B, N, D], scaled already.
        keys: float32 [B, M, D], M at least 1.
        memory: float32 [B, M, E].
        library: what multiplies on a CPU; elsewhere PyTorch's own choice does.
        shares: what parts of the memory get is written there; None: nowhere.

    Returns:
        float32 [B, N, E].
    """
    read = torch.empty((*queries.shape[:2], memory.shape[2]), dtype=queries.dtype, device=queries.device)
    members = None if shares is None else shares.members
    for place, (own_queries, own_keys, own_memory, own_read) in enumerate(
        zip(queries, keys, memory, read, strict=True)
    ):
        for first in range(0, len(own_queries), _QUERIES_AT_ONCE):
            span = slice(first, first + _QUERIES_AT_ONCE)
            everything = partial(
                Reading.read, queries=own_queries[span], keys=own_keys, memory=own_memory, members=members
            )
            written = None if shares is None else shares.written[place, span]
            read_all(everything, own_read[span], library, written)
    return read


@dataclass(frozen=True, eq=False)
class Shares:
    """Where it is written what share of the attention of queries each part of the memory gets.

    Attributes:
        members: float32 [M, P], 1 where a key belongs to a part, else 0.
        written: float32 [B, N, P], the shares of N queries; they sum to 1 over P.
    """

    members: Tensor
    written: Tensor


def read_all(
    everything: Callable[["Reading"], None], read: Tensor, library: Library, shares: Tensor | None = None
) -> None:
    """Read from memory piece by piece.

    Args:
        everything: has a reading read all that there is; called once more in the rare case that weights grow
            too large for float32 beside those that were read first.
        read: where the result is written, float32 [N, E], for N queries.
        library: what multiplies on a CPU; elsewhere PyTorch's own choice does.
        shares: where shares are written, float32 [N, P]; None where none are wanted.
    """
    for rising in (False, True):
        reading = Reading(read, library, rising, shares)
        everything(reading)
        if reading.end():
            return


class Reading:
    """What some queries read, tile of keys after tile, so that no more than a tile of weights is held.

    Weights and their sums are kept relative to the largest product of the first tile: ``read_all`` sees to it
    that none becomes too large. Where the base is ``rising``, they are relative to the largest product so far
    (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018), for which every tile is
    searched.

    Args:
        read: where the result is written, float32 [N, E], for N queries.
        library: what multiplies on a CPU; elsewhere PyTorch's own choice does.
        rising: follow the largest product.
        shares: where the shares of parts of the memory are written, float32 [N, P]; None where none are
            wanted.
    """

    def __init__(
        self, read: Tensor, library: Library, rising: bool = False, shares: Tensor | None = None
    ) -> None:
        onednn = library is Library.ONEDNN and read.device.type == "cpu"
        self._onednn = onednn_product() if onednn else None
        self._read = read
        self._room = read.new_empty(0)
        self._rising = rising
        self._base: Tensor | None = None
        self._totals: list[Tensor] = []
        self._summed = read.new_zeros(read.shape)
        self._shares = shares
        self._parts = None if shares is None else read.new_zeros(shares.shape)

    def read(
        self,
        queries: Tensor,
        keys: Tensor,
        memory: Tensor,
        offset: Tensor | None = None,
        members: Tensor | None = None,
    ) -> None:
        """Read from more memory.

        Args:
            queries: float32 [N, D], those of the reading; they may be of other channels for each memory.
            keys: float32 [M, D].
            memory: float32 [M, E].
            offset: float32 [N, 1], what is added to all of a query's products with these keys.
            members: float32 [M, P], which part each belongs to, where shares are wanted.
        """
        at_once = max(1, _WEIGHTS_AT_ONCE // len(queries))
        for first in range(0, len(keys), at_once):
            key_chunk, values = keys[first : first + at_once], memory[first : first + at_once]
            weights = self._weigh(self._products(queries, key_chunk), offset)
            if self._parts is not None and members is not None:
                self._parts.addmm_(weights, members[first : first + at_once])
            if self._onednn is None:
                self._summed.addmm_(weights, values)
            else:
                self._summed += self._onednn(weights, values.t().contiguous())

    def end(self) -> bool:
        """Write what was read, and return whether all weights were small enough for float32."""
        total = self._total()
        torch.div(self._summed, total, out=self._read)
        if self._shares is not None and self._parts is not None:
            torch.div(self._parts, self._parts.sum(dim=1, keepdim=True), out=self._shares)
        return self._rising or bool((total < _LARGEST_TOTAL).all())

    def _products(self, queries: Tensor, keys: Tensor) -> Tensor:
        if self._onednn is not None:
            return self._onednn(queries.contiguous(), keys)
        size = len(queries) * len(keys)
        if len(self._room) < size:
            self._room = queries.new_empty(size)
        return torch.mm(queries, keys.t(), out=self._room[:size].view(len(queries), len(keys)))

    def _weigh(self, products: Tensor, offset: Tensor | None) -> Tensor:
        """Turn products [N, M] into weights relative to the base, and add them to their sums."""
        base = self._base
        if base is None or self._rising:
            base = self._base = self._raised(base, products, offset)
        weights = products.sub_(base if offset is None else base - offset).exp_()
        self._totals.append(weights.sum(dim=1, keepdim=True))
        return weights

    def _total(self) -> Tensor:
        """Return the sums of all weights so far, [N, 1]."""
        return torch.cat(self._totals, dim=1).sum(dim=1, keepdim=True)

    def _raised(self, base: Tensor | None, products: Tensor, offset: Tensor | None) -> Tensor:
        """Return the largest of products and base, to which the sums so far are brought."""
        largest = products.amax(dim=1, keepdim=True)
        if offset is not None:
            largest += offset
        if base is not None:
            largest = torch.maximum(base, largest)
            shrunk = torch.exp(base - largest)
            self._totals = [self._total() * shrunk]
            self._summed.mul_(shrunk)
            if self._parts is not None:
                self._parts.mul_(shrunk)
        return largest
