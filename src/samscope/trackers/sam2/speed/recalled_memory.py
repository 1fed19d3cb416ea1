"""What a frame remembers, as the layers of memory attention read it."""

from functools import partial
from typing import Protocol

from torch import Tensor, nn

from samscope.trackers.sam2.speed.axial_reading import (
    AxialTurns,
    ColumnKeys,
    column_keys,
    read_columns,
    turned,
    write_keys,
)
from samscope.trackers.sam2.speed.cores import Run
from samscope.trackers.sam2.speed.kept_memory import KeptMemory
from samscope.trackers.sam2.speed.matrix_products import Library
from samscope.trackers.sam2.speed.memory_reading import Reading, Shares, read_all, read_memory


class Recalled(Protocol):
    """Memory tokens, to be read by one layer after another."""

    def recalling(self, projection: nn.Linear) -> list[Run]:
        """Return what makes the tokens ready for a layer, in parts for any order.

        Args:
            projection: the layer's, from a token to its key.
        """

    def read(self, queries: Tensor, shares: Shares | None = None) -> Tensor:
        """Return what queries read, [B, N, E]; queries [B, N, D] are scaled and turned by their places.

        What parts of the tokens get is written to ``shares``.
        """


class RecalledTokens:
    """Memory tokens with a key each.

    Args:
        tokens: float32 [B, M, E], those of memories and then those of pointers.
        placed: the same with their places and ages.
        pointers: how many are pointers': they have no place to turn by.
        turns: complex64 [H * W, D/2], of the places of a memory.
        kept: room for the keys, which are valid until the next ones.
        library: what multiplies.
    """

    def __init__(
        self,
        tokens: Tensor,
        placed: Tensor,
        *,
        pointers: int,
        turns: Tensor,
        kept: KeptMemory,
        library: Library,
    ) -> None:
        self._tokens, self._placed, self._turns, self._library = tokens, placed, turns, library
        self._spatial = tokens.shape[1] - pointers
        self._keys = kept.take("keys", *tokens.shape[:2], 2 * turns.shape[1])

    def recalling(self, projection: nn.Linear) -> list[Run]:
        """Return what writes the keys, memory by memory."""
        count = len(self._turns)
        memories = [slice(first, first + count) for first in range(0, self._spatial, count)]
        return [partial(self._recall, projection, span) for span in [*memories, slice(self._spatial, None)]]

    def read(self, queries: Tensor, shares: Shares | None = None) -> Tensor:
        """Return what queries read."""
        return read_memory(queries, self._keys, self._tokens, self._library, shares)

    def _recall(self, projection: nn.Linear, span: slice) -> None:
        keys = projection(self._placed[:, span])
        self._keys[:, span] = keys if span.start >= self._spatial else turned(keys, self._turns)


class RecalledColumns:
    """Memory tokens column by column, with half a key each: see ``axial_reading``.

    Args:
        tokens: float32 [B, M, E], those of memories and then those of pointers.
        placed: the same with their places and ages.
        pointers: how many are pointers': they have no place to turn by.
        turns: of the places of a memory.
        kept: room for the keys, which are valid until the next ones.
        library: what multiplies.
        keys_by_projection: projections that have been turned, for this one and those to come.
    """

    def __init__(
        self,
        tokens: Tensor,
        placed: Tensor,
        *,
        pointers: int,
        turns: AxialTurns,
        kept: KeptMemory,
        library: Library,
        keys_by_projection: dict[nn.Linear, ColumnKeys],
    ) -> None:
        self._turns, self._library, self._keys_by_projection = turns, library, keys_by_projection
        batch, count, channels = tokens.shape
        spatial, columns, rows = count - pointers, len(turns.columns), len(turns.rows)
        self._placed = placed[:, :spatial].reshape(batch, -1, rows * columns, channels)
        self._placed_pointers, self._pointers = placed[:, spatial:], tokens[:, spatial:]
        grid = tokens[:, :spatial].reshape(batch, -1, rows, columns, channels)
        size = (batch, columns, grid.shape[1], rows)
        self._memory = kept.take("memory in columns", *size, channels).copy_(grid.permute(0, 3, 1, 2, 4))
        self._keys = kept.take("keys in columns", *size, channels + turns.rows.shape[1] * 2)
        self._pointer_keys: Tensor = self._placed_pointers  # until there are some
        self._projection: ColumnKeys | None = None

    def recalling(self, projection: nn.Linear) -> list[Run]:
        """Return what writes the keys, memory by memory."""
        if projection not in self._keys_by_projection:
            self._keys_by_projection[projection] = column_keys(projection, self._turns)
        turned_projection = self._projection = self._keys_by_projection[projection]
        self._pointer_keys = projection(self._placed_pointers)
        return [
            partial(write_keys, placed, turned_projection, self._turns, keys)
            for own_placed, own_keys in zip(self._placed, self._keys, strict=True)
            for placed, keys in zip(own_placed, own_keys.unbind(1), strict=True)
        ]

    def read(self, queries: Tensor, shares: Shares | None = None) -> Tensor:
        """Return what queries read."""
        projection = self._projection
        if projection is None:
            raise ValueError("there are no keys yet: see recalling")
        read = queries.new_empty(*queries.shape[:2], self._memory.shape[-1])
        keys, memory = self._keys.flatten(2, 3), self._memory.flatten(2, 3)
        of_column = of_pointers = None
        if shares is not None:
            spatial = self._placed.shape[1] * self._placed.shape[2]
            of_column, of_pointers = (
                shares.members[: spatial : len(self._turns.columns)],
                shares.members[spatial:],
            )
        for place, own_queries in enumerate(queries):
            everything = partial(
                _read_everything,
                queries=own_queries,
                projection=projection,
                keys=keys[place],
                memory=memory[place],
                pointer_keys=self._pointer_keys[place],
                pointers=self._pointers[place],
                of_column=of_column,
                of_pointers=of_pointers,
            )
            read_all(
                everything, read[place], self._library, None if shares is None else shares.written[place]
            )
        return read


def _read_everything(
    reading: Reading,
    *,
    queries: Tensor,
    projection: ColumnKeys,
    keys: Tensor,
    memory: Tensor,
    pointer_keys: Tensor,
    pointers: Tensor,
    of_column: Tensor | None,
    of_pointers: Tensor | None,
) -> None:
    read_columns(reading, queries, projection, keys, memory, members=of_column)
    if len(pointers):
        reading.read(queries, pointer_keys, pointers, members=of_pointers)
