"""Separations of absent frames under the plan that all claims share, so that they can be compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from samscope.analysis.absence.contrasts import (
    AGAINST,
    Against,
    Contrast,
    Scores,
    at_onset,
    best_single_scores,
    column_scores,
    combined_scores,
    contrast,
)
from samscope.analysis.absence.detectors import COMBINATION, Cells
from samscope.analysis.absence.measurements import FEATURES, Feature
from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.analysis.absence.separation import margin_without_each, separation
from samscope.analysis.claims.positions import PAPER_SPREAD, PLACES, STEADY_SPREAD, paper_column
from samscope.analysis.statistics.bootstrap import Estimate
from samscope.analysis.statistics.grids import Grid, frame_grid
from samscope.analysis.statistics.resampled import Resampled
from samscope.analysis.statistics.resampling_plan import Plan, plan_of_clips
from samscope.observation.kinds import Spread
from samscope.records.schema import GAP_SET

BEST_SINGLE = "best single feature"
"""The feature that tells absence best on other source videos, as the combination is fitted to these."""

AT_ONSET: dict[Feature, str] = {
    "short": "short-term distance at the onset",
    "ratio": "short-term ratio at the onset",
}
"""Features on the first frames without the object alone, both on the frames on which both are defined."""

AurocKey = tuple[str, Against, int, str, Spread]
"""Set, other side of the contrast, the position's number, score (a feature, ``combination``, ``BEST_SINGLE``
or one of ``AT_ONSET``), and what the long distance is regularised by: the paper's variance without a floor,
or the same with one."""

MarginKey = tuple[str, Against, int, Spread]
"""The same for the combination."""


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


def shared_separations(
    clips: pd.DataFrame,
    frames: pd.DataFrame,
    cells: Cells,
    grids: Mapping[str, Grid],
    spreads: Sequence[Spread] = (PAPER_SPREAD, STEADY_SPREAD),
) -> tuple[dict[AurocKey, Resampled], dict[MarginKey, Estimate]]:
    """Measure how well each of the paper's features, and their combination, tells absent frames from others.

    The features are the paper's (the long distance regularised by the variance, without a floor and with
    one, references that contain the object) and all clips are pooled. What is fitted or chosen, the
    combination and the best single feature, is so on other source videos than it is scored on.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
        cells: the rows of the features table by set and position.
        grids: the frames of each set, with the one plan of all.
        spreads: what the long distance is regularised by, one or both of these.

    Returns:
        AUROCs, and perfect-separation margins of the combination, which lie between what they become without
        any one video; what is not defined has no entry.
    """
    aurocs: dict[AurocKey, Resampled] = {}
    margins: dict[MarginKey, Estimate] = {}
    for set_name in ABSENT_SETS:
        for against in AGAINST:
            sides = contrast(clips, frames, set_name, against)
            if set_name in grids:
                rows = np.searchsorted(grids[set_name].clips, sides.absent_grid.clips)
                sides = replace(sides, plan=grids[set_name].plan.take(rows))
            for number, position in PLACES.items():
                for score, spread, scores in _scores(sides, cells, position, spreads):
                    auroc = separation(sides, scores, "pooled")
                    if auroc.missing:
                        continue
                    aurocs[set_name, against, number, score, spread] = auroc
                    if score == COMBINATION:
                        margins[set_name, against, number, spread] = margin_without_each(sides, scores)
    return aurocs, margins


def _scores(
    sides: Contrast, cells: Cells, position: str, spreads: Sequence[Spread]
) -> Iterator[tuple[str, Spread, Scores]]:
    other_set = sides.set if sides.against == "present" else GAP_SET
    absent, other = cells.get((sides.set, position)), cells.get((other_set, position))
    if absent is None or other is None:
        return
    first = at_onset(sides)
    onsets = _on_common_frames(
        {
            name: column_scores(first, absent, other, paper_column(feature))
            for feature, name in AT_ONSET.items()
        }
    )
    for spread in spreads:
        single = {
            feature: column_scores(sides, absent, other, paper_column(feature, spread))
            for feature in FEATURES
        }
        yield from ((feature, spread, scores) for feature, scores in single.items())
        yield from ((name, spread, scores) for name, scores in onsets.items())
        for name, fitted in ((COMBINATION, combined_scores), (BEST_SINGLE, best_single_scores)):
            scores = fitted(sides, list(single.values()))
            if scores is not None:
                yield name, spread, scores


def _on_common_frames(scores: Mapping[str, Scores]) -> dict[str, Scores]:
    """Return scores where all of them are defined."""
    absent, other = (
        np.logical_and.reduce([np.isfinite(side) for side in sides])
        for sides in ([score.absent for score in scores.values()], [score.other for score in scores.values()])
    )
    return {
        name: replace(
            score, absent=np.where(absent, score.absent, np.nan), other=np.where(other, score.other, np.nan)
        )
        for name, score in scores.items()
    }
