"""How well the masks fit: J, F and J&F in each part of a clip."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.statistics.grids import Grid, frame_grid
from samscope.analysis.statistics.per_clip import PerClip, clip_means, summary
from samscope.analysis.statistics.resampled import SHARE

SEGMENTS = ("prefix", "middle", "suffix", "whole")
"""The three parts of a clip, and all of it: the J&F that is usually given."""

MEASURES = ("j", "f", "j_and_f")

ACCURACY_COLUMNS = (
    "set",
    "segment",
    "measure",
    "mean",
    "low",
    "high",
    "frames",
    "clips",
    "videos",
    "undefined",
)


def accuracy(clips: pd.DataFrame, frames: pd.DataFrame) -> pd.DataFrame:
    """Average J, F and their mean by the DAVIS protocol, for each set and part of a clip.

    The prompted first frame and the last frame of a clip are left out. The mean is taken over the frames of a
    clip, then over clips. On frames without the object an empty mask scores 1 and any other 0.

    Args:
        clips: the clips table of a study.
        frames: the frames table.

    Returns:
        One row a set, ``segment`` (``SEGMENTS``) and ``measure`` (``MEASURES``): ``mean`` (0..1), ``low`` and
        ``high`` of its 95 % interval (over source and partner videos; NaN with fewer than two), and the
        ``frames``, ``clips`` and ``videos`` that it rests on; ``undefined`` frames are left out.
    """
    rows: list[dict[str, Any]] = []
    for set_name in frames["set"].unique():
        grid = frame_grid(clips, frames, set_name)
        measures = accuracy_by_clip(grid, frames.loc[frames["set"] == set_name])
        rows += [
            {"set": set_name, "segment": segment, "measure": measure, **summary(of_clips, grid.plan, SHARE)}
            for (segment, measure), of_clips in measures.items()
        ]
    return pd.DataFrame(rows, columns=list(ACCURACY_COLUMNS))


def accuracy_by_clip(grid: Grid, table: pd.DataFrame) -> dict[tuple[str, str], PerClip]:
    """Return J, F and their mean of each clip of a set, by segment and measure.

    Args:
        grid: the set's frames.
        table: its rows of the frames table.
    """
    counted = davis_frames(grid)
    j, f = grid.fill(table, "j"), grid.fill(table, "f")
    values = {"j": j, "f": f, "j_and_f": (j + f) / 2}
    inside = {
        segment: counted if segment == "whole" else counted & _in_segment(grid, table, segment)
        for segment in SEGMENTS
    }
    return {
        (segment, measure): clip_means(values[measure], inside[segment])
        for segment in SEGMENTS
        for measure in MEASURES
    }


def davis_frames(grid: Grid) -> NDArray[np.bool_]:
    """Return bool [C, T], the frames that DAVIS counts: not the prompted one, nor the last of the clip."""
    frame = np.arange(grid.recorded.shape[1])
    last = np.where(grid.recorded, frame, -1).max(axis=1, initial=-1)
    counted: NDArray[np.bool_] = grid.recorded & ~grid.prompted & (frame < last[:, None])
    return counted


def _in_segment(grid: Grid, table: pd.DataFrame, segment: str) -> NDArray[np.bool_]:
    inside = table.assign(inside=table["segment"] == segment)
    return grid.fill_truth(inside, "inside")
