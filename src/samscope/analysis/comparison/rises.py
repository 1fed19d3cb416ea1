"""How far features rise in the middle of the clips, in a study and beside another one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.absence.measurements import measurements
from samscope.analysis.comparison.shared_clips import Pair
from samscope.analysis.comparison.statistic import (
    NUMBER_COLUMNS,
    Floats,
    difference,
    ratio_of_means,
)
from samscope.analysis.statistics.grids import frame_grid
from samscope.analysis.statistics.resampled import Resampled
from samscope.analysis.statistics.resampling_plan import Plan
from samscope.records.store import Study

KEYS = ("set", "position", "feature")
COLUMNS = (*KEYS, "rise", "low", "high", "clips", "videos")
DIFFERENCE_COLUMNS = (*KEYS, *NUMBER_COLUMNS)


def feature_rises(study: Study) -> pd.DataFrame:
    """Measure how high each feature stands in the middle of the clips, as a multiple of the prefix before it.

    Features are distances in spaces of their own, so that those of two models, or of two input sizes, have
    no common unit; how far they rise has.

    Args:
        study: the study.

    Returns:
        One row a set (``clean_gap`` too), position and feature, measured by default: ``rise``, the mean over
        the frames of the middle divided by the mean over those of the prefix, of all clips together; 1 where
        nothing changes. ``low`` and ``high`` of its 95 % interval (over source and partner videos; NaN
        with fewer than two), and what it rests on. Undefined values are left out.
    """
    rows = []
    for key, levels in _levels(study):
        rise = levels.rise
        rows.append(
            {
                **key,
                "rise": rise.estimate.value,
                "low": rise.estimate.low,
                "high": rise.estimate.high,
                "clips": len(rise.clips),
                "videos": len(rise.videos),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def rise_differences(pair: Pair) -> pd.DataFrame:
    """Compare how far features rise in the middle, where both studies have them.

    Args:
        pair: the studies. Where they hold the same clips, only frames count on which the feature is defined
            in both.

    Returns:
        One row a set, position and feature as in ``feature_rises``, with the columns of ``Difference``.
    """
    others = {tuple(key.values()): levels for key, levels in _levels(pair.reference)}
    rows: list[dict[str, Any]] = []
    for key, levels in _levels(pair.study):
        reference = others.get(tuple(key.values()))
        if reference is None:
            continue
        here, there = levels, reference
        if pair.paired:
            here = levels.where_known(reference)
            there = replace(reference.where_known(levels), plan=levels.plan)
        rise_difference = difference(here.rise, there.rise, paired=pair.paired)
        rows.append({**key, **rise_difference.columns})
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


@dataclass(frozen=True, eq=False)
class _Levels:
    """A feature on the frames of the middle and of the prefix, float64 [C, T] each, NaN elsewhere."""

    middle: Floats
    prefix: Floats
    plan: Plan

    @property
    def rise(self) -> Resampled:
        return ratio_of_means(self.middle, self.prefix, self.plan)

    def where_known(self, other: "_Levels") -> "_Levels":
        """Return the levels on the frames on which another study has them too."""
        middle, prefix = (
            np.where(np.isfinite(there), here, np.nan)
            for here, there in ((self.middle, other.middle), (self.prefix, other.prefix))
        )
        return _Levels(middle, prefix, self.plan)


def _levels(study: Study) -> Iterator[tuple[dict[str, str], _Levels]]:
    grids = {name: frame_grid(study.clips, study.frames, name) for name in study.features["set"].unique()}
    cells = study.features.groupby(["set", "position"], sort=False, observed=True)
    for (set_name, position), rows in cells:
        grid = grids[set_name]
        before = ~np.logical_or.accumulate(grid.middle, axis=1) & ~grid.prompted
        for measure in measurements():
            values = grid.fill(rows, measure.column)
            middle, prefix = (np.where(part, values, np.nan) for part in (grid.middle, before))
            key = {"set": str(set_name), "position": str(position), "feature": str(measure.feature)}
            yield key, _Levels(middle, prefix, grid.plan)
