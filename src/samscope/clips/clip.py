"""A clip, the draw that it was made from, and what is known about each of its frames."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import UsageError

SetName = Literal["clean", "interjection", "object_removal", "context_removal", "obscuration", "overlay"]
SETS: tuple[SetName, ...] = get_args(SetName)
"""The six sets of clips: the paper's section 3.1 and the clean clips that they are held against."""

OVERLAYS = 3
"""Look-alikes of each draw, which the overlay pastes over the object of interest (paper, 3.1.5)."""

Segment = Literal["prefix", "middle", "suffix"]


@dataclass(frozen=True)
class Timeline:
    """How many frames come before, in and after the middle, where a clip is transformed (paper, 3.1.1).

    Attributes:
        prefix: frames before the middle, at least 2 (the first one carries the prompt).
        middle: frames in the middle, at least 1.
        suffix: frames after the middle, at least 1.

    Raises:
        UsageError: a part is shorter than that.
    """

    prefix: int = 12
    middle: int = 4
    suffix: int = 12

    def __post_init__(self) -> None:
        for part, least in (("prefix", 2), ("middle", 1), ("suffix", 1)):
            if getattr(self, part) < least:
                raise UsageError(f"--{part} is {getattr(self, part)}; a clip needs at least {least}")

    @property
    def length(self) -> int:
        """Frames of the whole clip."""
        return self.prefix + self.middle + self.suffix

    @property
    def middle_frames(self) -> range:
        """The frames of the middle: 12, 13, 14, 15 unless told otherwise."""
        return range(self.prefix, self.prefix + self.middle)

    def segment(self, frame: int) -> Segment:
        """Return the part of the clip that ``frame`` lies in."""
        if frame < self.prefix:
            return "prefix"
        return "middle" if frame in self.middle_frames else "suffix"


@dataclass(frozen=True)
class Excerpt:
    """Evenly spaced frames of one video, seen for the sake of one of its objects.

    Attributes:
        video: name of the video.
        object_id: label of the object.
        start: index of the first frame.
        stride: frames of the video between two frames of the excerpt, at least 1.
    """

    video: str
    object_id: int
    start: int
    stride: int

    def indices(self, count: int) -> range:
        """Return the video's indices of the first ``count`` frames of the excerpt."""
        return range(self.start, self.start + count * self.stride, self.stride)


@dataclass(frozen=True)
class Draw:
    """One random draw; the clips that the six sets make of it share its source and partner.

    Attributes:
        clip: number of the draw, from 0; with the set's name it identifies a clip.
        seed: seeds every choice that a transformation still makes (side, place, flip, size).
        source: the frames that are tracked, and the object of interest in them.
        partner: frames of another video: the interjected ones, and the object that is pasted or obscures.
        overlays: three objects that look like the source's, nearest first; they may come from one video.
    """

    clip: int
    seed: int
    source: Excerpt
    partner: Excerpt
    overlays: tuple[Excerpt, ...]

    @property
    def name(self) -> str:
        """A file name for the draw's clips: ``00007-goat``."""
        return f"{self.clip:05d}-{self.source.video}"


@dataclass(frozen=True, eq=False)
class Footage:
    """The decoded frames of an excerpt.

    Attributes:
        excerpt: where they come from.
        frames: uint8 [T, H, W, 3], RGB.
        masks: bool [T, H, W], the visible pixels of the excerpt's object.
        void: bool [T, H, W], pixels whose object is not known.
    """

    excerpt: Excerpt
    frames: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    void: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Material:
    """Everything decoded that the six clips of one draw are made from, each with the timeline's length.

    Attributes:
        draw: the draw.
        source: the source's footage [T, H, W].
        partner: the partner's footage at its own size, [T, H', W'].
        overlays: footage of the three look-alikes, each at its own size.
    """

    draw: Draw
    source: Footage
    partner: Footage
    overlays: tuple[Footage, ...]


@dataclass(frozen=True, eq=False)
class Clip:
    """A clip with its ground truth, T frames of H x W pixels.

    Attributes:
        set: which of ``SETS`` it belongs to.
        draw: what it was made from.
        timeline: its three parts; ``timeline.length`` is T.
        frames: uint8 [T, H, W, 3], RGB.
        masks: bool [T, H, W], the visible part of the object of interest.
        amodal_masks: bool [T, H, W], the object with the parts that something *pasted* hides. What already
            hid the object in the source video is not known and is left out.
        void: bool [T, H, W], pixels that count in no measure.
        present: bool [T], at least one pixel of the object is visible.
        obscured: float32 [T] in 0..1, 1 - visible area / amodal area; NaN where there is no amodal area.
        transformed: bool [T], the frame differs from the set's ordinary state: a middle frame of
            interjection, removals; a frame with an obscuring or overlaid object in the picture.
        origins: where each frame's pixels come from; equal strings mean equal pixels, across clips and sets.
            An untouched frame is ``video/index``.
        rivals: bool [T, H, W], visible pixels of other objects: those pasted over the object of interest, or
            where that is pasted itself, the source's own. None where no other object's mask is known.
    """

    set: SetName
    draw: Draw
    timeline: Timeline
    frames: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    amodal_masks: NDArray[np.bool_]
    void: NDArray[np.bool_]
    present: NDArray[np.bool_]
    obscured: NDArray[np.float32]
    transformed: NDArray[np.bool_]
    origins: tuple[str, ...]
    rivals: NDArray[np.bool_] | None = None

    @property
    def name(self) -> str:
        """A file name for the clip, unique in its set: ``00007-goat``."""
        return self.draw.name


def fraction_obscured(masks: NDArray[np.bool_], amodal_masks: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return 1 - visible area / amodal area for each frame.

    Args:
        masks: bool [T, H, W], visible pixels; a subset of ``amodal_masks``.
        amodal_masks: bool [T, H, W].

    Returns:
        float32 [T] in 0..1, NaN where the amodal mask is empty.
    """
    visible = np.count_nonzero(masks, axis=(1, 2)).astype(np.float64)
    amodal = np.count_nonzero(amodal_masks, axis=(1, 2)).astype(np.float64)
    return np.where(amodal > 0, 1 - visible / np.maximum(amodal, 1), np.nan).astype(np.float32)
