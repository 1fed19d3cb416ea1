"""A table's column as an array with one row a clip and one column a frame."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.statistics.resampling_plan import Plan, plan_of_clips
from samscope.records.schema import GAP_SET


@dataclass(frozen=True, eq=False)
class Grid:
    """What is known of the frames of one set's clips; C clips of at most T frames.

    Attributes:
        set: the set's name.
        clips: int [C], numbers of the clips (draws), ascending.
        videos: [C], name of each clip's source video.
        recorded: bool [C, T], whether the frame exists.
        present: bool [C, T], the object is visible.
        prompted: bool [C, T], the frame carries the prompt.
        middle: bool [C, T], the frame lies in the clip's middle.
        plan: how the clips are taken again, by the videos that they hang on.
    """

    set: str
    clips: NDArray[np.int64]
    videos: NDArray[np.str_]
    recorded: NDArray[np.bool_]
    present: NDArray[np.bool_]
    prompted: NDArray[np.bool_]
    middle: NDArray[np.bool_]
    plan: Plan

    @property
    def absent(self) -> NDArray[np.bool_]:
        """Bool [C, T], the frames without the object that are compared: the prompted one is not."""
        return self.recorded & ~self.prompted & ~self.present

    @property
    def compared(self) -> NDArray[np.bool_]:
        """Bool [C, T], the frames with the object that are compared: the prompted one is not."""
        return self.recorded & ~self.prompted & self.present

    def fill(self, table: pd.DataFrame, column: str) -> NDArray[np.float64]:
        """Lay out a column of a table with one row a frame.

        Args:
            table: rows of this set's clips with ``clip`` and ``frame``; rows of other clips are left out.
            column: the name of a column of numbers or truth values.

        Returns:
            float64 [C, T]; NaN where there is no row, and where the value is null or infinite.
        """
        count, length = self.recorded.shape
        filled = np.full((count, length), np.nan)
        if not count:
            return filled
        clips = table["clip"].to_numpy()
        frames = table["frame"].to_numpy()
        rows = np.minimum(np.searchsorted(self.clips, clips), count - 1)
        fits = (self.clips[rows] == clips) & (frames < length)
        values = table[column].to_numpy(dtype=np.float64, na_value=np.nan)
        filled[rows[fits], frames[fits]] = values[fits]
        return np.where(np.isfinite(filled), filled, np.nan)

    def fill_truth(self, table: pd.DataFrame, column: str) -> NDArray[np.bool_]:
        """Lay out a column of truth values as bool [C, T]; false where there is no row."""
        return np.asarray(self.fill(table, column) == 1, dtype=np.bool_)

    def take(self, rows: NDArray[np.int64]) -> "Grid":
        """Return the grid of some of the clips, in the order of ``rows``."""
        return Grid(
            self.set,
            self.clips[rows],
            self.videos[rows],
            self.recorded[rows],
            self.present[rows],
            self.prompted[rows],
            self.middle[rows],
            self.plan.take(rows),
        )


def frame_grid(clips: pd.DataFrame, frames: pd.DataFrame, set_name: str) -> Grid:
    """Lay out the frames of a set.

    Args:
        clips: the clips table.
        frames: the frames table.
        set_name: one of the six sets, or ``clean_gap``: the frames of ``clean``, which it was measured on.

    Returns:
        The set's grid; without rows if the set was not run.
    """
    recorded_as = "clean" if set_name == GAP_SET else set_name
    clips_of_set = clips.loc[clips["set"] == recorded_as].sort_values("clip")
    rows = frames.loc[frames["set"] == recorded_as]
    length = int(rows["frame"].max()) + 1 if len(rows) else 0
    nothing = np.zeros((len(clips_of_set), length), dtype=bool)
    bare = Grid(
        set_name,
        clips_of_set["clip"].to_numpy(dtype=np.int64),
        clips_of_set["source_video"].to_numpy(dtype=np.str_),
        nothing,
        nothing,
        nothing,
        nothing,
        plan_of_clips(clips_of_set),
    )
    return Grid(
        set_name,
        bare.clips,
        bare.videos,
        np.isfinite(bare.fill(rows, "frame")),
        bare.fill_truth(rows, "present"),
        bare.fill_truth(rows, "prompted"),
        bare.fill_truth(rows.assign(middle=rows["segment"] == "middle"), "middle"),
        bare.plan,
    )


def paired_rows(first: Grid, second: Grid) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of both grids that hold clips of the same draws, in the same order."""
    _, first_rows, second_rows = np.intersect1d(first.clips, second.clips, return_indices=True)
    return first_rows.astype(np.int64), second_rows.astype(np.int64)
