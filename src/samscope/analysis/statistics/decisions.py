"""From intervals to decisions: how surprising a number is, what a family allows, how many would do."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from scipy.stats import norm, t

from samscope.analysis.statistics.bootstrap import LEVEL, Estimate

MOST_VIDEOS = 10_000
"""Beyond so many videos no number is named: what would take more is not there to be seen."""


def p_value(estimate: Estimate, threshold: float) -> float:
    """Return how often a number would lie as far from the threshold, were the threshold the truth.

    It is two-sided, and below 0.05 exactly where the 95 % interval leaves the threshold out.

    Args:
        estimate: with an interval by Student's t; one without degrees of freedom is taken for normal.
        threshold: what it is held against.

    Returns:
        0..1; NaN without an interval.
    """
    if not estimate.has_interval:
        return math.nan
    distance, reach = _distance_and_reach(estimate, threshold)
    if reach == 0:
        return 1.0 if distance == 0 else 0.0
    if not estimate.freedom:
        return float(2 * norm.sf(abs(distance) / reach * norm.ppf((1 + LEVEL) / 2)))
    quantile = t.ppf((1 + LEVEL) / 2, estimate.freedom)
    return float(2 * t.sf(abs(distance) / reach * quantile, estimate.freedom))


def videos_needed(estimate: Estimate, threshold: float, videos: int) -> int | None:
    """Return about how many videos would tell a number from the threshold, were it to stay what it is.

    Args:
        estimate: with an interval.
        threshold: what it is held against.
        videos: how many it rests on, the fewer of sources and partners.

    Returns:
        The number, at least ``videos``; None without an interval, and beyond ``MOST_VIDEOS``.
    """
    if not estimate.has_interval:
        return None
    distance, reach = _distance_and_reach(estimate, threshold)
    if not reach:
        return videos
    if not abs(distance) > reach * math.sqrt(videos / MOST_VIDEOS) * 1e-3:
        return None
    error = reach / t.ppf((1 + LEVEL) / 2, max(videos - 1, 1)) * math.sqrt(videos)
    counts = np.unique(np.geomspace(max(videos, 2), MOST_VIDEOS, 400).round())
    enough = t.ppf((1 + LEVEL) / 2, counts - 1) * error / np.sqrt(counts) < abs(distance)
    return int(counts[enough][0]) if enough.any() else None


def _distance_and_reach(estimate: Estimate, threshold: float) -> tuple[float, float]:
    """Return how far a number is from a threshold and how far its interval reaches, on its scale."""
    if estimate.bounds is None:
        return estimate.value - threshold, (estimate.high - estimate.low) / 2
    lowest, highest = estimate.bounds
    ends = np.array([estimate.value, threshold, estimate.low, estimate.high])
    with np.errstate(divide="ignore"):
        value, held, low, high = logit(np.clip((ends - lowest) / (highest - lowest), 0.0, 1.0))
    if estimate.low == estimate.high:
        return estimate.value - threshold, 0.0
    return float(value - held), float(min(value - low, high - value))


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Return p-values of one family of tests, adjusted so that all of them together err in one of twenty.

    The least is multiplied by the number of tests, the next by one less, and so on; none is below the one
    before (S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, 1979). It holds whatever the
    tests have to do with each other.

    Args:
        p_values: 0..1; NaN is no test, and stays NaN.
    """
    given = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(given.shape, np.nan)
    tested = np.flatnonzero(np.isfinite(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(given[order] * factors), 1.0)
    return adjusted
