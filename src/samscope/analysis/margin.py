"""The perfect-separation margin: how wide the gap is between absent frames and all others, if there is one.

The paper calls frames completely separable where a threshold parts the absent ones from all others without
error (A.2.1), and judges that by eye. The margin is the lowest value of an absent frame minus the highest of
any other, in pooled standard deviations: the root of both kinds' squares about their own means, added up and
divided by the number of values less two. It is above 0 where the separation is perfect, and only there.
"""

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.arrays import ratio
from samscope.analysis.bootstrap import (
    UNDEFINED,
    Estimate,
    percentile_interval,
    resample_weights,
    whole_and_resampled_estimate,
    whole_and_resampled_weights,
)


def pooled_margin(
    positive: NDArray[np.float64],
    positive_groups: NDArray[np.int64],
    negative: NDArray[np.float64],
    negative_groups: NDArray[np.int64],
) -> Estimate:
    """Return the margin over all values together with its interval by bootstrap over groups.

    A margin rests on the two most extreme values, and a resample holds none that is more extreme. So the
    interval begins about where the margin is, and says how much of it hangs on the worst source videos; that
    the next video is no worse it cannot say.

    Args:
        positive: float [P], finite.
        positive_groups: int [P], a code for the group (source video) of each value.
        negative: float [N], finite.
        negative_groups: int [N], in the same codes.

    Returns:
        The margin; NaN where either kind is empty, where there are fewer than three values, and where neither
        kind varies.
    """
    if not len(positive) or not len(negative):
        return UNDEFINED
    groups, codes = np.unique(np.concatenate([positive_groups, negative_groups]), return_inverse=True)
    weights = whole_and_resampled_weights(len(groups))
    kinds = [
        _grouped(values, members, len(groups))
        for values, members in ((positive, codes[: len(positive)]), (negative, codes[len(positive) :]))
    ]
    lowest = np.where(weights > 0, _lowest(kinds[0]), np.inf).min(axis=1)
    highest = -np.where(weights > 0, _lowest(-kinds[1]), np.inf).min(axis=1)
    (squares, counts), (other_squares, other_counts) = (_squares(kind, weights) for kind in kinds)
    spread = np.sqrt(ratio(squares + other_squares, counts + other_counts - 2))
    found = ratio(_gap(lowest, highest), spread)
    return whole_and_resampled_estimate(found, len(groups))


def _grouped(values: NDArray[np.float64], groups: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Return [G, M], the values with one row a group, filled up with NaN."""
    order = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups, minlength=count)
    place = np.arange(len(values)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    laid_out = np.full((count, sizes.max()), np.nan)
    laid_out[groups[order], place] = values[order]
    return laid_out


def _squares(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return [R] each: squares of the values [G, M] about their mean, and their number, by weights [R, G].

    Squares within groups and between pairs of groups are added up, so that equal values have none, exactly.
    """
    within, means, sizes = _row_squares(values)
    taken = weights * sizes
    counts = taken.sum(axis=1)
    apart = np.where(sizes[:, None] * sizes > 0, (means[:, None] - means) ** 2, 0.0)
    between = ratio(((taken @ apart) * taken).sum(axis=1), 2 * counts)
    return weights @ within + between, counts


def _row_squares(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return [C] each: squares about the row's mean, the mean (0 without values), and how many are finite."""
    known = np.isfinite(values)
    sizes = known.sum(axis=1)
    origin = np.where(sizes > 0, _lowest(values), 0.0)
    # Seen from one of them, equal values have a mean and squares of exactly 0, rounding or not.
    shifted = np.where(known, values - origin[:, None], 0.0)
    mean = shifted.sum(axis=1) / np.maximum(sizes, 1)
    squares = (np.where(known, shifted - mean[:, None], 0.0) ** 2).sum(axis=1)
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


def median_by_group(values: NDArray[np.float64], groups: NDArray[np.int64]) -> Estimate:
    """Return the median of values with its interval by bootstrap over their groups.

    Args:
        values: float64 [N]; values that are not finite are left out.
        groups: int [N], the source video of each value.

    Returns:
        Median over values (of two middle ones their mean); its interval is NaN with fewer than two groups.
    """
    known = np.isfinite(values)
    if not known.any():
        return UNDEFINED
    names, codes = np.unique(groups[known], return_inverse=True)
    order = np.argsort(values[known])
    ordered = values[known][order]
    reached = np.cumsum(resample_weights(len(names))[:, codes[order]], axis=1)
    half = reached[:, -1:] / 2
    lower, upper = (reached >= half).argmax(axis=1), (reached > half).argmax(axis=1)
    low, high = percentile_interval((ordered[lower] + ordered[upper]) / 2, len(names))
    return Estimate(float(np.median(ordered)), float(low), float(high))
