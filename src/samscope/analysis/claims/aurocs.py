"""AUROCs of absent frames under the plan that all claims share, so that they can be compared in pairs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from samscope.analysis.claims.places import PAPER_SPREAD, PLACES, STEADY_SPREAD, paper_column
from samscope.analysis.contrasts import (
    AGAINST,
    Against,
    Contrast,
    Scores,
    column_scores,
    combined_scores,
    contrast,
)
from samscope.analysis.grids import GAP_SET, Grid, frame_grid
from samscope.analysis.measurements import FEATURES, Spread
from samscope.analysis.plan import Plan, plan_of_clips
from samscope.analysis.resampled import Resampled
from samscope.analysis.separability import ABSENT_SETS
from samscope.analysis.separation import separation
from samscope.analysis.ways import COMBINATION, Cells

AurocKey = tuple[str, Against, int, str, Spread]
"""Set, other side of the contrast, the position's number, feature or ``combination``, and what the long
distance is regularised by: the paper's variance without a floor, or the same with one."""


def planned_grids(clips: pd.DataFrame, frames: pd.DataFrame) -> dict[str, Grid]:
    """Lay out the frames of each set that was run, and of ``clean_gap``, under one plan for all clips.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
    """
    names = [*clips["set"].unique(), *([GAP_SET] if (clips["set"] == "clean").any() else [])]
    plan = plan_of_clips(clips)
    return {str(name): _with_plan(frame_grid(clips, frames, name), clips, plan) for name in names}


def _with_plan(grid: Grid, clips: pd.DataFrame, plan: Plan) -> Grid:
    """Return a set's grid with its clips' part of the plan of all clips."""
    recorded_as = "clean" if grid.set == GAP_SET else grid.set
    rows = np.flatnonzero(clips["set"] == recorded_as)
    return replace(grid, plan=plan.take(rows[np.argsort(clips["clip"].to_numpy()[rows])]))


def shared_aurocs(
    clips: pd.DataFrame, frames: pd.DataFrame, cells: Cells, grids: Mapping[str, Grid]
) -> dict[AurocKey, Resampled]:
    """Measure how well each of the paper's features, and their combination, tells absent frames from others.

    The features are the paper's (the long distance regularised by the variance, without a floor and with
    one, references that contain the object), all clips are pooled, and the combination is cross-validated by
    source video.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
        cells: the rows of the features table by set and position.
        grids: the frames of each set, with the one plan of all.

    Returns:
        What is defined; a set, position or combination that is not has no entry.
    """
    found = {}
    for set_name in ABSENT_SETS:
        for against in AGAINST:
            sides = contrast(clips, frames, set_name, against)
            if set_name in grids:
                rows = np.searchsorted(grids[set_name].clips, sides.absent_grid.clips)
                sides = replace(sides, plan=grids[set_name].plan.take(rows))
            for number, position in PLACES.items():
                for feature, spread, scores in _scores(sides, cells, position):
                    auroc = separation(sides, scores, "pooled")
                    if not auroc.missing:
                        found[set_name, against, number, feature, spread] = auroc
    return found


def _scores(sides: Contrast, cells: Cells, position: str) -> Iterator[tuple[str, Spread, Scores]]:
    other_set = sides.set if sides.against == "present" else GAP_SET
    absent, other = cells.get((sides.set, position)), cells.get((other_set, position))
    if absent is None or other is None:
        return
    for spread in (PAPER_SPREAD, STEADY_SPREAD):
        single = {
            feature: column_scores(sides, absent, other, paper_column(feature, spread))
            for feature in FEATURES
        }
        yield from ((feature, spread, scores) for feature, scores in single.items())
        combined = combined_scores(sides, list(single.values()))
        if combined is not None:
            yield COMBINATION, spread, combined
