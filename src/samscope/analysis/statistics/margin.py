"""The perfect-separation margin: how wide the gap is between absent frames and all others, if there is one.

The paper calls frames completely separable where a threshold parts the absent ones from all others without
error (A.2.1), and judges that by eye. The margin is the lowest value of an absent frame minus the highest of
any other, in pooled standard deviations: the root of both kinds' squares about their own means, added up and
divided by the number of values less two. It is above 0 where the separation is perfect, and only there.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.bootstrap import UNDEFINED, Estimate, percentile_interval
from samscope.analysis.statistics.resampled import freedom
from samscope.analysis.statistics.resampling_plan import Plan


def pooled_margin(
    positive: NDArray[np.float64],
    positive_clips: NDArray[np.int64],
    negative: NDArray[np.float64],
    negative_clips: NDArray[np.int64],
    plan: Plan,
) -> Estimate:
    """Return the margin over all values together, with its interval by drawing videos again.

    A margin rests on the two most extreme values, and a resample holds none that is more extreme. So the
    interval begins about where the margin is, and says how much of it hangs on the worst source videos; that
    the next video is no worse it cannot say.

    Args:
        positive: float [P], finite.
        positive_clips: int [P], the clip of each value, a column of the plan.
        negative: float [N], finite.
        negative_clips: int [N], likewise.
        plan: for C clips; their videos are drawn again with replacement, for a margin moves only with the few
            videos that hold the most extreme values.

    Returns:
        The margin; NaN where either kind is empty, where there are fewer than three values, and where neither
        kind varies.
    """
    if not len(positive) or not len(negative):
        return UNDEFINED
    sides = (positive, positive_clips), (negative, negative_clips)
    taken, values = _margins(*sides, plan, lambda own_plan: own_plan.drawn)
    return _drawn_estimate(values, taken)


def pooled_margin_without_each(
    positive: NDArray[np.float64],
    positive_clips: NDArray[np.int64],
    negative: NDArray[np.float64],
    negative_clips: NDArray[np.int64],
    plan: Plan,
) -> Estimate:
    """Return the margin over all values together, and between what it becomes without any one video.

    A separation is complete or it is not: one value on the wrong side refutes it. ``low`` and ``high`` say
    whether that hangs on one source or partner video. Where the separation is complete both are above 0: that
    the next video is no worse they cannot say.

    Args:
        positive: as for ``pooled_margin``.
        positive_clips: likewise.
        negative: likewise.
        negative_clips: likewise.
        plan: likewise; its rows leave out one video each.

    Returns:
        The margin, the least and the largest one without a video; NaN as for ``pooled_margin``.
    """
    if not len(positive) or not len(negative):
        return UNDEFINED
    sides = (positive, positive_clips), (negative, negative_clips)
    _, values = _margins(*sides, plan, lambda own_plan: own_plan.weights())
    defined = values[np.isfinite(values)]
    if not np.isfinite(values[0]) or len(defined) < 2:
        return Estimate(float(values[0]), np.nan, np.nan)
    return Estimate(float(values[0]), float(defined.min()), float(defined.max()))


_Values = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Values, and the clip of each."""


def _margins(
    positive: _Values, negative: _Values, plan: Plan, weights_of: Callable[[Plan], NDArray[np.float64]]
) -> tuple[Plan, NDArray[np.float64]]:
    """Return the plan of the clips that have values, and the margin under each row of weights."""
    used = np.unique(np.concatenate([positive[1], negative[1]]))
    taken = plan.take(used)
    weights = weights_of(taken)
    kinds = [(values, np.searchsorted(used, members)) for values, members in (positive, negative)]
    lowest = _lowest_taken(*kinds[0], weights)
    highest = -_lowest_taken(-kinds[1][0], kinds[1][1], weights)
    (squares, counts), (other_squares, other_counts) = (_squares(*kind, weights) for kind in kinds)
    spread = np.sqrt(ratio(squares + other_squares, counts + other_counts - 2))
    return taken, ratio(_gap(lowest, highest), spread)


def _drawn_estimate(values: NDArray[np.float64], plan: Plan) -> Estimate:
    videos, partners = plan.counts(np.ones(len(plan.sources), dtype=np.bool_))
    low, high = percentile_interval(values[1:], freedom(int(videos), int(partners)) + 1)
    return Estimate(float(values[0]), float(low), float(high))


def _lowest_taken(
    values: NDArray[np.float64], clips: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return [R], the lowest value of the clips that each row of weights [R, C] takes."""
    lowest = np.full(weights.shape[1], np.inf)
    np.minimum.at(lowest, clips, values)
    return np.asarray(np.where(weights > 0, lowest, np.inf).min(axis=1))


def _squares(
    values: NDArray[np.float64], clips: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return [R] each: squares of the values about their mean, and their number, by weights [R, C].

    Squares that are rounding beside the values' own are 0, so that equal values have none.
    """
    shifted = values - values.mean() if np.ptp(values) > 0 else np.zeros(len(values))
    sums = np.stack(
        [np.bincount(clips, weights=power, minlength=weights.shape[1]) for power in (shifted**2, shifted)],
        axis=1,
    )
    whole, first = (weights @ sums).T
    counts = weights @ np.bincount(clips, minlength=weights.shape[1])
    squares = whole - ratio(first**2, counts)
    return np.where(squares > _ROUNDING * whole, squares, 0.0), counts


_ROUNDING = 1e-12


def _row_squares(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return [C] each: squares about the row's mean, the mean (0 without values), and how many are finite."""
    defined = np.isfinite(values)
    sizes = defined.sum(axis=1)
    origin = np.where(sizes > 0, _lowest(values), 0.0)
    # Seen from one of them, equal values have a mean and squares of exactly 0, rounding or not.
    shifted = np.where(defined, values - origin[:, None], 0.0)
    mean = shifted.sum(axis=1) / np.maximum(sizes, 1)
    squares = (np.where(defined, shifted - mean[:, None], 0.0) ** 2).sum(axis=1)
    return squares, origin + mean, sizes


def row_gaps(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each row's lowest positive value minus its highest negative one.

    Args:
        positive: float64 [C, P]; values that are not finite are left out.
        negative: float64 [C, N], likewise.

    Returns:
        float64 [C], above 0 where the row is perfectly separated; NaN where it has no value of either kind.
    """
    return _gap(_lowest(positive), -_lowest(-negative))


def _lowest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return [C], the lowest finite value of each row of [C, M]; infinite where there is none."""
    return np.asarray(np.where(np.isfinite(values), values, np.inf).min(axis=1, initial=np.inf))


def _gap(lowest: NDArray[np.float64], highest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``lowest - highest``, NaN where there is no value of either kind."""
    gap = lowest - highest
    return np.where(np.isfinite(gap), gap, np.nan)


def row_margins(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the margin of each row by itself.

    Args:
        positive: float64 [C, P]; values that are not finite are left out.
        negative: float64 [C, N], likewise.

    Returns:
        float64 [C]; NaN where a row has no value of either kind, fewer than three values, or no spread.
    """
    (squares, _, sizes), (other_squares, _, other_sizes) = _row_squares(positive), _row_squares(negative)
    spread = np.sqrt(ratio(squares + other_squares, sizes + other_sizes - 2))
    return ratio(row_gaps(positive, negative), spread)


def median_of_clips(values: NDArray[np.float64], plan: Plan) -> Estimate:
    """Return the median of a number of each clip, with its interval by drawing videos again.

    Args:
        values: float64 [C]; values that are not finite are left out.
        plan: for those clips.

    Returns:
        Median over values (of two middle ones their mean); its interval is NaN with fewer than two videos.
    """
    defined = np.flatnonzero(np.isfinite(values))
    if not len(defined):
        return UNDEFINED
    plan = plan.take(defined)
    order = np.argsort(values[defined])
    ordered = values[defined][order]
    reached = np.cumsum(plan.drawn[:, order], axis=1)
    half = reached[:, -1:] / 2
    lower, upper = (reached >= half).argmax(axis=1), (reached > half).argmax(axis=1)
    medians = np.where(half[:, 0] > 0, (ordered[lower] + ordered[upper]) / 2, np.nan)
    medians[0] = np.median(ordered)
    return _drawn_estimate(medians, plan)
