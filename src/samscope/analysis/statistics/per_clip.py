"""Measures that have one value a clip, and their means over clips with intervals."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.statistics.arrays import any_in_row, ratio
from samscope.analysis.statistics.bootstrap import Bounds, Estimate
from samscope.analysis.statistics.resampled import mean
from samscope.analysis.statistics.resampling_plan import Plan


@dataclass(frozen=True, eq=False)
class PerClip:
    """A measure's value on each of C clips.

    Attributes:
        values: float64 [C]; NaN where nothing defines it.
        frames: int [C], how many frames the value rests on.
        undefined: int [C], how many more it would rest on, had they a value.
        asked: bool [C], the clips that the measure asks about.
    """

    values: NDArray[np.float64]
    frames: NDArray[np.int64]
    undefined: NDArray[np.int64]
    asked: NDArray[np.bool_]

    def minus(self, other: "PerClip") -> "PerClip":
        """Return this measure less another one of the same clips, NaN where either is."""
        return PerClip(
            self.values - other.values,
            self.frames + other.frames,
            self.undefined + other.undefined,
            self.asked & other.asked,
        )


def clip_means(
    values: NDArray[np.float64], inside: NDArray[np.bool_], asked: NDArray[np.bool_] | None = None
) -> PerClip:
    """Average over the frames of each clip.

    Args:
        values: float64 [C, T]; values that are not finite are left out and counted.
        inside: bool [C, T], the frames that the measure is about.
        asked: bool [C], the clips that it is about, all others having no value; by default those with such
            a frame.
    """
    asked = any_in_row(inside) if asked is None else asked
    inside = inside & asked[:, None]
    defined = inside & np.isfinite(values)
    return PerClip(
        ratio(np.where(defined, values, 0.0).sum(axis=1), defined.sum(axis=1)),
        defined.sum(axis=1),
        (inside & ~defined).sum(axis=1),
        asked,
    )


def summary(
    measure: PerClip, plan: Plan, bounds: Bounds | None = None, estimate: Estimate | None = None
) -> dict[str, Any]:
    """Average a measure over clips and say what the mean rests on.

    Args:
        measure: the measure.
        plan: for those clips.
        bounds: of the measure.
        estimate: a statistic of the clips that stands in the place of their mean.

    Returns:
        ``mean``, ``low`` and ``high`` of its 95 % interval (over source and partner videos; NaN with fewer
        than two of either), the ``frames``, ``clips`` and source ``videos`` that it rests on, ``undefined``
        frames that were left out, and ``undefined_clips`` that were asked about and have no value.
    """
    used = measure.asked & np.isfinite(measure.values)
    average = estimate or mean(np.where(used, measure.values, np.nan), plan, bounds).estimate
    return {
        "mean": average.value,
        "low": average.low,
        "high": average.high,
        "frames": int(measure.frames[used].sum()),
        "clips": int(used.sum()),
        "videos": len(np.unique(plan.sources[used])),
        "undefined": int(measure.undefined[measure.asked].sum()),
        "undefined_clips": int((measure.asked & ~used).sum()),
    }
