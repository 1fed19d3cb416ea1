"""Correlations between two quantities, with intervals over videos."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.bootstrap import UNDEFINED, Estimate
from samscope.analysis.statistics.resampled import CORRELATION, mean, resampled
from samscope.analysis.statistics.resampling_plan import Plan

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
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    clips: NDArray[np.int64],
    plan: Plan,
    method: Method,
) -> Correlation:
    """Correlate all pairs together; pairs with a value that is not finite are left out.

    Args:
        first: float64 [N].
        second: float64 [N].
        clips: int [N], the clip of each pair, a column of the plan.
        plan: for C clips.
        method: ``spearman`` or ``pearson``.

    Returns:
        The coefficient; its interval is NaN with fewer than two videos.
    """
    defined = np.isfinite(first) & np.isfinite(second)
    first, second, clips = first[defined], second[defined], clips[defined]
    if not len(first):
        return Correlation(method, UNDEFINED, 0)
    used = np.bincount(clips, minlength=len(plan.sources)) > 0
    weights = plan.weights()
    coefficients = np.concatenate(
        [
            _weighted(first, second, weights[start : start + _BATCH, clips], method)
            for start in range(0, plan.rows, _BATCH)
        ]
    )
    return Correlation(method, resampled(coefficients, plan, used, bounds=CORRELATION).estimate, len(first))


def correlation_within(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    clips: NDArray[np.int64],
    plan: Plan,
    method: Method,
) -> Correlation:
    """Correlate within each clip and average the coefficients over clips.

    Args:
        first: float64 [N].
        second: float64 [N].
        clips: int [N], the clip of each pair, a column of the plan.
        plan: for C clips.
        method: ``spearman`` or ``pearson``.

    Returns:
        The mean coefficient of the clips in which both sides vary, with its interval; ``pairs`` counts the
        pairs in those clips.
    """
    defined = np.isfinite(first) & np.isfinite(second)
    coefficients, pairs = np.full(len(plan.sources), np.nan), 0
    for clip in np.unique(clips[defined]):
        chosen = defined & (clips == clip)
        alone = np.ones((1, chosen.sum()))
        coefficients[clip] = _weighted(first[chosen], second[chosen], alone, method)[0]
        pairs += int(chosen.sum()) if np.isfinite(coefficients[clip]) else 0
    return Correlation(method, mean(coefficients, plan, CORRELATION).estimate, pairs)


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
    # Without all that it has, a row has no correlation, and its means nothing to divide by.
    total = np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
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
