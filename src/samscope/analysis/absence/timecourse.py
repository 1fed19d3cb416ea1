"""How a feature moves through the frames of a set (the numbers of paper figures 16, 17, 20, 23 and 28)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.absence.measurements import Measurement, References, Spread, measurements
from samscope.analysis.statistics.grids import frame_grid
from samscope.analysis.statistics.resampled import column_means

COLUMNS = (
    "set",
    "position",
    "feature",
    "spread",
    "references",
    "frame",
    "mean",
    "low",
    "high",
    "clips",
    "videos",
    "undefined",
    "absent",
)


def timecourse(
    clips: pd.DataFrame,
    frames: pd.DataFrame,
    features: pd.DataFrame,
    measured: Sequence[Measurement] = measurements(),
) -> pd.DataFrame:
    """Average features over the clips of each set, frame by frame.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
        features: the features table; the sets and positions in it are the ones in the answer.
        measured: which features, and how measured.

    Returns:
        One row a set, position, feature and frame, in the order of the features table: ``mean`` over the
        clips whose value is defined, ``low`` and ``high`` of its 95 % interval (over source and
        partner videos; NaN with fewer than two), ``clips`` and ``videos`` that it rests on, ``undefined``
        clips left out (null or infinite values are never averaged; on the prompted frame nothing is compared,
        and nothing counted), and ``absent``, the clips without the object on that frame. For ``clean_gap``
        nothing is absent: its middle is only declared to be.
    """
    pieces = []
    grids = {name: frame_grid(clips, frames, name) for name in features["set"].unique()}
    for (set_name, position), rows in features.groupby(["set", "position"], sort=False, observed=True):
        grid = grids[set_name]
        expected = grid.recorded & ~grid.prompted
        means: dict[bytes, tuple[NDArray[np.float64], ...]] = {}
        for measure in measured:
            values = np.where(expected, grid.fill(rows, measure.column), np.nan)
            known = np.isfinite(values)
            same = values.tobytes()
            if same not in means:  # the kinds of references often agree
                means[same] = column_means(values, grid.plan)
            mean, low, high = means[same]
            pieces.append(
                pd.DataFrame(
                    {
                        "set": set_name,
                        "position": position,
                        "feature": measure.feature,
                        "spread": measure.spread,
                        "references": measure.references,
                        "frame": np.arange(values.shape[1]),
                        "mean": mean,
                        "low": low,
                        "high": high,
                        "clips": known.sum(axis=0),
                        "videos": grid.plan.counts(known)[0],
                        "undefined": (expected & ~known).sum(axis=0),
                        "absent": (grid.recorded & ~grid.present).sum(axis=0),
                    }
                )
            )
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=list(COLUMNS))


def choose_timecourse(
    table: pd.DataFrame, spread: Spread = "std", references: References = "present"
) -> pd.DataFrame:
    """Return the rows of ``timecourse`` with one kind of references and, for ``long``, one spread."""
    columns = ["feature", "spread", "references"]
    chosen = [(one.feature, one.spread, one.references) for one in measurements(spread, references)]
    return table.loc[pd.MultiIndex.from_frame(table[columns]).isin(chosen)].reset_index(drop=True)
