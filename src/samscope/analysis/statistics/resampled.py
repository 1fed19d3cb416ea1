"""A statistic and what becomes of it without each video: the one currency of all that has an interval.

The interval is Student's t on the variance of leaving one video out (the jackknife). Where clips hang on
sources and on partners, both variances are added and that of the pairs is taken off, or the larger one stands
if it is more than that, with as many degrees of freedom as the fewer of both have (J. G. MacKinnon, M. O.
Nielsen and M. D. Webb, Jackknife inference with two-way clustering, 2024). A statistic that has bounds gets
its interval on the scale of its log odds, so that it neither leaves them nor misses to one side.
``benchmarks/coverage.py`` measures what that is worth.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Union

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, stdtrit

from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.bootstrap import LEVEL, Bounds, Estimate
from samscope.analysis.statistics.resampling_plan import PAIR, PARTNER, SOURCE, Plan

Floats = NDArray[np.float64]
Operand = Union["Resampled", float]

SHARE: Bounds = (0.0, 1.0)
"""Bounds of AUROC, precision, J, F and every share."""

CORRELATION: Bounds = (-1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Resampled:
    """A statistic of some clips under every row of one plan.

    Because the rows are the same, what is calculated from several of these keeps their pairing: the
    difference of two positions has the interval of a paired difference.

    Attributes:
        values: float64 [1 + R, ...], of all clips first, then as each row of the plan takes them; NaN where
            nothing defines it.
        roles: int [R], what each row leaves out, as in ``Plan``.
        clips: numbers of the clips (draws) that it rests on.
        videos: the source videos that it rests on.
        partners: the partner videos that it rests on; empty where it hangs on none.
        missing: why it is not defined; empty where it is.
        bounds: what it cannot leave; None where it has no such bounds.
    """

    values: Floats
    roles: NDArray[np.int64]
    clips: frozenset[int]
    videos: frozenset[int]
    partners: frozenset[int] = frozenset()
    missing: str = ""
    bounds: Bounds | None = None

    @property
    def value(self) -> Floats:
        """The statistic of all clips."""
        return np.asarray(self.values[0])

    @property
    def resampled(self) -> Floats:
        """What it is under each row of the plan, [R, ...]."""
        return self.values[1:]

    @property
    def estimate(self) -> Estimate:
        """A single number with its 95 % interval; ``values`` is [1 + R]."""
        return estimate_of(self.values, self.roles, len(self.videos), len(self.partners), self.bounds)

    def __sub__(self, other: Operand) -> "Resampled":
        """Return the difference; of two, on what both rest on."""
        return self._with(other, np.subtract)

    def __truediv__(self, other: Operand) -> "Resampled":
        """Return the ratio, NaN where the denominator is not above 0."""
        return self._with(other, ratio)

    def __add__(self, other: Operand) -> "Resampled":
        """Return the sum."""
        return self._with(other, np.add)

    def __mul__(self, factor: float) -> "Resampled":
        """Return the product with a number."""
        return self._with(factor, np.multiply)

    def maximum(self, other: "Resampled") -> "Resampled":
        """Return the larger one of both, on what both rest on."""
        return self._with(other, np.maximum)

    def apart_from(self, other: "Resampled") -> "Resampled":
        """Return the difference from a statistic of other clips, whose videos are left out apart from these.

        Its variance is that of both added up, and it rests on the fewer videos of both.
        """
        missing = self.missing or other.missing
        if missing:
            return undefined(missing)
        fewer, partners = (
            min(sets, key=len) for sets in ((self.videos, other.videos), (self.partners, other.partners))
        )
        partners = partners or self.partners or other.partners
        both = [self.resampled - other.values[:1], self.values[:1] - other.resampled]
        return Resampled(
            np.concatenate([self.values[:1] - other.values[:1], *both]),
            np.concatenate([self.roles, other.roles]),
            self.clips,
            fewer,
            partners,
        )

    def _with(
        self,
        other: Operand,
        combine: Callable[[Floats, Floats], Floats],
    ) -> "Resampled":
        missing = self.missing or (other.missing if isinstance(other, Resampled) else "")
        if missing:
            return undefined(missing)
        if isinstance(other, Resampled):
            return Resampled(
                combine(self.values, other.values),
                self.roles,
                self.clips & other.clips,
                self.videos & other.videos,
                shared_partners([self, other]),
            )
        number = np.full(self.values.shape, other)
        return replace(self, values=combine(self.values, number), bounds=None)


def shared_partners(statistics: Sequence[Resampled]) -> frozenset[int]:
    """Return the partners that all statistics rest on which hang on any."""
    of_each = [statistic.partners for statistic in statistics if statistic.partners]
    return frozenset.intersection(*of_each) if of_each else frozenset()


def undefined(missing: str) -> Resampled:
    """Return a statistic that nothing defines, and why."""
    return Resampled(
        np.full(1, np.nan), np.empty(0, dtype=np.int64), frozenset(), frozenset(), missing=missing
    )


def resampled(
    values: Floats,
    plan: Plan,
    used: NDArray[np.bool_],
    numbers: NDArray[np.int64] | None = None,
    bounds: Bounds | None = None,
) -> Resampled:
    """Return a statistic from its values under a plan.

    Args:
        values: float64 [1 + R, ...].
        plan: for C clips.
        used: bool [C], the clips that it rests on.
        numbers: int [C], the clips' numbers; their places in the plan if not given.
        bounds: of the statistic.
    """
    lent = plan.partners[used]
    names = np.arange(len(used)) if numbers is None else numbers
    return Resampled(
        values,
        plan.roles,
        frozenset(names[used].tolist()),
        frozenset(plan.sources[used].tolist()),
        frozenset(lent[lent >= 0].tolist()),
        bounds=bounds,
    )


def mean(
    values: ArrayLike, plan: Plan, bounds: Bounds | None = None, numbers: NDArray[np.int64] | None = None
) -> Resampled:
    """Average a number of each clip over clips.

    Args:
        values: float [C]; those that are not finite are left out.
        plan: for those clips.
        bounds: of the values.
        numbers: int [C], the clips' numbers.
    """
    values = np.asarray(values, dtype=np.float64)
    defined = np.isfinite(values)
    means = ratio(plan.totals(np.where(defined, values, 0.0)), plan.totals(defined))
    return resampled(means, plan, defined, numbers, bounds)


def column_means(values: Floats, plan: Plan) -> tuple[Floats, Floats, Floats]:
    """Return the mean of every column over clips with its interval.

    Args:
        values: float64 [C, T]; values that are not finite are left out.
        plan: for those clips.

    Returns:
        Means, lower and upper ends, each float64 [T]; a mean is NaN where nothing defines it, an end where
        fewer than two videos do.
    """
    defined = np.isfinite(values)
    means = ratio(plan.totals(values), plan.totals(defined))
    low, high = intervals(means, plan.roles, *plan.counts(defined))
    return means[0], low, high


def estimate_of(
    values: Floats, roles: NDArray[np.int64], videos: int, partners: int = 0, bounds: Bounds | None = None
) -> Estimate:
    """Return a statistic [1 + R] with its interval."""
    low, high = intervals(values, roles, np.asarray(videos), np.asarray(partners), bounds)
    return Estimate(float(values[0]), float(low), float(high), freedom(videos, partners), bounds)


def freedom(videos: int, partners: int = 0) -> int:
    """Return the degrees of freedom of an interval over videos; no partners are counted where there are 0."""
    return (min(videos, partners) if partners else videos) - 1


def intervals(
    values: Floats,
    roles: NDArray[np.int64],
    videos: NDArray[np.int64],
    partners: NDArray[np.int64],
    bounds: Bounds | None = None,
) -> tuple[Floats, Floats]:
    """Return 95 % intervals of statistics.

    Args:
        values: float64 [1 + R, ...], of all clips first, then without each video.
        roles: int [R], what each row leaves out.
        videos: int [...], how many source videos each statistic rests on.
        partners: int [...], how many partner videos; 0 where it hangs on none.
        bounds: of the statistics.

    Returns:
        Lower and upper ends, float64 [...]; NaN where there are fewer than two videos in either role, and
        where the statistic is not defined without one of them.
    """
    whole = values[0]
    fewest = np.where(partners > 0, np.minimum(videos, partners), videos)
    most = np.maximum(videos, partners)
    steps = values[1:] - whole if bounds is None else _steps(values, bounds)
    squares = steps**2
    of_source, of_partner, of_pair = (
        squares[roles == role].sum(axis=0) * (number - 1) / np.maximum(number, 1)
        for role, number in ((SOURCE, videos), (PARTNER, partners), (PAIR, most))
    )
    crosswise = np.maximum(np.maximum(of_source, of_partner), of_source + of_partner - of_pair)
    variance = np.where(partners > 0, crosswise, of_source)
    enough = np.isfinite(whole) & np.isfinite(variance) & (fewest >= 2)
    reach = stdtrit(np.maximum(fewest - 1, 1), (1 + LEVEL) / 2) * np.sqrt(np.where(enough, variance, np.nan))
    if bounds is None:
        return whole - reach, whole + reach
    return _bounded(whole, reach, bounds)


def _steps(values: Floats, bounds: Bounds) -> Floats:
    """Return how far statistics move on the scale of the log odds, [R, ...]; 0 where they do not move at all.

    One that reaches a bound without some video has infinite log odds there: no step counts for more than
    ``_FARTHEST``.
    """
    shares = np.clip((values - bounds[0]) / (bounds[1] - bounds[0]), 0.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(values[1:] == values[0], 0.0, logit(shares[1:]) - logit(shares[0]))
    return np.where(np.isnan(values[1:]), np.nan, np.clip(steps, -_FARTHEST, _FARTHEST))


_FARTHEST = 1.5
"""In log odds. A share that reaches a near bound without one video has moved by about 1, to first order."""


def _bounded(value: Floats, reach: Floats, bounds: Bounds) -> tuple[Floats, Floats]:
    """Return the ends of intervals that reach equally far on the scale of the log odds."""
    lowest, width = bounds[0], bounds[1] - bounds[0]
    with np.errstate(divide="ignore"):
        odds = logit(np.clip((value - lowest) / width, 0.0, 1.0))
    low, high = (lowest + width * expit(odds + side) for side in (-reach, reach))
    still = reach == 0
    return np.where(still, value, low), np.where(still, value, high)
