"""Area under the ROC curve: how often an absent frame stands above another one."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array
from scipy.stats import rankdata

from samscope.analysis.statistics.arrays import any_in_row, ratio
from samscope.analysis.statistics.resampled import SHARE, Resampled, mean, resampled, undefined
from samscope.analysis.statistics.resampling_plan import Plan


def auroc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """Return the chance that a positive value is above a negative one, ties counted half.

    Args:
        positive: float [P], finite.
        negative: float [N], finite.

    Returns:
        0..1; NaN where either is empty.
    """
    if not len(positive) or not len(negative):
        return np.nan
    ranks = rankdata(np.concatenate([positive, negative]))
    wins = ranks[: len(positive)].sum() - len(positive) * (len(positive) + 1) / 2
    return float(wins / (len(positive) * len(negative)))


def pooled_auroc(
    positive: NDArray[np.float64],
    positive_clips: NDArray[np.int64],
    negative: NDArray[np.float64],
    negative_clips: NDArray[np.int64],
    plan: Plan,
    *,
    numbers: NDArray[np.int64] | None = None,
) -> Resampled:
    """Return the AUROC over all values together, of all clips and as a plan takes them.

    Without some clips it is what all pairs win, less those in which either value is left out, plus those in
    which both are and which were taken off twice: no row of the plan needs sorting.

    Args:
        positive: float [P], finite.
        positive_clips: int [P], the clip of each value, a column of the plan.
        negative: float [N], finite.
        negative_clips: int [N], likewise.
        plan: for C clips.
        numbers: int [C], the clips' numbers.

    Returns:
        0..1 under each row; NaN where a row takes no value of one kind, undefined where there is none.
    """
    if not len(positive) or not len(negative):
        return undefined("there is nothing to tell apart")
    clips = len(plan.sources)
    levels = np.unique(np.concatenate([positive, negative]), return_inverse=True)[1].astype(np.int64)
    above, below = levels[: len(positive)], levels[len(positive) :]
    count = int(levels.max()) + 1
    beaten, beating = _beaten(below, count)[above], len(positive) - _beaten(above, count)[below]
    by_clip = np.stack(
        [
            np.bincount(positive_clips, weights=beaten, minlength=clips),
            np.bincount(negative_clips, weights=beating, minlength=clips),
            np.bincount(positive_clips, minlength=clips),
            np.bincount(negative_clips, minlength=clips),
        ],
        axis=1,
    )
    totals = plan.totals(by_clip)
    wins = totals[:, 0] + totals[:, 1] - beaten.sum()
    wins[1:] += _wins_inside(above, positive_clips, below, negative_clips, plan)
    used = any_in_row(by_clip[:, 2:] > 0)
    return resampled(ratio(wins, totals[:, 2] * totals[:, 3]), plan, used, numbers, SHARE)


def _beaten(levels: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Return [count], how many of some values a value of each level is above, equal ones counted half."""
    there = np.bincount(levels, minlength=count)
    return np.asarray(np.cumsum(there) - there / 2)


def _wins_inside(
    above: NDArray[np.int64],
    positive_clips: NDArray[np.int64],
    below: NDArray[np.int64],
    negative_clips: NDArray[np.int64],
    plan: Plan,
) -> NDArray[np.float64]:
    """Return [R], the pairs won among the values that each row leaves out."""
    count = int(max(above.max(), below.max())) + 1
    (rows, shares, of_positive), (other_rows, other_shares, of_negative) = (
        _memberships(plan.left_out_by_clip, clips) for clips in (positive_clips, negative_clips)
    )
    keys = np.concatenate([rows * count + above[of_positive], other_rows * count + below[of_negative]])
    places, of_key = np.unique(keys, return_inverse=True)
    positives = np.bincount(of_key[: len(rows)], weights=shares, minlength=len(places))
    negatives = np.bincount(of_key[len(rows) :], weights=other_shares, minlength=len(places))
    row = places // count
    lower = np.cumsum(negatives) - negatives
    start = np.searchsorted(row, row)
    won = positives * (lower - lower[start] + negatives / 2)
    return np.bincount(row, weights=won, minlength=len(plan.roles)).astype(np.float64)


def _memberships(
    left_out: csc_array, clips: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the rows that leave a value's clip out, the shares that they take off, and its number."""
    starts, sizes = left_out.indptr[clips], np.diff(left_out.indptr)[clips]
    value = np.repeat(np.arange(len(clips)), sizes)
    place = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
    return left_out.indices[place].astype(np.int64), left_out.data[place], value


def row_aurocs(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the AUROC of each row by itself.

    Args:
        positive: float64 [C, P]; values that are not finite are left out.
        negative: float64 [C, N], likewise.

    Returns:
        float64 [C] in 0..1; NaN where a row has no value of either kind.
    """
    is_positive, is_negative = np.isfinite(positive), np.isfinite(negative)
    values = np.concatenate([positive, negative], axis=1)
    ranks = rankdata(np.where(np.isfinite(values), values, np.inf), axis=1)[:, : positive.shape[1]]
    positives, negatives = is_positive.sum(axis=1), is_negative.sum(axis=1)
    wins = np.where(is_positive, ranks, 0.0).sum(axis=1) - positives * (positives + 1) / 2
    return ratio(wins, positives * negatives)


def within_rows_auroc(
    positive: NDArray[np.float64],
    negative: NDArray[np.float64],
    plan: Plan,
    *,
    numbers: NDArray[np.int64] | None = None,
) -> Resampled:
    """Return the mean over rows (clips) of each row's AUROC, of all clips and as a plan takes them.

    Args:
        positive: float64 [C, P]; values that are not finite are left out.
        negative: float64 [C, N], likewise.
        plan: for those clips.
        numbers: int [C], the clips' numbers.
    """
    return mean(row_aurocs(positive, negative), plan, SHARE, numbers)
