"""How far a statistic of a study is above that of another one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.statistics.arrays import any_in_row, ratio
from samscope.analysis.statistics.bootstrap import Estimate
from samscope.analysis.statistics.resampled import Resampled, resampled
from samscope.analysis.statistics.resampling_plan import Plan

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """What differs between a study and the one that it is held against.

    Attributes:
        value: the statistic of the study, on what is compared.
        reference_value: that of the other one.
        difference: the former less the latter, with its 95 % interval.
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


def difference(statistic: Resampled, reference: Resampled, *, paired: bool) -> Difference:
    """Return how far a statistic is above another one.

    Args:
        statistic: of a study.
        reference: of the study that it is held against.
        paired: whether both rest on the same clips and frames, under the same plan. The same videos are then
            left out of both, so that what a video adds to both is taken off. If not, each leaves out its own,
            and the variances of both add up; where the studies share videos after all, the interval is wider
            than it need be.

    Returns:
        The difference; its interval is NaN where either rests on fewer than two source videos.
    """
    apart = statistic - reference if paired else statistic.apart_from(reference)
    return Difference(
        float(statistic.value),
        float(reference.value),
        apart.estimate,
        paired,
        len(statistic.clips),
        len(statistic.videos),
        len(reference.clips),
        len(reference.videos),
    )


def ratio_of_means(above: Floats, below: Floats, plan: Plan) -> Resampled:
    """Return the mean of ``above`` as a multiple of that of ``below``.

    Args:
        above: float64 [C, T]; values that are not finite are left out.
        below: float64 [C, S], likewise.
        plan: for those clips.
    """
    used = any_in_row(np.isfinite(above)) | any_in_row(np.isfinite(below))
    return resampled(ratio(_means(above, plan), _means(below, plan)), plan, used)


def _means(values: Floats, plan: Plan) -> Floats:
    defined = np.isfinite(values)
    sums = np.where(defined, values, 0.0).sum(axis=1)
    return ratio(plan.totals(sums), plan.totals(defined.sum(axis=1)))
