"""Area under the ROC curve: how often an absent frame stands above another one."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from samscope.analysis.arrays import ratio
from samscope.analysis.bootstrap import (
    UNDEFINED,
    Estimate,
    mean_by_group,
    whole_and_resampled_estimate,
    whole_and_resampled_weights,
)


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
    positive_groups: NDArray[np.int64],
    negative: NDArray[np.float64],
    negative_groups: NDArray[np.int64],
) -> Estimate:
    """Return the AUROC over all values together with its interval by bootstrap over groups.

    Args:
        positive: float [P], finite.
        positive_groups: int [P], a code for the group (source video) of each value.
        negative: float [N], finite.
        negative_groups: int [N], in the same codes.
    """
    if not len(positive) or not len(negative):
        return UNDEFINED
    groups, codes = np.unique(np.concatenate([positive_groups, negative_groups]), return_inverse=True)
    positive_codes, negative_codes = codes[: len(positive)], codes[len(positive) :]
    weights = whole_and_resampled_weights(len(groups))
    statistics = weighted_aurocs(positive, positive_codes, negative, negative_codes, weights)
    return whole_and_resampled_estimate(statistics, len(groups))


def weighted_aurocs(
    positive: NDArray[np.float64],
    positive_groups: NDArray[np.int64],
    negative: NDArray[np.float64],
    negative_groups: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the AUROC over all values together under each row of weights.

    Where group g counts w_g times the AUROC is
    sum_gh w_g w_h wins[g, h] / (sum_g w_g P_g * sum_h w_h N_h), so that no row needs sorting.

    Args:
        positive: float [P], finite.
        positive_groups: int [P], the group (source video) of each value, a column of ``weights``.
        negative: float [N], finite.
        negative_groups: int [N], likewise.
        weights: float64 [R, V], how often each group counts.

    Returns:
        float64 [R] in 0..1; NaN where a row takes no value of one kind.
    """
    groups = weights.shape[1]
    wins = _wins(positive, positive_groups, negative, negative_groups, groups)
    positives = np.bincount(positive_groups, minlength=groups)
    negatives = np.bincount(negative_groups, minlength=groups)
    pairs = (weights @ positives) * (weights @ negatives)
    return ratio(((weights @ wins) * weights).sum(axis=1), pairs)


def _wins(
    positive: NDArray[np.float64],
    positive_codes: NDArray[np.int64],
    negative: NDArray[np.float64],
    negative_codes: NDArray[np.int64],
    groups: int,
) -> NDArray[np.float64]:
    """Return [g, h]: how many pairs a positive value of group g wins against a negative one of group h."""
    wins = np.zeros((groups, groups))
    for group in range(groups):
        ordered = np.sort(negative[negative_codes == group])
        beaten = (
            np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
        ) / 2
        wins[:, group] = np.bincount(positive_codes, weights=beaten, minlength=groups)
    return wins


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
    positive: NDArray[np.float64], negative: NDArray[np.float64], groups: NDArray[np.int64]
) -> Estimate:
    """Return the mean over rows (clips) of each row's AUROC, with its interval by bootstrap over groups.

    Args:
        positive: float64 [C, P]; values that are not finite are left out.
        negative: float64 [C, N], likewise.
        groups: int [C], the source video of each row.
    """
    return mean_by_group(row_aurocs(positive, negative), groups)
