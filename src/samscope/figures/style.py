"""The look that all figures share: sizes, type and colours."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, ParamSpec, cast

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.textpath import text_to_path
from numpy.typing import NDArray

from samscope.records.schema import GAP_SET
from samscope.trackers.positions import BY_NAME

PAGE_WIDTH = 7.0
"""Inches; the text width of a two-column paper."""

COLUMN_WIDTH = 3.5
"""Inches; one column of it."""

POINT = 1 / 72
"""Inches in a typographic point."""

Extent = tuple[float, float, float, float]
"""Left, right, bottom and top edge of a picture, in the units of its axes."""

_MARGIN = 0.07
_TITLE_STRIP = 0.3
_LEGEND_STRIP = 0.22
_NOTE_SIZE = 6.5

INK = "#222222"
MUTED = "#5F5F5F"
PRESENT = "#5B7FA6"
TWIN = "#A8A8A8"
"""The random twin of a model, beside the model."""
ABSENT = "#C1121F"
MIDDLE = "#E3EFE3"
"""The shade behind the middle of a clip."""


@dataclass(frozen=True)
class SetStyle:
    """How a set is drawn, in every figure and on the page alike.

    Attributes:
        label: its name in a legend.
        colour: distinct from the others' with every common kind of colour vision.
        on_page: the same on the page's light ground, dark enough to be seen there.
        on_dark: the same on a dark ground.
        line: line style, so that colour is never the only difference.
        dashes: the page's, as SVG writes them: lengths of dashes and gaps; empty for a line without gaps.
        marker: marker.
    """

    label: str
    colour: str
    on_page: str
    on_dark: str
    line: Any
    dashes: str
    marker: str


SET_STYLES: dict[str, SetStyle] = {
    "clean": SetStyle("Clean", "#2B2B2B", "#2b2b2b", "#e3e3e3", "-", "", "o"),
    "interjection": SetStyle("Interjection", "#D55E00", "#c24e00", "#ff9248", "-", "", "o"),
    "object_removal": SetStyle("Object removal", "#0072B2", "#0072b2", "#5ab4f0", (0, (5, 1.5)), "8 3", "s"),
    "context_removal": SetStyle(
        "Context removal", "#2CA25F", "#1b7f4c", "#55c98c", (0, (4, 1.2, 1, 1.2)), "7 2 2 2", "^"
    ),
    "obscuration": SetStyle("Obscuration", "#AA3377", "#aa3377", "#e883b8", "-", "12 3", "D"),
    "overlay": SetStyle("Overlay", "#E6AB02", "#8a6a00", "#e6c34a", (0, (1, 1)), "2 2", "v"),
    GAP_SET: SetStyle("Clean, declared absent", "#9A9A9A", "#767676", "#9a9a9a", (0, (2, 1.5)), "4 3", "x"),
}

STYLE: dict[str, Any] = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 100,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.labelsize": 7.5,
    "axes.titlelocation": "left",
    "axes.titley": 1.0,
    "axes.titlepad": 5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#8C8C8C",
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "lines.solid_capstyle": "round",
    "image.interpolation": "nearest",
    "svg.fonttype": "path",
    "svg.hashsalt": "samscope",
    "path.simplify": True,
}

Parameters = ParamSpec("Parameters")


_SIZES = ("axes.titlesize", "axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")
"""What in ``STYLE`` goes with the size of the type."""

_GRID = {"axes.grid", "axes.grid.axis"}
"""What in ``STYLE`` is one choice."""

_APPLIED: ContextVar[bool] = ContextVar("applied", default=False)


@contextmanager
def applied() -> Iterator[None]:
    """Have matplotlib use the shared style inside a ``with`` block, and nowhere else.

    What the caller has set goes before it: a parameter that is not what it was when matplotlib was imported
    is left as it is, and with ``font.size`` the other sizes of type grow. Whatever is set within the block is
    left as it is, too; so that is where a parameter can be set to matplotlib's own default::

        with applied(), matplotlib.rc_context({"axes.grid": False}):
            figure = pointer_pca(study, 0)
    """
    if _APPLIED.get():
        yield
        return
    now, imported = cast(Mapping[str, Any], mpl.rcParams), cast(Mapping[str, Any], mpl.rcParamsOrig)
    told = {name for name in STYLE if now[name] != imported[name]}
    if told & _GRID:
        told |= _GRID
    growth = now["font.size"] / STYLE["font.size"] if "font.size" in told else 1.0
    style = {
        name: growth * value if name in _SIZES else value for name, value in STYLE.items() if name not in told
    }
    token = _APPLIED.set(True)
    try:
        with mpl.rc_context(style):  # type: ignore[arg-type]
            yield
    finally:
        _APPLIED.reset(token)


def styled(draw: Callable[Parameters, Figure]) -> Callable[Parameters, Figure]:
    """Make a function draw its figure in the shared style."""

    @wraps(draw)
    def drawn(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Figure:
        with applied():
            return draw(*args, **kwargs)

    return drawn


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches whose panels never overlap."""
    engine = ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.05, wspace=0.03, hspace=0.03)
    return Figure(figsize=(width, height), layout=engine)


def one_axes(axes: Axes | None, width: float, height: float) -> tuple[Figure, Axes]:
    """Return the axes that are drawn into, and the figure that they are in.

    Args:
        axes: what the caller gave; None for the only axes of a new figure.
        width: of a new figure, in inches.
        height: of a new figure, in inches.
    """
    if axes is not None:
        return axes.get_figure(root=True), axes  # type: ignore[return-value]
    figure = new_figure(width, height)
    return figure, figure.subplots()


def dress(
    figure: Figure, title: str, note: str, handles: Sequence[Artist] = (), *, within: Axes | None = None
) -> None:
    """Put a title and a legend over the panels of a figure and a note under them, each in a strip of its own.

    Args:
        figure: where they go; its panels shrink to make room.
        title: one line.
        note: what the marks mean and what they rest on; wrapped to the figure's width.
        handles: the legend's entries, in one row.
        within: axes of the caller's, whose figure is left as it is: they take the title and the legend, and
            the note is left out.
    """
    if within is not None:
        within.set_title(title, parse_math=False)
        if handles:
            within.legend(handles=list(handles))
        return
    width, height = figure.get_size_inches()
    top = _TITLE_STRIP + (_LEGEND_STRIP if handles else 0)
    lines = wrapped(note, width)
    bottom = _strip(len(lines))
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, bottom / height, 1, 1 - (top + bottom) / height))
    margin = _MARGIN / width
    figure.text(
        margin, 1 - _MARGIN / height, title, va="top", fontsize=9, fontweight="bold", parse_math=False
    )
    figure.text(
        margin,
        0.05 / height,
        "\n".join(lines),
        va="bottom",
        fontsize=_NOTE_SIZE,
        color=MUTED,
        linespacing=1.35,
    )
    if handles:
        figure.legend(
            handles=list(handles),
            loc="upper left",
            bbox_to_anchor=(margin, 1 - _TITLE_STRIP / height),
            ncols=len(handles),
            borderaxespad=0,
            borderpad=0,
            handlelength=2.2,
            columnspacing=1.6,
        )


def wrapped(note: str, width: float) -> list[str]:
    """Return the lines of a note under a figure ``width`` inches wide; a raster's hinting may widen them."""
    room = 0.93 * (width - 2 * _MARGIN) * 72
    lines = []
    for paragraph in note.split("\n"):
        line, taken = "", 0.0
        for word in paragraph.split():
            longer = _width_of(f" {word}")
            if line and taken + longer > room:
                lines.append(line)
                line, taken = "", 0.0
            line, taken = f"{line} {word}".lstrip(), taken + longer
        lines.append(line)
    return lines


@lru_cache(4096)
def _width_of(words: str) -> float:
    """Return how wide words of a note are, in points; notes have most of them in common."""
    font = FontProperties(family=STYLE["font.sans-serif"], size=_NOTE_SIZE)
    return float(text_to_path.get_text_width_height_descent(words, font, ismath=False)[0])


def note_strip(note: str, width: float) -> float:
    """Return the height in inches that a note takes under a figure ``width`` inches wide."""
    return _strip(len(wrapped(note, width)))


def _strip(lines: int) -> float:
    return 0.1 + _NOTE_SIZE * 1.45 / 72 * lines


def shade_middle(axes: Axes, first: int, last: int) -> None:
    """Shade the frames of the middle, ``first`` to ``last``."""
    axes.axvspan(first - 0.5, last + 0.5, color=MIDDLE, linewidth=0, zorder=0)


def draw_outline(
    axes: Axes,
    mask: NDArray[np.bool_],
    *,
    width: float,
    ground: float,
    dashed: bool = False,
    extent: Extent | None = None,
) -> None:
    """Draw a mask's outline in white on a wider black line, so that it is seen on any picture.

    Args:
        axes: shows the picture.
        mask: bool [H, W]; one that is empty or fills the picture has no outline.
        width: of the white line, in points.
        ground: of the black line.
        dashed: break the white line.
        extent: of the picture; None where the axes' units are its own pixels.
    """
    if mask.any() and not mask.all():
        place: dict[str, Any] = {} if extent is None else {"origin": "upper", "extent": extent}
        under = axes.contour(mask, levels=[0.5], colors="black", linewidths=ground, **place)
        dashes: Any = [(0, (2.5, 1.2))] if dashed else "solid"
        over = PathCollection(
            under.get_paths(), facecolors="none", edgecolors="white", linewidths=width, linestyles=dashes
        )
        over.set_zorder(under.get_zorder())
        axes.add_collection(over)


def position_title(position: str) -> str:
    """Return a position's number and title, as figures and tables show them."""
    placed = BY_NAME[position]
    return f"{placed.number} · {placed.title}"


def sample_size(clips: int, videos: int) -> str:
    """Return how many clips and source videos there are, in words."""
    return f"{clips} clip{'s' * (clips != 1)} of {videos} source video{'s' * (videos != 1)}"
