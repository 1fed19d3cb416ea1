"""How a feature moves through the frames of a set (the numbers of paper figures 16, 17, 20, 23 and 28)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.absence.measurements import Measurement, measurements
from samscope.analysis.statistics.grids import frame_grid
from samscope.analysis.statistics.resampled import column_means
from samscope.analysis.statistics.resampling_plan import Plan
from samscope.observation.kinds import References, Spread

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
_NAMES = 5
"""The first columns, which name what the others are of."""


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
    named: list[tuple[Any, ...]] = []
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in COLUMNS[_NAMES:]}
    grids = {name: frame_grid(clips, frames, name) for name in features["set"].unique()}
    for (set_name, position), rows in features.groupby(["set", "position"], sort=False, observed=True):
        grid = grids[set_name]
        expected = grid.recorded & ~grid.prompted
        absent = (grid.recorded & ~grid.present).sum(axis=0)
        averages_by_values: dict[bytes, tuple[NDArray[Any], ...]] = {}
        for measure in measured:
            values = np.where(expected, grid.fill(rows, measure.column), np.nan)
            same = values.tobytes()
            if same not in averages_by_values:  # the kinds of references often agree
                averages_by_values[same] = (
                    np.arange(values.shape[1]),
                    *_averaged(values, expected, grid.plan),
                    absent,
                )
            named.append((set_name, position, measure.feature, measure.spread, measure.references))
            for column, averages in zip(columns.values(), averages_by_values[same], strict=True):
                column.append(averages)
    if not named:
        return pd.DataFrame(columns=list(COLUMNS))
    lengths = [len(frame) for frame in columns["frame"]]
    names = pd.DataFrame(named, columns=list(COLUMNS[:_NAMES]))
    table = names.loc[np.repeat(names.index, lengths)].reset_index(drop=True)
    return table.assign(**{name: np.concatenate(values) for name, values in columns.items()})


def _averaged(
    values: NDArray[np.float64], expected: NDArray[np.bool_], plan: Plan
) -> tuple[NDArray[Any], ...]:
    """Return the columns ``mean`` to ``undefined`` of values [C, T]."""
    defined = np.isfinite(values)
    undefined = (expected & ~defined).sum(axis=0)
    return (*column_means(values, plan), defined.sum(axis=0), plan.counts(defined)[0], undefined)


def choose_timecourse(
    table: pd.DataFrame, spread: Spread = "std", references: References = "present"
) -> pd.DataFrame:
    """Return the rows of ``timecourse`` with one kind of references and, for ``long``, one spread."""
    columns = ["feature", "spread", "references"]
    chosen = [
        (measure.feature, measure.spread, measure.references) for measure in measurements(spread, references)
    ]
    return table.loc[pd.MultiIndex.from_frame(table[columns]).isin(chosen)].reset_index(drop=True)
