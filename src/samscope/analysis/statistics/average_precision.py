"""Average precision: how few other frames are called absent by a threshold at each of the absent ones."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.resampled import SHARE, Resampled, mean, resampled, undefined
from samscope.analysis.statistics.resampling_plan import Plan


def pooled_average_precision(
    positive: NDArray[np.float64],
    positive_clips: NDArray[np.int64],
    negative: NDArray[np.float64],
    negative_clips: NDArray[np.int64],
    plan: Plan,
) -> Resampled:
    """Return the average precision over all values together, of all clips and as a plan takes them.

    It is the mean over positive values of the share of positive ones among all values at least as high: what
    ``sklearn.metrics.average_precision_score`` returns.

    Args:
        positive: float [P], finite.
        positive_clips: int [P], the clip of each value, a column of the plan.
        negative: float [N], finite.
        negative_clips: int [N], likewise.
        plan: for C clips.

    Returns:
        0..1; NaN where a row takes no value of one kind. What it must be held against is
        ``chance_precision``.
    """
    if not len(positive) or not len(negative):
        return undefined("there is nothing to tell apart")
    levels, of_positive = np.unique(positive, return_inverse=True)
    of_negative = np.searchsorted(levels, negative, "right") - 1
    reached = of_negative >= 0
    clips = len(plan.sources)
    shape = clips, len(levels)
    drawn = plan.totals(_counts(positive_clips, of_positive, shape))
    others_drawn = plan.totals(_counts(negative_clips[reached], of_negative[reached], shape))
    others = np.bincount(negative_clips, minlength=clips)
    above = _from_the_top(drawn)
    # Above a level that no row takes there may be nothing at all; its precision counts 0 times.
    every = above + _from_the_top(others_drawn)
    precision = np.divide(above, every, out=np.zeros_like(above), where=every > 0)
    total = np.where(plan.totals(others) > 0, drawn.sum(axis=1), 0)
    averages = ratio(np.einsum("rl,rl->r", drawn, precision), total)
    used = (others > 0) | (np.bincount(positive_clips, minlength=clips) > 0)
    return resampled(averages, plan, used, bounds=SHARE)


def _counts(
    clips: NDArray[np.int64], levels: NDArray[np.int64], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Return [C, L], how many values each clip has at each level."""
    counts = np.bincount(clips * shape[1] + levels, minlength=shape[0] * shape[1])
    return counts.reshape(shape).astype(np.float64)


def _from_the_top(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return [R, L], how many values there are at each level or above it."""
    return np.asarray(np.cumsum(counts[:, ::-1], axis=1)[:, ::-1])


def row_average_precisions(
    positive: NDArray[np.float64], negative: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the average precision of each row by itself.

    Args:
        positive: float64 [C, P]; values that are not finite are left out.
        negative: float64 [C, N], likewise.

    Returns:
        float64 [C] in 0..1; NaN where a row has no value of either kind.
    """
    is_positive, is_negative = np.isfinite(positive), np.isfinite(negative)
    from_the_top = -np.where(is_positive, positive, -np.inf)
    others = -np.where(is_negative, negative, -np.inf)
    among_positive = rankdata(from_the_top, method="max", axis=1)
    among_all = rankdata(np.concatenate([from_the_top, others], axis=1), method="max", axis=1)
    precision = np.where(is_positive, among_positive / among_all[:, : positive.shape[1]], 0.0)
    both = is_positive.any(axis=1) & is_negative.any(axis=1)
    return ratio(precision.sum(axis=1), np.where(both, is_positive.sum(axis=1), 0))


def within_rows_average_precision(
    positive: NDArray[np.float64], negative: NDArray[np.float64], plan: Plan
) -> Resampled:
    """Return the mean over rows (clips) of each row's average precision, and as a plan takes them.

    Args:
        positive: float64 [C, P]; values that are not finite are left out.
        negative: float64 [C, N], likewise.
        plan: for those clips.
    """
    return mean(row_average_precisions(positive, negative), plan, SHARE)


def chance_precision(positives: NDArray[np.int64], negatives: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the average precision that a score which knows nothing has on average.

    It is the mean over all orders of P positive and N negative values without ties,
    (H + (P - 1) / (n - 1) * (n - H)) / n with n = P + N and H = 1 + 1/2 + ... + 1/n. For many values that is
    the base rate P / n; for the few frames of one clip it is well above it.

    Args:
        positives: int, of any shape.
        negatives: int, of the same shape.

    Returns:
        float64 of that shape, 0..1; NaN where there is none of either kind.
    """
    both = (positives > 0) & (negatives > 0)
    count = np.where(both, positives + negatives, 2)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, count.max(initial=2) + 1))])[count]
    expected = (harmonic + (positives - 1) / (count - 1) * (count - harmonic)) / count
    return np.where(both, expected, np.nan)
