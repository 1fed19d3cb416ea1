"""Correlations between two quantities, with intervals by bootstrap over groups."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from samscope.analysis.arrays import codes, ratio
from samscope.analysis.bootstrap import (
    RESAMPLES,
    UNDEFINED,
    Estimate,
    mean_by_group,
    percentile_interval,
    resample_weights,
)

Method = Literal["spearman", "pearson"]
METHODS: tuple[Method, ...] = get_args(Method)

_BATCH = 100

_CONSTANT = 1e-20
"""Squares about the mean that are a smaller share than this of the squares are rounding: nothing varies."""


@dataclass(frozen=True)
class Correlation:
    """A correlation coefficient and what it rests on.

    Attributes:
        method: Spearman's rank correlation or Pearson's.
        estimate: the coefficient, -1..1, with its interval; NaN where a side does not vary.
        pairs: pairs of values that were correlated.
    """

    method: Method
    estimate: Estimate
    pairs: int


def correlation(
    first: NDArray[np.float64], second: NDArray[np.float64], groups: NDArray[np.int64], method: Method
) -> Correlation:
    """Correlate all pairs together; pairs with a value that is not finite are left out.

    Args:
        first: float64 [N].
        second: float64 [N].
        groups: int [N], the source video of each pair.
        method: ``spearman`` or ``pearson``.

    Returns:
        The coefficient; its interval is NaN with fewer than two groups.
    """
    known = np.isfinite(first) & np.isfinite(second)
    first, second = first[known], second[known]
    members = codes(groups[known])
    count = len(np.unique(members))
    if not len(first):
        return Correlation(method, UNDEFINED, 0)
    value = _weighted(first, second, np.ones((1, len(first))), method)[0]
    if count < 2:
        return Correlation(method, Estimate(float(value), np.nan, np.nan), len(first))
    weights = resample_weights(count)
    resampled = np.concatenate(
        [
            _weighted(first, second, weights[start : start + _BATCH, members], method)
            for start in range(0, RESAMPLES, _BATCH)
        ]
    )
    low, high = percentile_interval(resampled, count)
    return Correlation(method, Estimate(float(value), float(low), float(high)), len(first))


def correlation_within(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    units: NDArray[np.int64],
    groups: NDArray[np.int64],
    method: Method,
) -> Correlation:
    """Correlate within each unit (clip) and average the coefficients over units.

    Args:
        first: float64 [N].
        second: float64 [N].
        units: int [N], the clip of each pair.
        groups: int [N], the source video of each pair; one a unit.
        method: ``spearman`` or ``pearson``.

    Returns:
        The mean coefficient of the units in which both sides vary, with its interval over groups; ``pairs``
        counts the pairs in those units.
    """
    coefficients, unit_groups, pairs = [], [], 0
    for unit in np.unique(units):
        chosen = units == unit
        found = correlation(first[chosen], second[chosen], np.zeros(chosen.sum(), dtype=np.int64), method)
        if np.isfinite(found.estimate.value):
            coefficients.append(found.estimate.value)
            unit_groups.append(groups[chosen][0])
            pairs += found.pairs
    return Correlation(method, mean_by_group(coefficients, unit_groups), pairs)


def _weighted(
    first: NDArray[np.float64], second: NDArray[np.float64], weights: NDArray[np.float64], method: Method
) -> NDArray[np.float64]:
    """Return [R], the correlation under each row of weights [R, N], which count how often a pair is taken."""
    if method == "spearman":
        return _weighted_pearson(_weighted_ranks(first, weights), _weighted_ranks(second, weights), weights)
    return _weighted_pearson(first[None], second[None], weights)


def _weighted_ranks(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return [R, N], the average rank that each value has when every value comes as often as it weighs."""
    ties = rankdata(values, method="dense").astype(np.int64) - 1
    order = np.argsort(ties, kind="stable")
    starts = np.flatnonzero(np.diff(ties[order], prepend=-1))
    tied = np.add.reduceat(weights[:, order], starts, axis=1)
    below = np.cumsum(tied, axis=1) - tied
    ranks: NDArray[np.float64] = (below + (tied + 1) / 2)[:, ties]
    return ranks


def _weighted_pearson(
    first: NDArray[np.float64], second: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    total = weights.sum(axis=1, keepdims=True)
    first_centred = first - (weights * first).sum(axis=1, keepdims=True) / total
    second_centred = second - (weights * second).sum(axis=1, keepdims=True) / total
    first_square = (weights * first_centred**2).sum(axis=1)
    second_square = (weights * second_centred**2).sum(axis=1)
    varies = (first_square > _CONSTANT * (weights * first**2).sum(axis=1)) & (
        second_square > _CONSTANT * (weights * second**2).sum(axis=1)
    )
    together = (weights * first_centred * second_centred).sum(axis=1)
    scale = np.where(varies, np.sqrt(first_square * second_square), 0.0)
    return ratio(together, scale)
