"""What each set makes of one draw, frame by frame (paper figures 2 to 6)."""

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from samscope.clips.clip import SETS, Timeline
from samscope.figures.style import (
    MIDDLE,
    PAGE_WIDTH,
    POINT,
    SET_STYLES,
    Extent,
    draw_outline,
    dress,
    note_strip,
    styled,
)
from samscope.records.store import Study

_SHOWN_WIDTH = 144
"""Pixels of a frame in the sheet, so that a figure of many stays a small file."""

_LABEL, _EDGE, _GAP, _TOP, _FRAME_NUMBERS = 0.78, 0.07, 0.03, 0.36, 0.16


@styled
def clip_sheet(study: Study, clip: int) -> Figure:
    """Draw the clips of one draw as rows, nine frames of each, with the object's true outline.

    Args:
        study: a study that has maps of the clip; a set without them is left out.
        clip: number of the draw.

    Returns:
        A figure with one row a set; the frames of the middle stand on a shaded ground.

    Raises:
        UsageError: the study has maps of no set of that draw.
    """
    with_maps = {set_name for set_name, number in study.map_keys() if number == clip}
    shown = [set_name for set_name in SETS if set_name in with_maps] or ["clean"]
    rows = study.clips[study.clips["clip"] == clip]
    about = rows.iloc[0]
    timeline = Timeline(int(about["prefix"]), int(about["middle"]), int(about["suffix"]))
    frames = sheet_frames(timeline)
    pictures = {
        set_name: (maps["frames"], maps["masks"])
        for set_name in shown
        for maps in (study.maps(set_name, clip, frames=frames),)
    }
    note = (
        "Outline: the true mask of the object of interest, its visible part. "
        f"Shaded: the middle, frames {timeline.middle_frames[0]} to {timeline.middle_frames[-1]}."
    )
    height, width = pictures[shown[0]][0].shape[1:3]
    panel = (PAGE_WIDTH - 2 * _EDGE - _LABEL - (len(frames) - 1) * _GAP) / len(frames)
    row_height = panel * height / width + _GAP
    bottom = note_strip(note, PAGE_WIDTH)
    total = _TOP + _FRAME_NUMBERS + len(shown) * row_height + bottom
    figure = Figure(figsize=(PAGE_WIDTH, total))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, PAGE_WIDTH), ylim=(0, total), autoscale_on=False)
    axes.set_axis_off()
    for row, set_name in enumerate(shown):
        top = total - _TOP - _FRAME_NUMBERS - row * row_height
        label = SET_STYLES[set_name].label.replace(" ", "\n")
        axes.text(_EDGE + _LABEL - 5 * POINT, top - (row_height - _GAP) / 2, label, ha="right", va="center")
        for column, frame in enumerate(frames):
            left = _EDGE + _LABEL + column * (panel + _GAP)
            extent = (left, left + panel, top - row_height + _GAP, top)
            shown_frames, masks = pictures[set_name]
            _draw_frame(axes, shown_frames[column], masks[column], extent)
            if row == 0:
                ground = MIDDLE if frame in timeline.middle_frames else "none"
                box = {"facecolor": ground, "edgecolor": "none", "pad": 1.5}
                axes.text(left + panel / 2, top + 3 * POINT, str(frame), fontsize=6.5, ha="center", bbox=box)
    partner = f", partner {about['partner_video']}" if about["partner_video"] else ""
    dress(figure, f"The clips of draw {clip}: source {about['source_video']}{partner}", note)
    return figure


def sheet_frames(timeline: Timeline) -> list[int]:
    """Return up to nine frames that tell a clip's story: its ends, the middle and its neighbours."""
    middle = timeline.middle_frames
    told = {0, timeline.prefix // 2, middle[0] - 1, middle[0], middle[len(middle) // 2], middle[-1]}
    told |= {middle[-1] + 1, (middle[-1] + timeline.length) // 2, timeline.length - 1}
    return sorted(told)


def _draw_frame(axes: Axes, frame: NDArray[np.uint8], mask: NDArray[np.uint8], extent: Extent) -> None:
    height, width = mask.shape
    size = (_SHOWN_WIDTH, round(_SHOWN_WIDTH * height / width))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    axes.imshow(small, aspect="auto", extent=extent)
    draw_outline(axes, mask > 0, width=0.45, ground=0.9, extent=extent)
