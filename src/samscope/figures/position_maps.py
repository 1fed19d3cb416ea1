"""What a clip's frame looks like at each position (paper figures 7 and 8; 11 and 12 for the overlay)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from samscope.figures.style import (
    MUTED,
    PAGE_WIDTH,
    POINT,
    SET_STYLES,
    Extent,
    draw_outline,
    dress,
    note_strip,
    styled,
)
from samscope.observation.kinds import MapKind
from samscope.records.store import Study
from samscope.trackers.positions import BY_NAME

MAP_POSITIONS = ("frame", "image_embeddings", "memory_conditioned", "prompt_conditioned", "memory_features")
"""Positions 0, 1, 2, 3 and 5; the pointer, position 4, is no picture."""

COLOUR_MAPS: dict[MapKind, str] = {"mean": "viridis", "variance": "magma"}

_EDGE, _LABEL, _GAP = 0.07, 0.3, 0.06
_TOP, _BAR = 0.6, 0.26
_BAR_DOWN, _BAR_HEIGHT = 0.035, 0.045

Maps = Mapping[str, NDArray[Any]]
Limits = dict[tuple[str, MapKind], tuple[float, float]]


def map_limits(shown: Sequence[Maps], *, robust: bool = False) -> Limits:
    """Return the range of values of each map of a frame, over several clips.

    Args:
        shown: the maps of each clip, of that frame alone.
        robust: leave out the lowest and highest hundredth of the values, a few of which hide all others.
    """
    share = 0.01 if robust else 0.0
    limits: Limits = {}
    for position in MAP_POSITIONS:
        for kind in COLOUR_MAPS:
            values = [_map(maps, position, kind) for maps in shown]
            finite = np.concatenate([single_map[np.isfinite(single_map)] for single_map in values])
            low, high = np.quantile(finite, [share, 1 - share]) if finite.size else (0.0, 1.0)
            limits[position, kind] = float(low), float(high)
    return limits


@styled
def position_maps(
    study: Study,
    set_name: str,
    clip: int,
    frame: int,
    *,
    beside: tuple[str, ...] = (),
    robust: bool = False,
    outlines: bool = False,
) -> Figure:
    """Draw the channel mean over the channel variance of a frame at positions 0, 1, 2, 3 and 5.

    Args:
        study: a study that has maps of the clip.
        set_name: the clip's set.
        clip: its number.
        frame: which of its frames.
        beside: sets whose maps of the same clip and frame will stand beside this figure: every map then has
            one colour scale in all of them.
        robust: let the colours span the 1st to 99th percentile instead of all values.
        outlines: draw the object's true outline on every map too.

    Returns:
        A figure of two rows. Its first column shows the frame itself with the true and the predicted outline.

    Raises:
        UsageError: the study has no maps of one of the clips, or the clip has no such frame.
    """
    maps = study.maps(set_name, clip, frames=[frame])
    shown = [maps, *(study.maps(other, clip, frames=[frame]) for other in beside if other != set_name)]
    limits = map_limits(shown, robust=robust)
    label = SET_STYLES[set_name].label
    videos = study.clips.loc[(study.clips["set"] == set_name) & (study.clips["clip"] == clip), "source_video"]
    on_maps = " (on the maps as well)" if outlines else ""
    note = f"Outlines: solid, the true mask{on_maps}; dashed, the predicted one." + _shared(set_name, beside)
    note += " Colours span the 1st to 99th percentile of the values." if robust else ""
    outlined = np.asarray(maps["masks"][0]) > 0 if outlines else None
    height, width = maps["frames"].shape[1:3]
    layout = _Layout(height / width, note_strip(note, PAGE_WIDTH))
    figure = Figure(figsize=(PAGE_WIDTH, layout.height))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, PAGE_WIDTH), ylim=(0, layout.height), autoscale_on=False)
    axes.set_axis_off()
    for row, kind in enumerate(COLOUR_MAPS):
        _draw_clip(axes, layout.panel(row, 0), maps, predicted=row == 1)
        _name_row(axes, layout.panel(row, 1), kind)
        for column, position in enumerate(MAP_POSITIONS, start=1):
            panel, values = layout.panel(row, column), _map(maps, position, kind)
            if not np.isfinite(values).any():
                _draw_nothing(axes, panel)
            else:
                _draw_map(axes, panel, values, kind, limits[position, kind])
                if outlined is not None:
                    draw_outline(axes, outlined, width=0.5, ground=1.0, extent=panel)
            if row == 0:
                _name_column(axes, panel, position)
    dress(figure, f"{label}: {videos.iloc[0]}, clip {clip}, frame {frame}", note)
    return figure


@dataclass(frozen=True)
class _Layout:
    """Where the panels go, in inches.

    Attributes:
        aspect: height over width of a frame.
        bottom: what the note under the panels takes.
    """

    aspect: float
    bottom: float

    @property
    def _width(self) -> float:
        columns = len(MAP_POSITIONS) + 1
        return (PAGE_WIDTH - 2 * _EDGE - _LABEL - (columns - 1) * _GAP) / columns

    @property
    def _row(self) -> float:
        return self._width * self.aspect + _BAR

    @property
    def height(self) -> float:
        """Height of the figure."""
        return _TOP + 2 * self._row + self.bottom

    def panel(self, row: int, column: int) -> Extent:
        """Return where a picture goes."""
        left = _EDGE + column * (self._width + _GAP) + (_LABEL if column else 0)
        top = self.height - _TOP - row * self._row
        return left, left + self._width, top - self._width * self.aspect, top


def _shared(set_name: str, beside: tuple[str, ...]) -> str:
    others = [SET_STYLES[other].label.lower() for other in beside if other != set_name]
    return f" Colour scales are shared with the figure of the {' and '.join(others)} clip." if others else ""


def _map(maps: Maps, position: str, kind: MapKind) -> NDArray[np.float64]:
    recorded = maps.get(f"{position}/{kind}")
    return np.full((1, 1), np.nan) if recorded is None else np.asarray(recorded[0], dtype=np.float64)


def _name_row(axes: Axes, panel: Extent, kind: MapKind) -> None:
    left, _, bottom, top = panel
    axes.text(
        left - 3 * POINT,
        (bottom + top) / 2,
        f"channel\n{kind}",
        fontsize=6.5,
        linespacing=1.2,
        ha="center",
        va="bottom",
        rotation=90,
        rotation_mode="anchor",
    )


def _name_column(axes: Axes, panel: Extent, position: str) -> None:
    left, _, _, top = panel
    known_as = BY_NAME[position]
    title = f"Position {known_as.number}\n{known_as.title}"
    axes.text(left, top + 5 * POINT, title, fontsize=6, linespacing=1.25)


def _draw_map(
    axes: Axes, panel: Extent, values: NDArray[np.float64], kind: MapKind, limits: tuple[float, float]
) -> None:
    """Draw a map and its colour bar."""
    left, right, bottom, _ = panel
    colours = COLOUR_MAPS[kind]
    axes.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1], aspect="auto", extent=panel)
    high = bottom - _BAR_DOWN
    low = high - _BAR_HEIGHT
    axes.imshow(np.arange(256)[None], cmap=colours, aspect="auto", extent=(left, right, low, high))
    lowest, highest = _short(limits)
    axes.text(left, low - 1.5 * POINT, lowest, fontsize=5.5, ha="left", va="top")
    axes.text(right, low - 1.5 * POINT, highest, fontsize=5.5, ha="right", va="top")


def _draw_nothing(axes: Axes, panel: Extent) -> None:
    """Say that a map does not exist on the frame."""
    left, right, bottom, top = panel
    axes.add_patch(
        Rectangle((left, bottom), right - left, top - bottom, facecolor="#F1F1F1", edgecolor="none")
    )
    middle = (left + right) / 2, (bottom + top) / 2
    axes.text(*middle, "does not exist\non this frame", ha="center", va="center", color=MUTED, fontsize=6.5)


def _draw_clip(axes: Axes, panel: Extent, maps: Maps, *, predicted: bool) -> None:
    left, right, bottom, _ = panel
    axes.imshow(maps["frames"][0], aspect="auto", extent=panel)
    mask = np.asarray(maps["predicted" if predicted else "masks"][0]) > 0
    said = "predicted mask" if predicted else "true mask"
    axes.text((left + right) / 2, bottom - 2 * POINT, said, fontsize=6.5, ha="center", va="top")
    draw_outline(axes, mask, width=0.7, ground=1.3, dashed=predicted, extent=panel)


def _short(limits: tuple[float, float]) -> list[str]:
    """Return both limits with as few digits as still tell them apart."""
    for digits in range(2, 8):
        texts = [f"{limit:.{digits}g}" for limit in limits]
        if texts[0] != texts[1]:
            break
    return texts
