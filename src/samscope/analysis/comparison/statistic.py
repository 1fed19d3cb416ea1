"""A statistic of a study whose source videos may be drawn again, and the difference of two of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.arrays import any_in_row, codes, ratio
from samscope.analysis.auroc import weighted_aurocs
from samscope.analysis.bootstrap import (
    SEED,
    Estimate,
    percentile_interval,
    resample_weights,
    whole_and_resampled_weights,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Statistic:
    """A statistic of some clips, for any number of times that each of their source videos counts.

    Attributes:
        under: takes weights, float64 [R, V], to the statistic under each row, float64 [R]; NaN where nothing
            defines it.
        videos: V, the source videos that it rests on.
        clips: the clips that it rests on.
    """

    under: Callable[[Floats], Floats]
    videos: int
    clips: int


@dataclass(frozen=True)
class Difference:
    """What differs between a study and the one that it is held against.

    Attributes:
        value: the statistic of the study, on what is compared.
        reference_value: that of the other one.
        difference: the former less the latter, with its 95 % interval by bootstrap over source videos.
        paired: whether both rest on the same clips and frames.
        clips: clips of the study that its value rests on.
        videos: source videos of these.
        reference_clips: clips of the other study.
        reference_videos: source videos of those.
    """

    value: float
    reference_value: float
    difference: Estimate
    paired: bool
    clips: int
    videos: int
    reference_clips: int
    reference_videos: int

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of a table of differences that hold numbers."""
        return {
            "value": self.value,
            "reference_value": self.reference_value,
            "difference": self.difference.value,
            "low": self.difference.low,
            "high": self.difference.high,
            "paired": self.paired,
            "clips": self.clips,
            "videos": self.videos,
            "reference_clips": self.reference_clips,
            "reference_videos": self.reference_videos,
        }


NUMBER_COLUMNS = (
    "value",
    "reference_value",
    "difference",
    "low",
    "high",
    "paired",
    "clips",
    "videos",
    "reference_clips",
    "reference_videos",
)
"""The keys of ``Difference.columns``."""


def difference(statistic: Statistic, reference: Statistic, *, paired: bool) -> Difference:
    """Return how far a statistic is above another one.

    Args:
        statistic: of a study.
        reference: of the study that it is held against.
        paired: whether both rest on the same clips, frames and source videos. A resample then takes the same
            videos in both, so that what a video adds to both is taken off. If not, each draws its own videos
            again, independently, and the interval is widened as for the fewer videos; where the studies share
            videos after all, it is wider than it need be.

    Returns:
        The difference; its interval is NaN where either rests on fewer than two source videos.
    """
    weights = whole_and_resampled_weights(statistic.videos)
    others = weights if paired else _other_weights(reference.videos)
    values, reference_values = _under(statistic, weights), _under(reference, others)
    apart = values - reference_values
    low, high = percentile_interval(apart[1:], min(statistic.videos, reference.videos))
    return Difference(
        float(values[0]),
        float(reference_values[0]),
        Estimate(float(apart[0]), float(low), float(high)),
        paired,
        statistic.clips,
        statistic.videos,
        reference.clips,
        reference.videos,
    )


def _under(statistic: Statistic, weights: Floats) -> Floats:
    return statistic.under(weights) if statistic.videos else np.full(len(weights), np.nan)


def _other_weights(videos: int) -> Floats:
    """Return weights as ``whole_and_resampled_weights``, drawn independently of those."""
    weights = whole_and_resampled_weights(videos)
    if videos:
        weights[1:] = resample_weights(videos, seed=SEED + 1)
    return weights


def mean_over_clips(values: Floats, videos: NDArray[np.str_] | NDArray[np.int64]) -> Statistic:
    """Return the mean of values [C], one a clip of the ``videos`` [C]; NaN is left out."""
    known = np.isfinite(values)
    member, count = codes(videos[known]), len(np.unique(videos[known]))
    sums = np.bincount(member, weights=values[known], minlength=count)
    sizes = np.bincount(member, minlength=count)
    return Statistic(lambda weights: ratio(weights @ sums, weights @ sizes), count, int(known.sum()))


def ratio_of_means(above: Floats, below: Floats, videos: NDArray[np.str_] | NDArray[np.int64]) -> Statistic:
    """Return the mean of ``above`` as a multiple of that of ``below``.

    Args:
        above: float64 [C, T]; values that are not finite are left out.
        below: float64 [C, S], likewise.
        videos: [C], the source video of each row.
    """
    used = any_in_row(np.isfinite(above)) | any_in_row(np.isfinite(below))
    member, count = codes(videos[used]), len(np.unique(videos[used]))
    (sums, sizes), (lower_sums, lower_sizes) = (
        _sums_by_group(values[used], member, count) for values in (above, below)
    )

    def under(weights: Floats) -> Floats:
        return ratio(
            ratio(weights @ sums, weights @ sizes), ratio(weights @ lower_sums, weights @ lower_sizes)
        )

    return Statistic(under, count, int(used.sum()))


def _sums_by_group(values: Floats, member: NDArray[np.int64], count: int) -> tuple[Floats, Floats]:
    known = np.isfinite(values)
    sums = np.where(known, values, 0.0).sum(axis=1)
    return (
        np.bincount(member, weights=sums, minlength=count).astype(np.float64),
        np.bincount(member, weights=known.sum(axis=1), minlength=count).astype(np.float64),
    )


def pooled_auroc_of(absent: Floats, other: Floats, videos: NDArray[np.int64]) -> Statistic:
    """Return the AUROC over all values together.

    Args:
        absent: float64 [C, T], NaN where there is none.
        other: float64 [C, T], likewise.
        videos: int [C], a code for the source video of each row.
    """
    is_absent, is_other = np.isfinite(absent), np.isfinite(other)
    used = any_in_row(is_absent) | any_in_row(is_other)
    names = np.unique(videos[used])
    column = np.searchsorted(names, videos)[:, None]
    of_absent, of_other = (np.broadcast_to(column, known.shape)[known] for known in (is_absent, is_other))

    def under(weights: Floats) -> Floats:
        return weighted_aurocs(absent[is_absent], of_absent, other[is_other], of_other, weights)

    return Statistic(under, len(names), int(used.sum()))
