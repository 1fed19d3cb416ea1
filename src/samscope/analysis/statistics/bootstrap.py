"""Intervals by bootstrap over source videos: what varies between studies is the videos, not the frames."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtrit

RESAMPLES = 1000
"""How many times the source videos are drawn again, with replacement."""

LEVEL = 0.95
"""Coverage that every interval aims at."""

SEED = 0


Bounds = tuple[float, float]
"""What a statistic cannot leave, the lowest and the highest."""


@dataclass(frozen=True)
class Estimate:
    """A statistic with its interval.

    Attributes:
        value: the statistic on all the data; NaN where nothing defines it.
        low: lower end of the 95 % interval; NaN with fewer than two source videos.
        high: upper end, likewise.
        freedom: degrees of freedom of an interval by Student's t; 0 for one that is not.
        bounds: what the statistic cannot leave, if the interval reaches equally far on the scale of the log
            odds between them; None if it reaches equally far as it is.
    """

    value: float
    low: float
    high: float
    freedom: int = 0
    bounds: Bounds | None = None

    @property
    def has_interval(self) -> bool:
        """Whether there were enough source videos for an interval."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


UNDEFINED = Estimate(np.nan, np.nan, np.nan)


@lru_cache(maxsize=32)
def resample_weights(groups: int, resamples: int = RESAMPLES, seed: int = SEED) -> NDArray[np.float64]:
    """Draw groups with replacement and count how often each one came.

    Args:
        groups: how many groups there are, at least 1.
        resamples: how many draws.
        seed: seeds the draws; the same arguments give the same weights.

    Returns:
        float64 [resamples, groups] of whole numbers, each row summing to ``groups``; not to be written to,
        since the same arguments give the same array.
    """
    drawn = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=resamples)
    weights = drawn.astype(np.float64)
    weights.flags.writeable = False
    return weights


def percentile_interval(
    statistics: NDArray[np.float64], groups: int | NDArray[np.int64], level: float = LEVEL
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the expanded percentile interval of a bootstrapped statistic.

    Plain percentiles are too narrow for few groups. They are widened to the level that Student's t asks for
    (T. Hesterberg, What Teachers Should Know About the Bootstrap, 2015, section 4.2); for two groups that is
    all that the resamples span, for many it is the plain percentile.

    Args:
        statistics: float64 [resamples, ...]; NaN where a resample does not define it (those are left out).
        groups: how many groups the statistic rests on, a number or an array [...].
        level: coverage aimed at, 0..1.

    Returns:
        Lower and upper ends, float64 [...]; NaN where fewer than two groups or no resample define it.
    """
    counts = np.broadcast_to(np.asarray(groups), statistics.shape[1:])
    enough = np.isfinite(statistics).any(axis=0) & (counts >= 2)
    low, high = np.full(counts.shape, np.nan), np.full(counts.shape, np.nan)
    for count in np.unique(counts[enough]):
        alike = enough & (counts == count)
        chosen = statistics[:, alike]
        quantile = np.nanquantile if np.isnan(chosen).any() else np.quantile
        tail = ndtr(-np.sqrt(count / (count - 1)) * stdtrit(count - 1, (1 + level) / 2))
        low[alike], high[alike] = quantile(chosen, [tail, 1 - tail], axis=0)
    return low, high


def mean_by_group(values: ArrayLike, groups: ArrayLike) -> Estimate:
    """Return the mean of values with its interval by bootstrap over their groups.

    Args:
        values: float [N]; values that are not finite are left out.
        groups: [N], the source video of each value.

    Returns:
        Mean over values (a group with more values weighs more) and its interval.
    """
    values = np.asarray(values, dtype=np.float64)
    defined = np.isfinite(values)
    if not defined.any():
        return UNDEFINED
    names, codes = np.unique(np.asarray(groups)[defined], return_inverse=True)
    sums = np.bincount(codes, weights=values[defined], minlength=len(names))
    counts = np.bincount(codes, minlength=len(names))
    weights = resample_weights(len(names))
    low, high = percentile_interval((weights @ sums) / (weights @ counts), len(names))
    return Estimate(float(values[defined].mean()), float(low), float(high))
