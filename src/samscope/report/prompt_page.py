"""A page on which boxes and clicks are drawn on frames of a film, for several objects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samscope.report.pictures import PHOTO_QUALITY, PicturePool
from samscope.report.scripts import carried, inline
from samscope.report.templates import templates
from samscope.support.disk import write_whole
from samscope.support.errors import UsageError
from samscope.support.object_colours import OBJECT_COLOURS
from samscope.videos.opened import fitted, shrunk

SCRIPTS = ("elements.js", "prompts.js", "prompt_picture.js", "prompt_page.js")
"""Files of ``report/page_scripts``, each after those that it uses."""

_TOOLS = (
    ("box", "Box", "B"),
    ("positive", "Click: object", "P"),
    ("negative", "Click: not it", "N"),
    ("remove", "Remove a click", "R"),
)

_LONGEST_SIDE = 1280
"""Pixels of a picture on the page; coordinates are those of the frame itself."""


@dataclass(frozen=True, eq=False)
class PromptFrame:
    """A frame that prompts can be drawn on.

    Attributes:
        index: as tracking counts the film's frames, from 0.
        seconds: when it is shown; None where that is not told.
        pixels: uint8 [H, W, 3], RGB.
    """

    index: int
    seconds: float | None
    pixels: NDArray[np.uint8]


def spread_frames(frames: Iterable[PromptFrame], most: int) -> list[PromptFrame]:
    """Return frames of equal distance, the first one among them, of a film whose length need not be told.

    At most twice as many as are returned are held at any time.

    Args:
        frames: all of the film's.
        most: how many are returned at most, 1 or more. There are more than half as many, where the film has
            them.

    Raises:
        UsageError: ``most`` is below 1.
    """
    if most < 1:
        raise UsageError(f"frames is {most}; at least 1 can be drawn on")
    every, kept = 1, list[PromptFrame]()
    for place, frame in enumerate(frames):
        if place % every:
            continue
        if len(kept) == most:
            every, kept = 2 * every, kept[::2]
        if place % every == 0 and len(kept) < most:
            kept.append(frame)
    return kept


def write_prompt_page(page: Path, frames: Sequence[PromptFrame], film: str, command: str) -> None:
    """Write a page that works from disk: it carries its frames in itself and asks nobody for anything.

    On it boxes and clicks are drawn for several objects, with a mouse, a finger or the keyboard; it saves
    prompts.json and shows the command that tracks with it.

    Args:
        page: the file.
        frames: of one size, by index.
        film: what the film is called on the page.
        command: what tracks it, as it is typed.

    Raises:
        UsageError: there are no frames.
        SamscopeError: nothing can be written there.
    """
    if not frames:
        raise UsageError(f"{film}: there is no frame to draw prompts on")
    height, width = frames[0].pixels.shape[:2]
    shown_size = fitted((height, width), _LONGEST_SIDE)
    pool = PicturePool()
    numbers = [pool.number(shrunk(frame.pixels, shown_size), quality=PHOTO_QUALITY) for frame in frames]
    shown = [
        {"frame": frame.index, "seconds": frame.seconds, "source": pool.sources[number]}
        for frame, number in zip(frames, numbers, strict=True)
    ]
    html = (
        templates()
        .get_template("prompt_page.html")
        .render(
            inline=inline(SCRIPTS, ("prompt_page.css",), _object_rules()),
            film=film,
            frames=len(frames),
            size=(height, width),
            tools=_TOOLS,
            command=command,
            data=carried({"size": [height, width], "frames": shown, "colours": len(OBJECT_COLOURS)}),
        )
    )
    write_whole(page, html.encode())


def _object_rules() -> str:
    """Return the style that gives each object its colour."""
    colours = ("#{:02x}{:02x}{:02x}".format(*colour) for colour in OBJECT_COLOURS)
    return "".join(f".of-object-{place} {{ --of: {colour}; }}\n" for place, colour in enumerate(colours))
