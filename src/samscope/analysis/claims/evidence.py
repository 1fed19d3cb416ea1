"""What claims are tested on: a study's records and results, laid out once for all of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.absence.detectors import Cells, cells_of
from samscope.analysis.claims.aurocs import AurocKey, MarginKey, planned_grids, shared_separations
from samscope.analysis.claims.beside_twin import BesideTwin, aurocs_beside_twin
from samscope.analysis.map_contrasts import map_contrasts
from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.bootstrap import Estimate
from samscope.analysis.statistics.correlation import Correlation
from samscope.analysis.statistics.grids import Grid
from samscope.analysis.statistics.resampled import Resampled, resampled, undefined
from samscope.records.store import Study


@dataclass(frozen=True, eq=False)
class Evidence:
    """The records of a study, and those of its results that claims read.

    Attributes:
        study: the study.
        cells: the rows of its features table by set and position.
        grids: the frames of each set that was run, and of ``clean_gap``. Their plans are parts of one plan
            for all clips, so that what is calculated from several sets keeps its pairing.
        aurocs: of absent frames, under that plan.
        margins: between absent frames and the others, by the combination.
        distances: what ``pointer_distances`` returned for the obscured clips.
        correlation: of those distances with the fraction obscured, by rank within clips.
        decoding_scores: what ``decoding_scores`` returned.
        motion_lead: what ``motion_lead`` returned.
        map_contrasts: how objects, borders and edges stand out of the position maps.
        beside_twin: what the model and its random twin tell on the clips that both have tracked; None where
            there is no twin.
    """

    study: Study
    cells: Cells
    grids: dict[str, Grid]
    aurocs: dict[AurocKey, Resampled]
    margins: dict[MarginKey, Estimate]
    distances: pd.DataFrame
    correlation: Correlation
    decoding_scores: pd.DataFrame
    motion_lead: pd.DataFrame
    map_contrasts: pd.DataFrame
    beside_twin: BesideTwin | None = None

    def mean(
        self, set_name: str, values: NDArray[np.float64], clips: NDArray[np.int64], missing: str
    ) -> Resampled:
        """Average values of a set's clips, or of their frames.

        Args:
            set_name: the set's name.
            values: float64 [N]; those that are not finite are left out.
            clips: int [N], the clip of each.
            missing: what it means that there is none.
        """
        defined = np.isfinite(values)
        if not defined.any() or set_name not in self.grids:
            return undefined(missing)
        grid = self.grids[set_name]
        columns, count = np.searchsorted(grid.clips, clips[defined]), len(grid.clips)
        sums = np.bincount(columns, weights=values[defined], minlength=count)
        counts = np.bincount(columns, minlength=count)
        means = ratio(grid.plan.totals(sums), grid.plan.totals(counts))
        return resampled(means, grid.plan, counts > 0, grid.clips)


def gather(
    study: Study,
    *,
    distances: pd.DataFrame,
    correlation: Correlation,
    decoding_scores: pd.DataFrame,
    motion_lead: pd.DataFrame,
) -> Evidence:
    """Lay out a study for its claims; the arguments are the attributes of ``Evidence``."""
    clips, frames = study.clips, study.frames
    grids = planned_grids(clips, frames)
    cells = cells_of(study.features)
    aurocs, margins = shared_separations(clips, frames, cells, grids)
    return Evidence(
        study,
        cells,
        grids,
        aurocs,
        margins,
        distances,
        correlation,
        decoding_scores,
        motion_lead,
        map_contrasts(study),
        aurocs_beside_twin(study),
    )
