"""The page's figures of boxes decoded from pointers: how they are drawn, or why they are missing."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from samscope.analysis.pointers.decoding import Decoding, Reading
from samscope.analysis.pointers.frames import TARGETS
from samscope.clips.clip import SETS, Timeline
from samscope.figures.clip_sheet import sheet_frames
from samscope.figures.decoded_boxes import BoxPanel, decoded_boxes
from samscope.figures.examples import most_obscured
from samscope.records.store import Study
from samscope.report.drawings import Drawing
from samscope.report.figure_numbers import drawn_boxes
from samscope.report.results import OBSCURED_SET
from samscope.report.wording import listed, sentence_label

READ_BY = Reading("ridge", "object_pointer_ungated", "pointer")
"""What reads the boxes that are drawn."""

_SHOWN_WIDTH = 320
"""Pixels of a frame in these figures, so that they stay small files."""

Place = tuple[str, int, int]
"""Set, clip and frame."""


def decoding_drawings(study: Study, decoding: Decoding) -> list[Drawing]:
    """Return the decoded boxes of the first draw that has maps: through one clip, and set by set."""
    keys = study.map_keys()
    clip = min((number for _, number in keys), default=0)
    sets = [str(name) for name in SETS if (name, clip) in keys]
    through = _through(study, sets[0], clip) if sets else []
    frame = _frame(study, clip, sets)
    beside = [(name, clip, frame) for name in sets]
    which = f"the {sentence_label(sets[0])} clip" if sets else "a clip"
    labels = listed([sentence_label(name) for name in sets])
    read = replace(
        decoding,
        frames=replace(decoding.frames, pointers={}),
        readings={READ_BY: decoding.readings[READ_BY]} if READ_BY in decoding.readings else {},
    )
    return [
        Drawing(
            "decoded-boxes-through-time",
            "Boxes read off the pointer, through a clip (paper, figure 15)",
            "Each box is read off one pointer by a ridge regression that never saw this source video; beside "
            "it the true box, and that of the predicted mask. A decoder that knows nothing gives about the "
            f"same box everywhere. n = 1 draw, {which}: an example, not a result.",
            f"{len(through)} frames of {which} of draw {clip}, each with the true box, the predicted mask's "
            "and the one read off the pointer.",
            _drawer(study, read, through),
            _missing(decoding, through),
            numbers=partial(drawn_boxes, read, through, READ_BY),
            photographic=True,
        ),
        Drawing(
            "decoded-boxes-by-set",
            "Boxes read off the pointer, set by set (paper, figure 14)",
            f"The same on frame {frame} of the clips that the sets make of this draw, the frame of the maps "
            "above. Where the object is absent there is no true box. n = 1 draw: an example, not a result.",
            f"Frame {frame} of draw {clip} in the sets {labels}, each with up to three boxes.",
            _drawer(study, read, beside),
            _missing(decoding, beside),
            numbers=partial(drawn_boxes, read, beside, READ_BY),
            photographic=True,
        ),
    ]


def _through(study: Study, set_name: str, clip: int) -> list[Place]:
    """Return frames that tell a clip's story, without the prompted one, of which nothing is read."""
    about = study.clips.loc[study.clips["clip"] == clip].iloc[0]
    timeline = Timeline(int(about["prefix"]), int(about["middle"]), int(about["suffix"]))
    return [(set_name, clip, frame) for frame in sheet_frames(timeline) if frame]


def _frame(study: Study, clip: int, sets: list[str]) -> int:
    """Return the frame of the maps' figures, or without them the first of the middle."""
    if OBSCURED_SET in sets:
        return most_obscured(study, clip)
    return int(study.clips["prefix"].iloc[0])


def _missing(decoding: Decoding, places: list[Place]) -> str:
    if not places:
        return "No frames were kept of any clip; run the study with --maps 1 to see some."
    if not any(_is_read(decoding, place) for place in places):
        return (
            "No pointer of these frames was decoded: that takes clips of other source videos to train on; "
            "run the study with more videos or clips."
        )
    return ""


def _is_read(decoding: Decoding, place: Place) -> bool:
    set_name, clip, frame = place
    rows = decoding.rows(set_name, clip)
    row = rows[decoding.frames.keys["frame"].to_numpy()[rows] == frame]
    answers = decoding.readings.get(READ_BY)
    return answers is not None and bool(np.isfinite(answers[row, TARGETS["box"]]).any())


def _drawer(study: Study, decoding: Decoding, places: list[Place]) -> Callable[[], Figure]:
    empty = {name: getattr(study, name).iloc[:0] for name in ("clips", "frames", "features")}
    return partial(_draw, replace(study, **empty), decoding, places)


def _draw(study: Study, decoding: Decoding, places: list[Place]) -> Figure:
    frames = {clip: study.maps(*clip)["frames"] for clip in {place[:2] for place in places}}
    panels = [BoxPanel(*place, _small(frames[place[:2]][place[2]])) for place in places]
    return decoded_boxes(decoding, panels, pointer=READ_BY.pointer, decoder=READ_BY.decoder)


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    size = (_SHOWN_WIDTH, round(_SHOWN_WIDTH * height / width))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
