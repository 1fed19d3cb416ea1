"""What the tracker made of the frames of one set, laid out with one row a clip and one column a frame."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.statistics.arrays import above
from samscope.analysis.statistics.grids import Grid, frame_grid

CLEAN = "clean"
"""The set that shows every draw untouched."""


@dataclass(frozen=True, eq=False)
class Tracked:
    """The answers of the tracker on the frames of one set's clips; C clips of at most T frames.

    Values are NaN where there is no frame and where they are null. J, both F and the mask's area are NaN too
    where the object is present but lies wholly in void pixels and the mask is empty: there was nothing to be
    found, although J and F are recorded as 1. (With a mask they are recorded as 0 there, which the records
    cannot tell from a mask that misses the object.)

    Attributes:
        grid: what is known of the frames.
        j: float64 [C, T], region similarity, 0..1; without the object 1 for an empty mask, else 0.
        f: float64 [C, T], contour accuracy, likewise.
        f_adaptive: float64 [C, T], contour accuracy with the tolerance of MOSEv2, likewise.
        area: float64 [C, T], the mask's share of the picture, void pixels left out.
        false_positive_area: float64 [C, T], the share of the picture that is wrongly in the mask.
        object_score: float64 [C, T], the tracker's own logit for 'it is there'.
    """

    grid: Grid
    j: NDArray[np.float64]
    f: NDArray[np.float64]
    f_adaptive: NDArray[np.float64]
    area: NDArray[np.float64]
    false_positive_area: NDArray[np.float64]
    object_score: NDArray[np.float64]

    @property
    def masked(self) -> NDArray[np.float64]:
        """Float64 [C, T], 1 where the mask has a pixel that is not void, 0 where it has none."""
        return above(self.area, 0.0)

    @property
    def scored(self) -> NDArray[np.float64]:
        """Float64 [C, T], 1 where the object score is above 0, where SAM 2 takes the object as there."""
        return above(self.object_score, 0.0)


def tracked(clips: pd.DataFrame, frames: pd.DataFrame, set_name: str) -> Tracked:
    """Lay out the answers of the tracker on the clips of a set.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
        set_name: one of the six sets; without clips if it was not run.
    """
    grid = frame_grid(clips, frames, set_name)
    table = frames.loc[frames["set"] == set_name]
    columns = ("j", "f", "f_adaptive", "predicted_area")
    j, f, f_adaptive, area = (grid.fill(table, column) for column in columns)
    nothing_to_find = grid.present & (j == 1) & (area == 0)
    return Tracked(
        grid,
        np.where(nothing_to_find, np.nan, j),
        np.where(nothing_to_find, np.nan, f),
        np.where(nothing_to_find, np.nan, f_adaptive),
        np.where(nothing_to_find, np.nan, area),
        grid.fill(table, "false_positive_area"),
        grid.fill(table, "object_score"),
    )
