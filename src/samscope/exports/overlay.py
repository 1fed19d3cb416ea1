"""Frames with what was tracked drawn on them: masks, names, scores, and where an object is absent."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from samscope.exports.frame import ResultFrame, TrackedObject, TrackFacts
from samscope.exports.frames import required_pixels
from samscope.support.object_colours import Colour, object_colour
from samscope.support.printable import printable

_SHARE = 0.45
"""Of the object's colour in its mask."""
_GROUND = (20, 20, 20)
_INK = (255, 255, 255)
_LEAST_TYPE = 9


class Legend:
    """Tells what is seen of the objects on frame after frame.

    Args:
        facts: of the track.
    """

    def __init__(self, facts: TrackFacts) -> None:
        self._names = {object_id: printable(name) for object_id, name in facts.objects.items()}
        self._prompted = facts.prompted_frames()
        self._absent = dict.fromkeys(facts.objects, 0)

    def lines(self, frame: ResultFrame) -> dict[int, str]:
        """Return by object id its line on the next frame.

        A line has the object's id and name, its score (the logit that it is there), and what has happened:
        ``prompted``, ``absent for 12 frames``, ``back``.
        """
        return {
            object_id: self._line(object_id, frame.index, seen)
            for object_id, seen in sorted(frame.objects.items())
        }

    def _line(self, object_id: int, index: int, seen: TrackedObject) -> str:
        absent_before = self._absent[object_id]
        absent = self._absent[object_id] = absent_before + 1 if seen.absent else 0
        name = self._names[object_id]
        parts = [name if name == str(object_id) else f"{object_id} {name}"]
        if seen.object_score is not None:
            parts.append(f"{seen.object_score:+.1f}")
        if index in self._prompted.get(object_id, ()):
            parts.append("prompted")
        if absent:
            parts.append(f"absent for {absent} frame{'s' * (absent != 1)}")
        elif absent_before:
            parts.append("back")
        return "  ".join(parts)


class Overlay:
    """Draws what was tracked on frame after frame: masks in colours, and at the top left the legend.

    Args:
        facts: of the track.
    """

    def __init__(self, facts: TrackFacts) -> None:
        self._height = facts.size[0]
        self._legend = Legend(facts)
        self._colours = {
            object_id: object_colour(place) for place, object_id in enumerate(sorted(facts.objects))
        }

    def drawn(self, frame: ResultFrame) -> NDArray[np.uint8]:
        """Return the picture of the next frame, uint8 [H, W, 3].

        Raises:
            ValueError: the frame's pixels are not at hand.
        """
        picture = required_pixels(frame).copy()
        for object_id in sorted(frame.objects):
            _paint(picture, frame.labels == object_id, self._colours[object_id])
        image = Image.fromarray(picture)
        self._write(ImageDraw.Draw(image), self._legend.lines(frame))
        return np.asarray(image)

    def _write(self, draw: ImageDraw.ImageDraw, lines: Mapping[int, str]) -> None:
        """Write lines on a dark ground, each behind its object's colour."""
        size = self._font.size
        step, edge = round(1.4 * size), round(0.4 * size)
        for number, (object_id, text) in enumerate(lines.items()):
            top = edge + number * step
            width = draw.textlength(text, font=self._font)
            draw.rectangle((edge, top, edge + step + edge + width + edge, top + step - 1), fill=_GROUND)
            draw.rectangle((edge, top, edge + step - 1, top + step - 1), fill=self._colours[object_id])
            draw.text((2 * edge + step, top + step / 2), text, fill=_INK, font=self._font, anchor="lm")

    @cached_property
    def _font(self) -> ImageFont.FreeTypeFont:
        fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
        return ImageFont.truetype(fonts / "DejaVuSans.ttf", max(_LEAST_TYPE, self._height // 28))


def _paint(picture: NDArray[np.uint8], mask: NDArray[np.bool_], colour: Colour) -> None:
    """Tint a mask on a picture, and draw its outline in the full colour on a dark line."""
    if not mask.any():
        return
    tinted = (1 - _SHARE) * picture[mask] + _SHARE * np.asarray(colour)
    picture[mask] = np.rint(tinted).astype(np.uint8)
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    width = max(1, picture.shape[0] // 360)
    cv2.drawContours(picture, outlines, -1, _GROUND, 2 * width + 1)
    cv2.drawContours(picture, outlines, -1, colour, width)
