"""What several studies found, side by side (no figure of the paper): one mark a study, with its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from samscope.figures.style import INK, MUTED, PAGE_WIDTH, dress, new_figure, one_axes, styled

_COLOURS = ("#2B2B2B", "#D55E00", "#0072B2", "#009E73", "#AA3377", "#E69F00", "#56B4E9")
_MARKERS = ("o", "D", "s", "^", "v", "P", "X", "*")
_LONGEST_NAME = 28
_LEGEND_COLUMNS = 3
_LEGEND_ROW = 0.17
_TICKS = 5
"""Stretches between the numbers under each of three panels at most: there is room for no more."""

VERDICT_MARKS: dict[str, tuple[str, str, Literal["full", "none"]]] = {
    "holds": ("#0072B2", "o", "full"),
    "fails": ("#C1121F", "X", "full"),
    "undecided": (MUTED, "o", "none"),
    "too few videos": (MUTED, "s", "none"),
}


@dataclass(frozen=True)
class StudyStyle:
    """How a study is drawn, in every figure of a comparison alike.

    Attributes:
        label: its name in a legend, shortened where it is long.
        colour: distinct with every common kind of colour vision from those of the six before it.
        marker: distinct from those of the seven before it, so that colour is never the only difference.
    """

    label: str
    colour: str
    marker: str


def study_styles(names: Sequence[str]) -> dict[str, StudyStyle]:
    """Return how each study is drawn."""
    return {
        name: StudyStyle(short_name(name), _COLOURS[place % len(_COLOURS)], _MARKERS[place % len(_MARKERS)])
        for place, name in enumerate(names)
    }


def short_name(name: str) -> str:
    """Return a name for a legend or an axis: at most 28 characters, none of which matplotlib interprets."""
    short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}\N{HORIZONTAL ELLIPSIS}"
    return short.replace("$", r"\$")


@styled
def estimates_side_by_side(
    table: pd.DataFrame,
    names: Sequence[str],
    *,
    rows: Mapping[str, str],
    panels: Mapping[str, str],
    title: str,
    axis: str,
    note: str,
    level: float | None = None,
    own_axes: bool = False,
) -> Figure:
    """Draw an estimate of every study, with its interval, in rows and panels.

    Args:
        table: one row an estimate: ``study``, ``panel``, ``row``, ``value``, ``low`` and ``high``; a value
            that is NaN has no mark, ends that are NaN no bar.
        names: the studies in their order.
        rows: label of each row, by the name that it has in the table, from the top.
        panels: title of each panel, likewise from the left.
        title: of the figure.
        axis: what the values are.
        note: what they rest on.
        level: a value to draw a line at, such as chance.
        own_axes: whether each panel has a range of values of its own.
    """
    styles = study_styles(names)
    columns = 2 if len(panels) == 4 else min(len(panels), 3)
    lines = -(-len(panels) // columns)
    legend = _LEGEND_ROW * -(-len(names) // _LEGEND_COLUMNS) + 0.08
    height = 0.75 + legend + lines * (0.55 + len(rows) * max(0.25, 0.13 * len(names)))
    figure = new_figure(PAGE_WIDTH, height)
    axes_of = figure.subplots(lines, columns, sharex=not own_axes, sharey=True, squeeze=False).ravel()
    for axes, (panel, panel_title) in zip(axes_of, panels.items(), strict=False):
        chosen = table.loc[table["panel"] == panel]
        _draw_panel(axes, chosen, styles, list(rows))
        _finish(axes, list(rows.values()), level)
        axes.set(title=panel_title, xlabel=axis)
        if columns == 3:
            axes.locator_params(axis="x", nbins=_TICKS, steps=(1, 2, 5, 10))
        if not own_axes:
            axes.label_outer()
    for axes in axes_of[len(panels) :]:
        axes.set_visible(False)
    dress(figure, title, note)
    _legend(figure, legend, [_handle(style) for style in styles.values()])
    return figure


@styled
def verdicts_side_by_side(
    claims: pd.DataFrame, names: Sequence[str], definition: str = "paper", *, axes: Axes | None = None
) -> Figure:
    """Draw which claims hold in which study.

    Args:
        claims: what ``report.claims_table`` returned for each study, with a first column ``study``.
        names: the studies in their order.
        definition: by which definition they were tested.
        axes: where it is drawn; None for a figure of its own. Into axes of the caller's go title and legend
            as well, but no note.
    """
    chosen = claims.loc[(claims["definition"] == definition) & claims["verdict"].notna()]
    ids = list(dict.fromkeys(chosen["claim"]))
    given = axes
    figure, axes = one_axes(axes, PAGE_WIDTH, 1.6 + 0.155 * max(len(ids), 1))
    column, row = ({name: place for place, name in enumerate(labels)} for labels in (names, ids))
    for verdict, (colour, marker, fill) in VERDICT_MARKS.items():
        of_verdict = chosen.loc[chosen["verdict"] == verdict]
        axes.plot(
            of_verdict["study"].map(column),
            of_verdict["claim"].map(row),
            linestyle="none",
            marker=marker,
            markersize=5,
            color=colour,
            fillstyle=fill,
        )
    axes.set_yticks(range(len(ids)), labels=ids, fontsize=6)
    axes.set_xticks(range(len(names)), labels=[short_name(name) for name in names], rotation=20, ha="right")
    axes.set(xlim=(-0.6, len(names) - 0.4), ylim=(max(len(ids), 1) - 0.4, -0.6))
    axes.tick_params(length=0)
    handles = [
        Line2D(
            [], [], linestyle="none", marker=marker, color=colour, fillstyle=fill, markersize=5, label=verdict
        )
        for verdict, (colour, marker, fill) in VERDICT_MARKS.items()
    ]
    dress(
        figure,
        "The paper's claims, study by study",
        "A claim holds, or fails, where the whole 95 % interval over source videos is on one side of its "
        f"threshold. Tested by the definition: {definition}.",
        handles,
        within=given,
    )
    return figure


def _draw_panel(axes: Axes, table: pd.DataFrame, styles: Mapping[str, StudyStyle], rows: list[str]) -> None:
    place_of = {name: place for place, name in enumerate(rows)}
    offsets = np.linspace(-0.3, 0.3, len(styles)) if len(styles) > 1 else np.zeros(1)
    for offset, (name, style) in zip(offsets, styles.items(), strict=True):
        chosen = table.loc[(table["study"] == name) & table["row"].isin(rows)]
        places = chosen["row"].map(place_of).to_numpy(dtype=np.float64) + offset
        bounded = np.isfinite(chosen["low"].to_numpy(dtype=np.float64))
        axes.hlines(
            places[bounded],
            chosen["low"][bounded],
            chosen["high"][bounded],
            color=style.colour,
            linewidth=1.4,
        )
        axes.plot(
            chosen["value"],
            places,
            linestyle="none",
            color=style.colour,
            marker=style.marker,
            markersize=4.3,
            markeredgecolor="white",
            markeredgewidth=0.5,
        )


def _finish(axes: Axes, labels: list[str], level: float | None) -> None:
    if level is not None:
        axes.axvline(level, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    axes.set_yticks(range(len(labels)), labels=labels)
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    for place in range(1, len(labels)):
        axes.axhline(place - 0.5, color="#E4E4E4", linewidth=0.6, zorder=0)
    axes.margins(x=0.06)


def _handle(style: StudyStyle) -> Line2D:
    return Line2D([], [], color=style.colour, marker=style.marker, markersize=4.3, label=style.label)


def _legend(figure: Figure, strip: float, handles: list[Line2D]) -> None:
    """Put the studies' names in a strip of their own under the title; ``dress`` has one for a single row."""
    height = figure.get_size_inches()[1]
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        left, bottom, width, inner = engine.get()["rect"]
        engine.set(rect=(left, bottom, width, inner - strip / height))
    figure.legend(
        handles,
        [str(handle.get_label()) for handle in handles],
        loc="upper left",
        bbox_to_anchor=(0.01, 1 - 0.3 / height),
        ncols=min(len(handles), _LEGEND_COLUMNS),
        borderaxespad=0,
        borderpad=0,
        labelcolor=INK,
        columnspacing=1.6,
    )
