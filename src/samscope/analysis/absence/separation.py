"""How well a score tells the two sides of a contrast apart: AUROC, average precision and margin."""

import numpy as np

from samscope.analysis.absence.contrasts import Contrast, Pooling, Scores, pooled
from samscope.analysis.statistics.arrays import any_in_row
from samscope.analysis.statistics.auroc import pooled_auroc, within_rows_auroc
from samscope.analysis.statistics.average_precision import (
    chance_precision,
    pooled_average_precision,
    within_rows_average_precision,
)
from samscope.analysis.statistics.bootstrap import Estimate
from samscope.analysis.statistics.margin import (
    median_of_clips,
    pooled_margin,
    pooled_margin_without_each,
    row_gaps,
    row_margins,
)
from samscope.analysis.statistics.resampled import SHARE, Resampled, mean


def separation(sides: Contrast, scores: Scores, pooling: Pooling) -> Resampled:
    """Return the AUROC of a score, of all clips and as the contrast's plan takes them."""
    numbers = sides.absent_grid.clips
    if pooling == "within_clips":
        return within_rows_auroc(scores.absent, scores.other, sides.plan, numbers=numbers)
    return pooled_auroc(*pooled(scores), sides.plan, numbers=numbers)


def precision(sides: Contrast, scores: Scores, pooling: Pooling) -> Estimate:
    """Return the average precision of a score with its interval."""
    if pooling == "within_clips":
        return within_rows_average_precision(scores.absent, scores.other, sides.plan).estimate
    return pooled_average_precision(*pooled(scores), sides.plan).estimate


def margin(sides: Contrast, scores: Scores, pooling: Pooling) -> Estimate:
    """Return the perfect-separation margin of a score: of all frames, or the median of the draws' own."""
    if pooling == "within_clips":
        return median_of_clips(row_margins(scores.absent, scores.other), sides.plan)
    return pooled_margin(*pooled(scores), sides.plan)


def margin_without_each(sides: Contrast, scores: Scores) -> Estimate:
    """Return the margin of a score over all frames, and between what it becomes without any one video."""
    return pooled_margin_without_each(*pooled(scores), sides.plan)


def perfectly_separated(sides: Contrast, scores: Scores, pooling: Pooling) -> Estimate:
    """Return how often the lowest absent frame stands above the highest other one.

    Within clips it is the share of clips, with its interval; over all frames together there is one case, so
    that it is 0 or 1 and has no interval.
    """
    if pooling == "within_clips":
        gaps = row_gaps(scores.absent, scores.other)
        return mean(np.where(np.isnan(gaps), np.nan, gaps > 0), sides.plan, SHARE).estimate
    gap = float(row_gaps(scores.absent.reshape(1, -1), scores.other.reshape(1, -1))[0])
    return Estimate(np.nan if np.isnan(gap) else float(gap > 0), np.nan, np.nan)


def base_rates(scores: Scores, pooling: Pooling) -> dict[str, float]:
    """Return what an average precision is to be held against.

    ``base_rate`` is the share of absent frames, ``chance_precision`` the average precision that a score which
    knows nothing has on average; within clips both are means over the clips with both kinds of frames.
    """
    axis = None if pooling == "pooled" else 1
    absent = np.atleast_1d(np.isfinite(scores.absent).sum(axis=axis))
    other = np.atleast_1d(np.isfinite(scores.other).sum(axis=axis))
    both = (absent > 0) & (other > 0)
    if not both.any():
        return {"base_rate": np.nan, "chance_precision": np.nan}
    absent, other = absent[both], other[both]
    return {
        "base_rate": float((absent / (absent + other)).mean()),
        "chance_precision": float(chance_precision(absent, other).mean()),
    }


def sample_sizes(sides: Contrast, scores: Scores, pooling: Pooling) -> dict[str, int]:
    """Count what a separation rests on: absent and other frames, clips, source and partner videos, undefined.

    Within clips only the clips with both kinds of frames count.
    """
    absent, other = np.isfinite(scores.absent), np.isfinite(scores.other)
    used = any_in_row(absent) | any_in_row(other)
    if pooling == "within_clips":
        used = any_in_row(absent) & any_in_row(other)
    videos, partners = sides.plan.counts(used)
    return {
        "absent_frames": int(absent[used].sum()),
        "other_frames": int(other[used].sum()),
        "clips": int(used.sum()),
        "videos": int(videos),
        "partners": int(partners),
        "undefined": scores.undefined,
    }
