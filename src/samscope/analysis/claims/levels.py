"""How high a feature stands in parts of the clips, and its mean curve through their frames."""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.positions import LONG_WINDOW
from samscope.analysis.statistics.arrays import any_in_row, ratio
from samscope.analysis.statistics.grids import Grid
from samscope.analysis.statistics.resampled import Resampled, resampled, undefined

Part = Literal["prefix", "onset", "rest", "middle", "return"]
"""Frames of a clip: those before its middle; the first of the middle and the others of it; the whole of it;
the first frame after it."""


def level(evidence: Evidence, set_name: str, position: str, column: str, part: Part) -> Resampled:
    """Average a feature over the frames of a part of all clips of a set.

    Args:
        evidence: of a study.
        set_name: one of the six sets, or ``clean_gap``.
        position: a position's name.
        column: a column of the features table.
        part: which frames; values that are undefined on them are left out, and long distances to fewer than
            all five references, which a clip's first frames have.
    """
    laid_out = _values(evidence, set_name, position, column)
    if laid_out is None:
        return undefined(_no_features(set_name, position))
    grid, values = laid_out
    means = _mean(grid, np.where(_part(grid, part), values, np.nan)[:, :, None], column)
    return means if means.missing else replace(means, values=means.values[:, 0])


def curve(evidence: Evidence, set_name: str, position: str, column: str) -> Resampled:
    """Average a feature over the clips of a set, frame by frame; ``values`` is [1 + R, T]."""
    laid_out = _values(evidence, set_name, position, column)
    if laid_out is None:
        return undefined(_no_features(set_name, position))
    grid, values = laid_out
    return _mean(grid, values[:, None, :], column)


def _values(
    evidence: Evidence, set_name: str, position: str, column: str
) -> tuple[Grid, NDArray[np.float64]] | None:
    grid, rows = evidence.grids.get(set_name), evidence.cells.get((set_name, position))
    if grid is None or rows is None:
        return None
    counted = grid.recorded & ~grid.prompted
    if column.startswith("long"):
        counted &= grid.fill(rows, "references") == LONG_WINDOW
    return grid, np.where(counted, grid.fill(rows, column), np.nan)


def _part(grid: Grid, part: Part) -> NDArray[np.bool_]:
    """Return bool [C, T], the frames of a part; empty where a clip has no middle."""
    middle = grid.middle
    passed = np.cumsum(middle, axis=1)
    begun, first = passed > 0, middle & (passed == 1)
    after = begun & ~middle
    chosen: dict[Part, NDArray[np.bool_]] = {
        "prefix": ~begun & any_in_row(middle)[:, None],
        "onset": first,
        "rest": middle & ~first,
        "middle": middle,
        "return": after & (np.cumsum(after, axis=1) == 1),
    }
    return chosen[part]


def _mean(grid: Grid, values: NDArray[np.float64], column: str) -> Resampled:
    """Average values [C, N, M] over clips and N, [1 + R, M]."""
    defined = np.isfinite(values)
    sums = grid.plan.totals(np.where(defined, values, 0.0).sum(axis=1))
    used = any_in_row(np.logical_or.reduce(defined, axis=1))
    if not used.any():
        return undefined(f"no clip of {grid.set} has a value of {column} there")
    return resampled(ratio(sums, grid.plan.totals(defined.sum(axis=1))), grid.plan, used, grid.clips)


def _no_features(set_name: str, position: str) -> str:
    return f"the records hold no features of {set_name} at {position}"
