"""Reading from memories that lie on a grid, with the part of the keys that a column has in common taken off.

SAM 2 turns one half of a key's channels by its column and the other half by its row. A key is a projection of
64 channels of memory to 256; within a column all keys are turned alike in the first half, so that turn and
projection can be applied to the query instead:

    q . turn_x(W p + b) = (turn_x(W)^T q) . p + q . turn_x(b)

The first half of the products then takes 64 channels instead of 128, for one more projection of the query a
column, which serves all memories.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from samscope.trackers.sam2.speed.memory_reading import Reading


@dataclass(frozen=True, eq=False)
class AxialTurns:
    """How places on a grid turn the channels of a key, as complex factors of neighbouring channels.

    Attributes:
        columns: complex64 [W, D/4], of the first half of the channels.
        rows: complex64 [H, D/4], of the second half.
    """

    columns: Tensor
    rows: Tensor


def axial_turns(turns: Tensor) -> AxialTurns | None:
    """Take the turns of a square grid's places, complex64 [N, D/2], apart.

    None where they are not made by column and row.
    """
    side = round(len(turns) ** 0.5)
    if side * side != len(turns) or turns.shape[1] % 2:
        return None
    first, second = turns.view(side, side, -1).chunk(2, dim=2)
    axial = AxialTurns(first[0].contiguous(), second[:, 0].contiguous())
    of_columns = torch.equal(first, axial.columns.expand_as(first))
    of_rows = torch.equal(second, axial.rows[:, None].expand_as(second))
    return axial if of_columns and of_rows else None


@dataclass(frozen=True, eq=False)
class ColumnKeys:
    """A layer's projection of memory to keys, as it is applied to queries.

    Attributes:
        weights: float32 [W, D/2, E], the projection to the first half of the channels, turned by each column.
        biases: float32 [W, D/2], its bias.
        rest: the projection to the second half: weight [D/2, E] and bias [D/2].
    """

    weights: Tensor
    biases: Tensor
    rest: tuple[Tensor, Tensor]


def column_keys(projection: nn.Linear, turns: AxialTurns) -> ColumnKeys:
    """Turn a projection of E channels to D by the columns of a grid."""
    weight, bias = projection.weight.detach(), projection.bias.detach()
    half = len(weight) // 2
    columns = turns.columns[:, None]
    weights = turned(weight[:half].t().expand(len(columns), -1, -1), columns)
    biases = turned(bias[:half].expand(len(columns), -1), turns.columns)
    return ColumnKeys(weights.transpose(1, 2).contiguous(), biases.contiguous(), (weight[half:], bias[half:]))


def pays(memories: int, side: int, channels: int, memory_channels: int) -> bool:
    """Tell whether reading by columns takes fewer products than reading at once.

    Args:
        memories: how many memories of side x side places.
        side: of the grid.
        channels: of a key.
        memory_channels: of a memory.
    """
    keys, half = memories * side**2, channels // 2
    by_columns = keys * (memory_channels + half) + side * half * memory_channels
    return by_columns < 0.95 * keys * channels


def write_keys(placed: Tensor, projection: ColumnKeys, turns: AxialTurns, keys: Tensor) -> None:
    """Write the keys of one memory.

    Args:
        placed: float32 [H * W, E], a memory with its places and age.
        projection: the layer's.
        turns: of the grid.
        keys: float32 [W, H, E + D/2], column by column: the memory itself and the second half of its keys.
    """
    columns, rows = len(turns.columns), len(turns.rows)
    weight, bias = projection.rest
    rest = torch.addmm(bias, placed, weight.t()).view(rows, columns, -1)
    channels = placed.shape[1]
    keys[..., :channels] = placed.view(rows, columns, channels).transpose(0, 1)
    keys[..., channels:] = turned(rest, turns.rows[:, None]).transpose(0, 1)


def read_columns(
    reading: Reading,
    queries: Tensor,
    projection: ColumnKeys,
    keys: Tensor,
    memory: Tensor,
    *,
    members: Tensor | None = None,
) -> None:
    """Read from memories column by column.

    Args:
        reading: of the queries.
        queries: float32 [N, D], scaled and turned already.
        projection: the layer's.
        keys: float32 [W, T * H, E + D/2], as ``write_keys`` writes those of T memories.
        memory: float32 [W, T * H, E].
        members: float32 [T * H, P], which part each belongs to in any column, where shares are wanted.
    """
    half = queries.shape[1] // 2
    first = queries[:, :half].contiguous()
    offsets = projection.biases @ first.t()
    channels = memory.shape[2]
    wide = queries.new_empty(len(queries), channels + half)
    wide[:, channels:] = queries[:, half:]
    for column, weight in enumerate(projection.weights):
        torch.mm(first, weight, out=wide[:, :channels])
        reading.read(wide, keys[column], memory[column], offsets[column, :, None], members)


def turned(values: Tensor, turns: Tensor) -> Tensor:
    """Turn neighbouring channels of values float32 [..., D] against each other by factors [..., D/2]."""
    pairs = torch.view_as_complex(values.float().contiguous().reshape(*values.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).flatten(-2)
