"""Where a loss is carried: the share of it that each cell of a trace brings back or causes."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from samscope.analysis.causes.cells import TOGETHER, Direction, Span
from samscope.figures.style import PAGE_WIDTH, SET_STYLES, dress, new_figure, position_title, styled
from samscope.support.errors import SamscopeError
from samscope.trackers.positions import POSITION_NAMES

_TITLES: dict[Direction, str] = {
    "restore": "What brings the object back: clean values put into transformed clips",
    "spoil": "What loses the object: transformed values put into clean clips",
}
_MARKED = "*"
"""Beside a share whose gain has an interval above 0, or below."""


@styled
def causes_map(effects: pd.DataFrame, direction: Direction = "restore") -> Figure:
    """Draw the map of positions and frames, a panel a set.

    Args:
        effects: as ``analysis.causes.effects`` gives them.
        direction: which cells.

    Returns:
        A figure: in each cell the effect in percent of the J that the set costs over the suffix, with a star
        where the 95 % interval of the effect leaves 0 out; empty where the set costs nothing.

    Raises:
        SamscopeError: the trace has no cells of that direction.
    """
    cells = effects.loc[effects["kind"] == direction]
    if cells.empty:
        raise SamscopeError(f"the trace has no cells that {direction}; trace with --directions {direction}")
    sets = list(dict.fromkeys(cells["set"]))
    positions = list(dict.fromkeys(cells["edited"]))
    spans = sorted(
        {Span(int(first), int(last)) for first, last in zip(cells["first"], cells["last"], strict=True)}
    )
    figure = new_figure(PAGE_WIDTH, 1.3 + 0.24 * len(positions))
    panels = figure.subplots(1, len(sets), sharey=True, squeeze=False)[0]
    for panel, name in zip(panels, sets, strict=True):
        _draw(panel, cells.loc[cells["set"] == name], positions, spans)
        panel.set_title(SET_STYLES[name].label)
    panels[0].set_yticks(range(len(positions)), [_title(position) for position in positions])
    clips = int(cells["clips"].max())
    dress(
        figure,
        _TITLES[direction],
        "In percent of the J over the suffix that the set costs, 100 for all of it; * where the 95 % "
        "interval over source and partner videos of the gain in J leaves 0 out. Columns: the frames that are "
        f"patched. At most {clips} clips a set.",
    )
    return figure


def _draw(panel: Axes, cells: pd.DataFrame, positions: Sequence[str], spans: Sequence[Span]) -> None:
    values = np.full((len(positions), len(spans)), np.nan)
    stars = np.zeros(values.shape, dtype=bool)
    for cell in cells.itertuples(index=False):
        place = positions.index(cell.edited), spans.index(Span(int(cell.first), int(cell.last)))
        values[place] = 100 * cell.share
        stars[place] = cell.gain_low > 0 or cell.gain_high < 0
    colours = mpl.colormaps["RdBu"]
    panel.imshow(values, cmap=colours, vmin=-100, vmax=100, aspect="auto")
    for row, column in zip(*np.nonzero(np.isfinite(values)), strict=True):
        value = values[row, column]
        panel.text(
            column,
            row,
            f"{value:.0f}{_MARKED if stars[row, column] else ''}",
            ha="center",
            va="center",
            fontsize=6,
            color="white" if abs(value) > 65 else "black",
        )
    panel.set_xticks(range(len(spans)), [str(span) for span in spans], rotation=60)
    panel.set_xlabel("frames")


def _title(position: str) -> str:
    names = position.split(TOGETHER)
    if len(names) > 1:
        return f" {TOGETHER} ".join(name.replace("_", " ") for name in names)
    return position_title(position) if position in POSITION_NAMES else position.replace("_", " ")
