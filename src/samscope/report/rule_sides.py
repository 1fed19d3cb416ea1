"""What two memory rules remembered on a clip on which they part, frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.rules.parting import Parting
from samscope.clips.clip import Clip
from samscope.records.rule_records import RuleRecords
from samscope.report.frame_browser import outline
from samscope.report.pictures import PHOTO_QUALITY, PicturePool
from samscope.report.wording import number, set_label

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


def parting_shown(
    parting: Parting, clip: Clip, records: RuleRecords, masks: Sequence[Sequence[NDArray[np.bool_]]]
) -> PartingShown:
    """Lay out a clip under two rules.

    Args:
        parting: which clip and rules.
        clip: the clip.
        records: what was read and written on it.
        masks: of each rule the masks, bool [H, W], frame by frame.
    """
    height, width = clip.frames.shape[1:3]
    scale = min(1.0, _LONGEST_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    sides = [_side(parting, records, rule, of, size) for rule, of in zip(parting.rules, masks, strict=True)]
    frames = []
    rows = _rows(parting, records, parting.rules[0])
    for frame, pixels in enumerate(clip.frames):
        pool = PicturePool()
        pool.number(
            np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8),
            quality=PHOTO_QUALITY,
        )
        frames.append(
            ShownFrame(
                frame,
                str(rows["segment"].iloc[frame]),
                bool(clip.present[frame]),
                pool.sources[0],
                _path(clip.masks[frame], size),
                (sides[0][frame], sides[1][frame]),
            )
        )
    title = f"{set_label(parting.set)}, draw {parting.clip}: {clip.draw.source.video}"
    j = number(parting.j[0]), number(parting.j[1])
    return PartingShown(title, parting.rules, j, *size, tuple(frames))


def _side(
    parting: Parting,
    records: RuleRecords,
    rule: str,
    masks: Sequence[NDArray[np.bool_]],
    size: tuple[int, int],
) -> list[RuleFrame]:
    rows = _rows(parting, records, rule)
    present, prompted = rows["present"].to_numpy(dtype=bool), rows["prompted"].to_numpy(dtype=bool)
    return [
        RuleFrame(
            _path(mask, size),
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


def _path(mask: NDArray[np.bool_], size: tuple[int, int]) -> str:
    small = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return outline(np.asarray(small, np.uint8))
