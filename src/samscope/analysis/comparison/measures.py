"""How J, F and what the tracker does about absence differ between two studies."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.comparison.shared_clips import Pair
from samscope.analysis.comparison.statistic import (
    NUMBER_COLUMNS,
    Difference,
    difference,
)
from samscope.analysis.masks.absence_measures import absence_by_clip
from samscope.analysis.masks.accuracy import accuracy_by_clip
from samscope.analysis.masks.recovery import search
from samscope.analysis.masks.tracked_frames import CLEAN, Tracked, tracked
from samscope.analysis.statistics.grids import Grid, frame_grid
from samscope.analysis.statistics.kaplan_meier import restricted_mean_wait
from samscope.analysis.statistics.per_clip import PerClip
from samscope.analysis.statistics.resampled import mean
from samscope.records.store import Study

ACCURACY_COLUMNS = ("set", "segment", "measure", *NUMBER_COLUMNS)
ABSENCE_COLUMNS = ("set", "measure", *NUMBER_COLUMNS)

WAIT = "frames_until_found"


def accuracy_differences(pair: Pair) -> pd.DataFrame:
    """Compare J, F and their mean, for each set and part of a clip that both studies have.

    Args:
        pair: the studies.

    Returns:
        One row a set, ``segment`` and ``measure`` as in ``accuracy``, with the columns of ``Difference``.
    """
    rows = [
        {
            "set": set_name,
            "segment": segment,
            "measure": measure,
            **_difference(pair, of_clips, reference[segment, measure], grid, reference_grid).columns,
        }
        for set_name in _sets(pair)
        for (grid, measures), (reference_grid, reference) in [
            (_accuracy(pair.study, set_name), _accuracy(pair.reference, set_name))
        ]
        for (segment, measure), of_clips in measures.items()
    ]
    return pd.DataFrame(rows, columns=list(ACCURACY_COLUMNS))


def absence_differences(pair: Pair) -> pd.DataFrame:
    """Compare what the tracker does about absence, for each set that loses its object in both studies.

    Args:
        pair: the studies.

    Returns:
        One row a set and ``measure`` as in ``absence_measures``, with the columns of ``Difference``. A
        measure that one of the studies lacks, as those beside the clean clips without these, is left out.
    """
    rows: list[dict[str, Any]] = []
    for set_name in _sets(pair):
        sides = [tracked(study.clips, study.frames, set_name) for study in (pair.study, pair.reference)]
        if all(side.grid.absent.any() for side in sides):
            rows += ({"set": set_name, **row} for row in _absence_rows(pair, *sides))
    return pd.DataFrame(rows, columns=list(ABSENCE_COLUMNS))


def _sets(pair: Pair) -> list[str]:
    of_reference = set(pair.reference.frames["set"].unique())
    return [str(name) for name in pair.study.frames["set"].unique() if name in of_reference]


def _accuracy(study: Study, set_name: str) -> tuple[Grid, dict[tuple[str, str], PerClip]]:
    grid = frame_grid(study.clips, study.frames, set_name)
    return grid, accuracy_by_clip(grid, study.frames.loc[study.frames["set"] == set_name])


def _absence_rows(pair: Pair, seen: Tracked, reference: Tracked) -> Iterator[dict[str, Any]]:
    measures, others = (
        absence_by_clip(side, _clean(study, side))
        for study, side in ((pair.study, seen), (pair.reference, reference))
    )
    for name, of_clips in measures.items():
        if name in others:
            measure_difference = _difference(pair, of_clips, others[name], seen.grid, reference.grid)
            yield {"measure": name, **measure_difference.columns}
        if name == "never_found":
            yield {"measure": WAIT, **_wait_difference(pair, seen, reference).columns}


def _clean(study: Study, seen: Tracked) -> Tracked | None:
    clean = tracked(study.clips, study.frames, CLEAN)
    return clean if seen.grid.set != CLEAN and len(clean.grid.clips) else None


def _difference(
    pair: Pair, of_clips: PerClip, reference: PerClip, grid: Grid, other_grid: Grid
) -> Difference:
    values, other_values = (
        np.where(measure.asked, measure.values, np.nan) for measure in (of_clips, reference)
    )
    if pair.paired:
        both = np.isfinite(values) & np.isfinite(other_values)
        values, other_values = np.where(both, values, np.nan), np.where(both, other_values, np.nan)
    return difference(
        mean(values, grid.plan),
        mean(other_values, grid.plan if pair.paired else other_grid.plan),
        paired=pair.paired,
    )


def _wait_difference(pair: Pair, seen: Tracked, reference: Tracked) -> Difference:
    own, other = search(seen), search(reference)
    horizon = max(own.horizon, other.horizon)
    reference_plan = seen.grid.plan if pair.paired else reference.grid.plan
    return difference(
        restricted_mean_wait(own.waits.values, own.found, seen.grid.plan, horizon),
        restricted_mean_wait(other.waits.values, other.found, reference_plan, horizon),
        paired=pair.paired,
    )
