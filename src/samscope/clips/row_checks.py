"""Whether the rows of a build's tables say what ``samscope build`` can have written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from samscope.clips.clip import SETS
from samscope.support.errors import SamscopeError
from samscope.videos.images import LARGEST_SIDE
from samscope.videos.names import name_fault

MOST_CLIP_FRAMES = 100_000
"""Frames of a clip at most."""

_LARGEST = 2**31 - 1
_WHOLE_NUMBERS: dict[str, tuple[int, int]] = {
    "clip": (0, _LARGEST),
    "object_id": (1, 255),
    "start": (0, _LARGEST),
    "stride": (1, _LARGEST),
    "partner_object_id": (1, 255),
    "partner_start": (0, _LARGEST),
    "partner_stride": (1, _LARGEST),
    "seed": (0, 2**63 - 1),
    "prefix": (2, MOST_CLIP_FRAMES),
    "middle": (1, MOST_CLIP_FRAMES),
    "suffix": (1, MOST_CLIP_FRAMES),
    "height": (1, LARGEST_SIDE),
    "width": (1, LARGEST_SIDE),
}
_OVERLAYS = ("overlay_videos", "overlay_object_ids", "overlay_starts", "overlay_strides")


def check_clip_rows(
    rows: Sequence[Mapping[str, Any]], file: Path, *, name_fault: Callable[[str], str | None] = name_fault
) -> None:
    """Refuse rows of ``facts.CLIPS`` that no build has written: folders and files are named after them.

    Args:
        rows: all rows of the table.
        file: where they come from.
        name_fault: says what is wrong with the name of a video; None where nothing is.

    Raises:
        SamscopeError: a value is missing or out of its range, a name is not safe, a set is unknown, or a clip
            occurs twice; the message says which.
    """
    seen: set[tuple[str, int]] = set()
    for number, row in enumerate(rows):
        fault = next(_faults(row, name_fault), None)
        if fault is None and (row["set"], row["clip"]) in seen:
            fault = f"{row['set']} clip {row['clip']} occurs twice"
        if fault is not None:
            raise SamscopeError(f"{file}: row {number}: {fault}; make the clips again")
        seen.add((row["set"], row["clip"]))


def check_frame_rows(rows: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Refuse rows of ``facts.FRAME_FACTS`` in which a value is missing that every frame has.

    Args:
        rows: rows with at least the columns that are checked.
        file: where they come from.

    Raises:
        SamscopeError: a value is missing, or a frame's origin cannot be shown.
    """
    for number, row in enumerate(rows):
        for column in ("set", "clip", "frame", "present", "transformed", "origin"):
            if row[column] is None:
                raise SamscopeError(f"{file}: row {number}: {column} is missing; make the clips again")
        if not row["origin"].isprintable():
            raise SamscopeError(f"{file}: row {number}: origin is {row['origin']!r}; make the clips again")


def _faults(row: Mapping[str, Any], name_fault: Callable[[str], str | None]) -> Iterator[str]:
    """Return what is wrong with a row; each check takes those before it as passed."""
    if row["set"] not in SETS:
        yield f"set is {row['set']!r}; expected one of {', '.join(SETS)}"
    for column, (least, most) in _WHOLE_NUMBERS.items():
        if row[column] is None or not least <= row[column] <= most:
            yield f"{column} is {row[column]}; expected {least} to {most}"
    if row["prefix"] + row["middle"] + row["suffix"] > MOST_CLIP_FRAMES:
        yield f"the clip has more than {MOST_CLIP_FRAMES} frames"
    if (
        any(row[column] is None for column in _OVERLAYS)
        or len({len(row[column]) for column in _OVERLAYS}) > 1
    ):
        yield f"{', '.join(_OVERLAYS)} differ in length"
    if any(value is None for column in _OVERLAYS for value in row[column]):
        yield "a value of an overlay is missing"
    for name in (row["source_video"], row["partner_video"], *row["overlay_videos"]):
        if name is None:
            yield "the name of a video is missing"
        elif fault := name_fault(name):
            yield f"the name {name!r} of a video {fault}"
