"""What claims are tested on: a study's records and results, laid out once for all of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.arrays import ratio
from samscope.analysis.bootstrap import whole_and_resampled_weights
from samscope.analysis.claims.aurocs import AurocKey, shared_aurocs
from samscope.analysis.claims.sampled import Sampled, undefined
from samscope.analysis.correlation import Correlation
from samscope.analysis.grids import GAP_SET, Grid, frame_grid
from samscope.analysis.map_contrasts import map_contrasts
from samscope.analysis.ways import Cells, cells_of
from samscope.records.store import Study


@dataclass(frozen=True, eq=False)
class Evidence:
    """The records of a study, and those of its results that claims read.

    Attributes:
        study: the study.
        cells: the rows of its features table by set and position.
        grids: the frames of each set that was run, and of ``clean_gap``.
        videos: [V], names of all source videos, ascending.
        weights: float64 [1 + RESAMPLES, V], how often each one is taken: once each first, then as drawn
            again.
        aurocs: of absent frames, under those weights.
        distances: what ``pointer_distances`` returned for the obscured clips.
        correlation: of those distances with the fraction obscured, by rank within clips.
        decoding_scores: what ``decoding_scores`` returned.
        motion_lead: what ``motion_lead`` returned.
        map_contrasts: how objects stand out of the position maps.
    """

    study: Study
    cells: Cells
    grids: dict[str, Grid]
    videos: NDArray[np.str_]
    weights: NDArray[np.float64]
    aurocs: dict[AurocKey, Sampled]
    distances: pd.DataFrame
    correlation: Correlation
    decoding_scores: pd.DataFrame
    motion_lead: pd.DataFrame
    map_contrasts: pd.DataFrame

    def video_codes(self, names: NDArray[np.str_]) -> NDArray[np.int64]:
        """Return int [N], the columns of ``weights`` of source videos."""
        return np.searchsorted(self.videos, names).astype(np.int64)

    def mean(
        self,
        values: NDArray[np.float64],
        clips: NDArray[np.int64],
        videos: NDArray[np.str_],
        missing: str,
    ) -> Sampled:
        """Average values of clips or of their frames under every row of weights.

        Args:
            values: float64 [N]; those that are not finite are left out.
            clips: int [N], the clip of each.
            videos: [N], its source video.
            missing: what it means that there is none.
        """
        known = np.isfinite(values)
        if not known.any():
            return undefined(len(self.weights), missing)
        columns, count = self.video_codes(videos[known]), len(self.videos)
        sums = self.weights @ np.bincount(columns, weights=values[known], minlength=count)
        counts = self.weights @ np.bincount(columns, minlength=count)
        return Sampled(
            ratio(sums, counts), frozenset(clips[known].tolist()), frozenset(videos[known].tolist())
        )


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
    names = [*clips["set"].unique(), *([GAP_SET] if (clips["set"] == "clean").any() else [])]
    videos = np.unique(clips["source_video"].to_numpy(dtype=np.str_))
    weights = whole_and_resampled_weights(len(videos))
    cells = cells_of(study.features)
    return Evidence(
        study,
        cells,
        {str(name): frame_grid(clips, frames, name) for name in names},
        videos,
        weights,
        shared_aurocs(clips, frames, cells, videos, weights),
        distances,
        correlation,
        decoding_scores,
        motion_lead,
        map_contrasts(study),
    )
