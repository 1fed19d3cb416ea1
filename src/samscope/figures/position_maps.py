"""What a clip's frame looks like at each position (paper figures 7 and 8; 11 and 12 for the overlay)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure
from numpy.typing import NDArray

from samscope.figures.style import MUTED, PAGE_WIDTH, SET_STYLES, draw_outline, dress, note_strip, styled
from samscope.observation.kinds import MapKind
from samscope.records.store import Study
from samscope.trackers.positions import BY_NAME

MAP_POSITIONS = ("frame", "image_embeddings", "memory_conditioned", "prompt_conditioned", "memory_features")
"""Positions 0, 1, 2, 3 and 5; the pointer, position 4, is no picture."""

COLOUR_MAPS: dict[MapKind, str] = {"mean": "viridis", "variance": "magma"}

_EDGE, _LABEL, _GAP = 0.07, 0.3, 0.06
_TOP, _BAR = 0.6, 0.26

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
            known = np.concatenate([of[np.isfinite(of)] for of in values])
            low, high = np.quantile(known, [share, 1 - share]) if known.size else (0.0, 1.0)
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
    for row, kind in enumerate(COLOUR_MAPS):
        _draw_clip(layout.panel(figure, row, 0), maps, predicted=row == 1)
        for column, position in enumerate(MAP_POSITIONS, start=1):
            axes = layout.panel(figure, row, column)
            values = _map(maps, position, kind)
            known = bool(np.isfinite(values).any())
            bar = layout.bar(figure, row, column) if known else None
            _draw_map(axes, bar, values, kind, limits[position, kind])
            if known and outlined is not None:
                _outline(axes, outlined)
            if column == 1:
                axes.set_ylabel(f"channel\n{kind}", fontsize=6.5, labelpad=3, linespacing=1.2)
            if row == 0:
                known_as = BY_NAME[position]
                axes.set_title(f"Position {known_as.number}\n{known_as.title}", fontsize=6, linespacing=1.25)
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

    def panel(self, figure: Figure, row: int, column: int) -> Axes:
        """Add the axes of a picture."""
        axes = self._axes(figure, row, column, self._width * self.aspect, 0.0)
        axes.set(xticks=[], yticks=[])
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        return axes

    def bar(self, figure: Figure, row: int, column: int) -> Axes:
        """Add the axes of the colour bar under a picture."""
        return self._axes(figure, row, column, 0.045, self._width * self.aspect + 0.035)

    def _axes(self, figure: Figure, row: int, column: int, height: float, down: float) -> Axes:
        left = _EDGE + column * (self._width + _GAP) + (_LABEL if column else 0)
        base = self.height - _TOP - row * self._row - down - height
        return figure.add_axes(
            (left / PAGE_WIDTH, base / self.height, self._width / PAGE_WIDTH, height / self.height)
        )


def _shared(set_name: str, beside: tuple[str, ...]) -> str:
    others = [SET_STYLES[other].label.lower() for other in beside if other != set_name]
    return f" Colour scales are shared with the figure of the {' and '.join(others)} clip." if others else ""


def _map(maps: Maps, position: str, kind: MapKind) -> NDArray[np.float64]:
    known = maps.get(f"{position}/{kind}")
    return np.full((1, 1), np.nan) if known is None else np.asarray(known[0], dtype=np.float64)


def _draw_map(
    axes: Axes, bar_axes: Axes | None, values: NDArray[np.float64], kind: MapKind, limits: tuple[float, float]
) -> None:
    if bar_axes is None:
        axes.set_facecolor("#F1F1F1")
        axes.text(
            0.5, 0.5, "does not exist\non this frame", ha="center", va="center", color=MUTED, fontsize=6.5
        )
        return
    image = axes.imshow(values, cmap=COLOUR_MAPS[kind], vmin=limits[0], vmax=limits[1], aspect="auto")
    bar = Colorbar(bar_axes, image, orientation="horizontal")
    bar.set_ticks(list(limits), labels=_short(limits))
    bar_axes.tick_params(length=0, labelsize=5.5, pad=1.5)
    bar.outline.set_visible(False)
    lowest, highest = bar_axes.get_xticklabels()
    lowest.set_horizontalalignment("left")
    highest.set_horizontalalignment("right")


def _outline(axes: Axes, mask: NDArray[np.bool_]) -> None:
    """Draw a mask's outline on a map: either spans the whole frame, at a resolution of its own."""
    height, width = mask.shape
    (image,) = axes.images
    image.set_extent((-0.5, width - 0.5, height - 0.5, -0.5))
    draw_outline(axes, mask, width=0.5, ground=1.0)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))


def _draw_clip(axes: Axes, maps: Maps, *, predicted: bool) -> None:
    axes.imshow(maps["frames"][0], aspect="auto")
    mask = np.asarray(maps["predicted" if predicted else "masks"][0]) > 0
    axes.set_xlabel("predicted mask" if predicted else "true mask", fontsize=6.5, labelpad=2)
    draw_outline(axes, mask, width=0.7, ground=1.3, dashed=predicted)


def _short(limits: tuple[float, float]) -> list[str]:
    """Return both limits with as few digits as still tell them apart."""
    for digits in range(2, 8):
        texts = [f"{limit:.{digits}g}" for limit in limits]
        if texts[0] != texts[1]:
            break
    return texts
