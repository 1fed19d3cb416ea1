"""Where a loss is carried: the share of it that each cell of a trace brings back or causes."""

from collections.abc import Sequence
from typing import Literal, get_args

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
Measure = Literal["share", "gain"]

MEASURES: tuple[Measure, ...] = get_args(Measure)

_NOTES: dict[Measure, str] = {
    "share": "In percent of the J over the suffix that a set costs: 100 is all of it. Empty where it is not "
    "certain that the set costs any.",
    "gain": "In hundredths of J over the suffix; each panel's colours span its own values.",
}
TRACE_FIGURES: dict[str, tuple[Direction, Measure]] = {
    f"causes-{direction}-{measure}": (direction, measure) for direction in _TITLES for measure in MEASURES
}
"""The figures of a trace by their names."""

_MARKED = "*"
"""Beside an effect whose interval leaves 0 out."""


def trace_figure_title(name: str) -> str:
    """Return what a figure of ``TRACE_FIGURES`` shows."""
    direction, measure = TRACE_FIGURES[name]
    shown = "share of what is lost" if measure == "share" else "gain in J"
    return f"{_TITLES[direction]} ({shown})"


@styled
def causes_map(effects: pd.DataFrame, direction: Direction = "restore", measure: Measure = "share") -> Figure:
    """Draw the map of positions and frames, a panel a set.

    Args:
        effects: as ``analysis.causes.effects`` gives them.
        direction: which cells.
        measure: ``share``: the effect in percent of what the set costs, in sets that surely cost something;
            ``gain``: the effect in hundredths of J.

    Returns:
        A figure with a number in each cell, and a star where the 95 % interval of its gain in J leaves 0 out.

    Raises:
        SamscopeError: the trace has no cells of that direction.
    """
    cells = effects.loc[effects["kind"] == direction]
    if cells.empty:
        raise SamscopeError(f"the trace has no cells that {direction}; trace with --directions {direction}")
    sets = list(dict.fromkeys(cells["set"]))
    positions = list(dict.fromkeys(cells["edited"]))
    edited = zip(cells["first"], cells["last"], strict=True)
    spans = sorted({Span(int(first), int(last)) for first, last in edited}, key=_frames_before_spans)
    figure = new_figure(PAGE_WIDTH, 1.5 + 0.24 * len(positions))
    panels = figure.subplots(1, len(sets), sharey=True, squeeze=False)[0]
    for panel, name in zip(panels, sets, strict=True):
        own = cells.loc[cells["set"] == name]
        _draw(panel, own, positions, spans, measure)
        lost = own.iloc[0]
        cost = f"costs {100 * lost['lost']:.1f}"
        if np.isfinite(lost["lost_low"]):
            cost += f" [{100 * lost['lost_low']:.1f}, {100 * lost['lost_high']:.1f}]"
        panel.set_title(f"{SET_STYLES[name].label}\n{cost}")
    panels[0].set_yticks(range(len(positions)), [patched_title(position) for position in positions])
    dress(
        figure,
        _TITLES[direction],
        f"{_NOTES[measure]} Beside each set what it costs, in hundredths of J, with its 95 % interval over "
        "source and partner videos; * where that of an effect leaves 0 out. Columns: the frames that are "
        f"patched. At most {int(cells['clips'].max())} clips a set.",
    )
    return figure


def _frames_before_spans(span: Span) -> tuple[bool, Span]:
    return span.first != span.last, span


def _draw(
    panel: Axes, cells: pd.DataFrame, positions: Sequence[str], spans: Sequence[Span], measure: Measure
) -> None:
    values = np.full((len(positions), len(spans)), np.nan)
    stars = np.zeros(values.shape, dtype=bool)
    for cell in cells.to_dict("records"):
        place = positions.index(cell["edited"]), spans.index(Span(int(cell["first"]), int(cell["last"])))
        if measure == "gain" or cell["lost_low"] > 0:
            values[place] = 100 * cell[measure]
            stars[place] = cell["gain_low"] > 0 or cell["gain_high"] < 0
    reach = 100.0 if measure == "share" else max(1.0, float(np.nanmax(np.abs(values), initial=0.0)))
    panel.imshow(values, cmap=mpl.colormaps["RdBu"], vmin=-reach, vmax=reach, aspect="auto")
    panel.grid(visible=False)
    for row, column in zip(*np.nonzero(np.isfinite(values)), strict=True):
        value = values[row, column]
        digits = 0 if measure == "share" else 1
        number = f"{round(value, digits) + 0.0:.{digits}f}"
        panel.text(
            column,
            row,
            f"{number}{_MARKED if stars[row, column] else ''}",
            ha="center",
            va="center",
            fontsize=6,
            color="white" if abs(value) > 0.65 * reach else "black",
        )
    panel.set_xticks(range(len(spans)), [str(span) for span in spans], rotation=60)
    panel.set_xlabel("frames")


def patched_title(position: str) -> str:
    """Return what is patched as it is shown: the name of a site, or of several at once."""
    names = position.split(TOGETHER)
    if len(names) > 1:
        return f" {TOGETHER} ".join(name.replace("_", " ") for name in names)
    return position_title(position) if position in POSITION_NAMES else position.replace("_", " ")
