"""Medians of very many values, without sorting them all."""

import math

import numpy as np
import torch
from torch import Tensor

_SAMPLE = 1 << 13
"""Values that a median of one row is first estimated from."""

_CHUNK = 1 << 16
"""Values that are looked at at once, so that they stay in a CPU's cache."""

_HALF = 16
"""Bits of half a float32: a row's median is found by its upper half first, then by its lower one."""


def lower_median(values: Tensor) -> Tensor:
    """Return the median of values of at least 0, of two middle ones the lower, as sorting would find it.

    Args:
        values: float32 [N] on a CPU, or rows [B, N] on any device, contiguous; none is below 0 nor -0. NaN
            counts as the largest, if its sign is not set.

    Returns:
        float32 [] or [B], on the same device, which is not waited for.
    """
    if values.dim() == 1:
        return torch.tensor(_by_sample(values))
    bits = values.view(torch.int32)  # of values of at least 0, in the values' order
    rank = torch.full((len(values), 1), (values.shape[1] - 1) // 2, device=values.device)
    upper, rank = _of_rank((bits >> _HALF).long(), rank, 1 << _HALF)
    # Those of another upper half are counted beyond the others, spread out: a place is added to in turn.
    lower = (bits & ((1 << _HALF) - 1)) + ((bits >> _HALF) != upper).int() * (1 << _HALF)
    lower, _ = _of_rank(lower.long(), rank, 2 << _HALF)
    return ((upper << _HALF) | lower).int().view(torch.float32)[:, 0]


def _of_rank(values: Tensor, rank: Tensor, bound: int) -> tuple[Tensor, Tensor]:
    """Return of rows of integers 0..bound that of a rank from 0, and its rank among those equal to it.

    Args:
        values: int64 [B, N].
        rank: int64 [B, 1].
        bound: above all values.
    """
    counts = torch.zeros(len(values), bound, dtype=torch.int32, device=values.device)
    counts.scatter_add_(1, values, torch.ones_like(counts[:1, :1]).expand_as(values))
    reached = counts.cumsum(1)
    selected = torch.searchsorted(reached, rank, right=True)
    return selected, rank - (reached.gather(1, selected) - counts.gather(1, selected))


def _by_sample(values: Tensor) -> float:
    """Return the median of values [N] on a CPU."""
    array = values.numpy()
    rank = (array.size - 1) // 2
    if array.size > 4 * _SAMPLE:
        # A sample tells nearly where it lies: only the values thereabouts need be sorted.
        sample = np.sort(array[:: array.size // _SAMPLE])
        middle, margin = sample.size // 2, int(1.5 * math.sqrt(sample.size))
        low, high = sample[middle - margin], sample[middle + margin]
        within, below = [], 0
        for start in range(0, array.size, _CHUNK):
            part = array[start : start + _CHUNK]
            within.append(part[(part >= low) & (part <= high)])
            below += int(np.count_nonzero(part < low))
        near = np.concatenate(within)
        if 0 <= rank - below < near.size:
            return float(np.partition(near, rank - below)[rank - below])
    return float(np.partition(array, rank)[rank])
