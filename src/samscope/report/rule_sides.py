"""What two memory rules remembered on a clip on which they part, frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.rules.parting import Parting
from samscope.clips.clip import Clip
from samscope.records.parting_pictures import PARTING_FILE, PartingPictures
from samscope.records.rule_records import RuleRecords
from samscope.report.frame_browser import outline
from samscope.report.pictures import PHOTO_QUALITY, PicturePool
from samscope.report.wording import number, set_label
from samscope.support.errors import SamscopeError
from samscope.support.printable import printable

_LONGEST_SIDE = 240
"""Of a picture, in pixels."""


@dataclass(frozen=True)
class Remembered:
    """A frame whose memory was read.

    Attributes:
        frame: its index.
        present: whether the object is on it.
        prompted: whether it carries the prompt.
    """

    frame: int
    present: bool
    prompted: bool


@dataclass(frozen=True)
class RuleFrame:
    """What a rule made of a frame.

    Attributes:
        predicted: its mask as a path, in the picture's pixels.
        j: J as text.
        read: the frames that it read there, oldest first.
        written: whether its memory was kept.
    """

    predicted: str
    j: str
    read: tuple[Remembered, ...]
    written: bool


@dataclass(frozen=True)
class ShownFrame:
    """A frame under both rules.

    Attributes:
        frame: its index.
        segment: prefix, middle or suffix.
        present: whether the object is on it.
        picture: the picture as an address that holds it.
        truth: the object as a path, in the picture's pixels.
        sides: what each rule made of it.
    """

    frame: int
    segment: str
    present: bool
    picture: str
    truth: str
    sides: tuple[RuleFrame, RuleFrame]


@dataclass(frozen=True)
class PartingShown:
    """The clip on which two rules part most.

    Attributes:
        title: its set, draw and source video.
        rules: what both are called.
        j: mean J of each on frames with the object, as text.
        width: of its pictures.
        height: likewise.
        frames: its frames in order.
    """

    title: str
    rules: tuple[str, str]
    j: tuple[str, str]
    width: int
    height: int
    frames: tuple[ShownFrame, ...]


def parting_pictures(
    parting: Parting, clip: Clip, masks: Sequence[Sequence[NDArray[np.bool_]]]
) -> PartingPictures:
    """Return what a page shows of a clip under two rules, in pictures of at most 240 pixels a side.

    Args:
        parting: which clip and rules.
        clip: the clip.
        masks: of each rule the masks, bool [H, W], frame by frame.
    """
    height, width = clip.frames.shape[1:3]
    scale = min(1.0, _LONGEST_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return PartingPictures(
        parting.set,
        parting.clip,
        parting.rules,
        np.stack(
            [np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA)) for frame in clip.frames]
        ),
        np.stack([_smaller(mask, size) for mask in clip.masks]),
        np.stack([[_smaller(mask, size) for mask in of_rule] for of_rule in masks]),
    )


def shows(pictures: PartingPictures | None, parting: Parting) -> bool:
    """Tell whether there are pictures, and of a certain clip under certain rules."""
    if pictures is None:
        return False
    return (pictures.set, pictures.clip, pictures.rules) == (parting.set, parting.clip, parting.rules)


def parting_shown(parting: Parting, pictures: PartingPictures, records: RuleRecords) -> PartingShown:
    """Lay out a clip under two rules.

    Args:
        parting: which clip and rules.
        pictures: of that clip under those rules.
        records: what was read and written on it.

    Raises:
        SamscopeError: the pictures are not of as many frames as the records.
    """
    rows = [_rows(parting, records, rule) for rule in parting.rules]
    for own, rule in zip(rows, parting.rules, strict=True):
        if len(own) != len(pictures.frames):
            raise SamscopeError(
                f"{PARTING_FILE} has {len(pictures.frames)} frames of {parting.set} {parting.clip}, and the "
                f"records have {len(own)} under {rule}; run samscope rules again"
            )
    sides = [_side(own, of_rule) for own, of_rule in zip(rows, pictures.masks, strict=True)]
    frames = []
    for frame, pixels in enumerate(pictures.frames):
        pool = PicturePool()
        pool.number(pixels, quality=PHOTO_QUALITY)
        frames.append(
            ShownFrame(
                frame,
                str(rows[0]["segment"].iloc[frame]),
                bool(rows[0]["present"].iloc[frame]),
                pool.sources[0],
                _path(pictures.truth[frame]),
                (sides[0][frame], sides[1][frame]),
            )
        )
    clips = records.clips
    of_clip = clips.loc[(clips["set"] == parting.set) & (clips["clip"] == parting.clip)]
    title = (
        f"{set_label(parting.set)}, draw {parting.clip}: {printable(str(of_clip['source_video'].iloc[0]))}"
    )
    j = number(parting.j[0]), number(parting.j[1])
    height, width = pictures.truth.shape[1:]
    return PartingShown(title, parting.rules, j, width, height, tuple(frames))


def _side(rows: pd.DataFrame, masks: NDArray[np.bool_]) -> list[RuleFrame]:
    present, prompted = rows["present"].to_numpy(dtype=bool), rows["prompted"].to_numpy(dtype=bool)
    return [
        RuleFrame(
            _path(mask),
            number(float(row["j"])),
            tuple(
                Remembered(int(at), bool(present[at]), bool(prompted[at])) for at in sorted(set(row["read"]))
            ),
            bool(row["written"]),
        )
        for mask, row in zip(masks, rows.to_dict("records"), strict=True)
    ]


def _rows(parting: Parting, records: RuleRecords, rule: str) -> pd.DataFrame:
    frames = records.under(rule)
    return frames.loc[(frames["set"] == parting.set) & (frames["clip"] == parting.clip)].sort_values("frame")


def _smaller(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.bool_]:
    small = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(small, np.bool_)


def _path(mask: NDArray[np.bool_]) -> str:
    return outline(mask.astype(np.uint8))
