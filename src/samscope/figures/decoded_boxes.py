"""Boxes that were read off object pointers, drawn on their frames (paper figures 14 and 15)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from samscope.analysis.pointers.boxes import box_overlap, centres
from samscope.analysis.pointers.decoding import Decoding, Reading
from samscope.analysis.pointers.distances import Pointer
from samscope.analysis.pointers.frames import TARGETS
from samscope.analysis.statistics.decoders import Decoder
from samscope.figures.style import PAGE_WIDTH, SET_STYLES, dress, note_strip, position_title, styled
from samscope.records.store import Study
from samscope.support.errors import SamscopeError, UsageError

_DECODER_NAMES: dict[Decoder, str] = {"ridge": "ridge regression", "mlp": "a multilayer perceptron"}

READ_BY = Reading("ridge", "object_pointer_ungated", "pointer")
"""What reads the boxes that are drawn."""

Place = tuple[str, int, int]
"""Set, clip and frame."""

_SHOWN_WIDTH = 320
"""Pixels of a frame in these figures, so that they stay small files."""

_EDGE, _GAP, _TOP, _PANEL_TITLE = 0.07, 0.06, 0.52, 0.17


@dataclass(frozen=True, eq=False)
class BoxPanel:
    """A frame to draw boxes on.

    Attributes:
        set: the clip's set.
        clip: its number.
        frame: the frame's number.
        picture: uint8 [H, W, 3], the frame; of any size with the clip's proportions.
    """

    set: str
    clip: int
    frame: int
    picture: NDArray[np.uint8]


@dataclass(frozen=True)
class _BoxStyle:
    label: str
    colour: str
    width: float
    line: str | tuple[float, tuple[float, ...]]
    marker: str


_UNIT = np.array([0.0, 0.0, 1.0, 1.0])

_TRUE = _BoxStyle("true box", "#FFFFFF", 1.3, "solid", "o")
_PREDICTED = _BoxStyle("predicted mask's box", "#56B4E9", 1.2, (0, (3, 1.6)), "s")
_DECODED = _BoxStyle("decoded from the pointer", "#E69F00", 1.6, "solid", "X")


def boxes_on_frames(study: Study, decoding: Decoding, places: Sequence[Place]) -> Figure:
    """Draw the boxes that ``READ_BY`` read on a study's frames, as ``decoded_boxes`` does.

    Args:
        study: a study that has maps of the clips, and with them their frames.
        decoding: what ``decode_pointers`` returned for it.
        places: set, clip and frame of each panel: frames of one clip in order (figure 15), or of the sets of
            one draw (figure 14).

    Raises:
        UsageError: there are no places, or the study has no maps of a clip.
        SamscopeError: the records hold no such frame, or no pointer of these frames was decoded.
    """
    panels = [_panel(study, place) for place in places]
    return decoded_boxes(decoding, panels, pointer=READ_BY.pointer, decoder=READ_BY.decoder)


def is_decoded(decoding: Decoding, place: Place) -> bool:
    """Return whether ``READ_BY`` read a box on a frame.

    Raises:
        SamscopeError: the records hold no such clip.
    """
    set_name, clip, frame = place
    rows = decoding.rows(set_name, clip)
    row = rows[decoding.frames.keys["frame"].to_numpy()[rows] == frame]
    answers = decoding.readings.get(READ_BY)
    return answers is not None and bool(np.isfinite(answers[row, TARGETS["box"]]).any())


def with_one_reading(decoding: Decoding) -> Decoding:
    """Return a decoding with what ``READ_BY`` read alone, and without pointers."""
    readings = {reading: boxes for reading, boxes in decoding.readings.items() if reading == READ_BY}
    return replace(decoding, frames=replace(decoding.frames, pointers={}), readings=readings)


def _panel(study: Study, place: Place) -> BoxPanel:
    set_name, clip, frame = place
    (picture,) = study.maps(set_name, clip, frames=[frame])["frames"]
    height, width = picture.shape[:2]
    size = (_SHOWN_WIDTH, round(_SHOWN_WIDTH * height / width))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return BoxPanel(*place, np.asarray(small, dtype=np.uint8))


@styled
def decoded_boxes(
    decoding: Decoding,
    panels: Sequence[BoxPanel],
    *,
    pointer: Pointer = "object_pointer_ungated",
    decoder: Decoder = "ridge",
) -> Figure:
    """Draw the box decoded from one pointer, the true box and the predicted mask's box on frames.

    Args:
        decoding: what ``decode_pointers`` returned; its decoders have not seen the source video drawn.
        panels: frames of one clip in order (figure 15), or of the sets of one draw (figure 14).
        pointer: which pointer.
        decoder: which decoder.

    Returns:
        A figure with one panel a frame, each with the IoU of the decoded and the true box over it; each box's
        centre is marked. Where the object is absent there is no true box, on the prompted frame none
        is decoded, and boxes end at the picture's edges.

    Raises:
        UsageError: there are no panels.
        SamscopeError: the records hold no such frame, or no pointer of these frames was decoded.
    """
    if not panels:
        raise UsageError("there are no frames to draw boxes on; name at least one")
    rows = [_row(decoding, panel) for panel in panels]
    box = TARGETS["box"]
    answers = decoding.readings.get(Reading(decoder, pointer, "pointer"))
    decoded = np.full((len(rows), 4), np.nan) if answers is None else answers[rows, box]
    if not np.isfinite(decoded).any():
        raise SamscopeError(
            "no pointer of these frames was decoded: that takes training clips of other source videos; run "
            "the study with more videos or clips"
        )
    truth, predicted = decoding.frames.truth[rows, box], decoding.frames.predicted_mask[rows, box]
    several_sets = len({panel.set for panel in panels}) > 1
    prompted = decoding.frames.prompted[rows]
    note = (
        f"Position {position_title(pointer)}. Decoded by {_DECODER_NAMES[decoder]} from one pointer, trained "
        "on other source videos. IoU: of the decoded and the true box. Marks: centres."
    )
    if (np.isnan(decoded).any(axis=1) & ~prompted).any():
        note += " Nothing is decoded where the object's own video was trained on."
    figure, all_axes = _laid_out(panels, 3 if several_sets else 4, note)
    overlaps = box_overlap(decoded, truth)
    for number, (axes, panel) in enumerate(zip(all_axes, panels, strict=True)):
        axes.imshow(panel.picture, extent=(0, 1, 1, 0), aspect="auto", interpolation="antialiased")
        for boxes, style in ((truth, _TRUE), (predicted, _PREDICTED), (decoded, _DECODED)):
            _draw_box(axes, boxes[number], style)
        parts = [
            f"{SET_STYLES[panel.set].label}, frame {panel.frame}" if several_sets else f"frame {panel.frame}"
        ]
        if prompted[number]:
            parts.append("prompted")
        elif np.isnan(truth[number]).any():
            parts.append("absent")
        elif np.isfinite(overlaps[number]):
            parts.append(f"IoU {overlaps[number]:.2f}")
        axes.set_title(" · ".join(parts), fontsize=6.5, pad=2.5)
    video = decoding.frames.videos[rows[0]]
    dress(
        figure,
        f"Boxes decoded from pointers: {video}, clip {panels[0].clip}",
        note,
        [_edges(style, _UNIT) for style in (_TRUE, _DECODED, _PREDICTED)],
    )
    return figure


def _row(decoding: Decoding, panel: BoxPanel) -> int:
    rows = decoding.rows(panel.set, panel.clip)
    own = rows[decoding.frames.keys["frame"].to_numpy()[rows] == panel.frame]
    if not own.size:
        raise SamscopeError(
            f"clip {panel.clip} of the set {panel.set} has no frame {panel.frame}; it has {len(rows)} frames"
        )
    return int(own[0])


def _laid_out(panels: Sequence[BoxPanel], most_columns: int, note: str) -> tuple[Figure, list[Axes]]:
    """Return a figure with a place for each panel, all as high as the highest picture needs."""
    columns = min(len(panels), most_columns)
    width = (PAGE_WIDTH - 2 * _EDGE - (most_columns - 1) * _GAP) / most_columns
    height = width * max(panel.picture.shape[0] / panel.picture.shape[1] for panel in panels)
    step = height + _PANEL_TITLE + _GAP
    total = _TOP + step * -(-len(panels) // columns) + note_strip(note, PAGE_WIDTH)
    figure = Figure(figsize=(PAGE_WIDTH, total))
    places = []
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        own_height = width * panel.picture.shape[0] / panel.picture.shape[1]
        left = _EDGE + column * (width + _GAP)
        top = _TOP + row * step + _PANEL_TITLE
        axes = figure.add_axes(
            (left / PAGE_WIDTH, 1 - (top + own_height) / total, width / PAGE_WIDTH, own_height / total)
        )
        axes.set(xlim=(0, 1), ylim=(1, 0))
        axes.set_axis_off()
        places.append(axes)
    return figure, places


def _draw_box(axes: Axes, box: NDArray[np.float64], style: _BoxStyle) -> None:
    if not np.isfinite(box).all():
        return
    axes.add_patch(_edges(style, box.clip(0, 1)))
    x, y = centres(box[None])[0].clip(0, 1)
    axes.plot(
        x,
        y,
        style.marker,
        markersize=4,
        markerfacecolor=style.colour,
        markeredgecolor="black",
        markeredgewidth=0.6,
        clip_on=False,
    )


def _edges(style: _BoxStyle, box: NDArray[np.float64]) -> Rectangle:
    x_min, y_min, x_max, y_max = box
    return Rectangle(
        (x_min, y_min),
        x_max - x_min,
        y_max - y_min,
        fill=False,
        edgecolor=style.colour,
        linewidth=style.width,
        linestyle=style.line,
        clip_on=False,
        path_effects=[withStroke(linewidth=style.width + 0.9, foreground="black")],
        label=style.label,
    )
