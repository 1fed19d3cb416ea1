"""The part of a video that clips can be made of: frames at even distances that all have labels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samscope.videos.labelled import (
    PartlyLabelled,
    files_of,
    frames_of,
    labelled_frames,
    mask_note,
    object_mask,
)
from samscope.videos.object_names import NamesObjects
from samscope.videos.video import Collection, Video


@dataclass(frozen=True)
class Stretch:
    """A run of a video's frames that all have labels, as a video; frame 0 is the first of them.

    Attributes:
        video: where they are.
        indices: their indices there, at even distances: SA-V's are 4 apart.
    """

    video: Video
    indices: range

    @property
    def name(self) -> str:
        """Name of the video."""
        return self.video.name

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of every frame in pixels."""
        return self.video.size

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Labels of the video's objects."""
        return self.video.object_ids

    @property
    def object_names(self) -> Mapping[int, str]:
        """Names of the objects by id, as far as the video tells them."""
        return self.video.object_names if isinstance(self.video, NamesObjects) else {}

    @property
    def mask_note(self) -> str | None:
        """What is to be said of how the masks are read."""
        return mask_note(self.video)

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.indices)

    def said(self) -> str:
        """Return on how many of the video's frames there are labels, and which of them are taken."""
        labelled = len(labelled_frames(self.video))
        return (
            f"{labelled} of {len(self.video)} frames have labels; taken are {len(self)} of them, "
            f"{self.indices.step} apart"
        )

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index`` of the stretch as uint8 [H, W, 3], RGB."""
        return self.video.frame(self.indices[index])

    def frames_at(self, indices: Iterable[int]) -> Iterator[NDArray[np.uint8]]:
        """Iterate over frames of ascending indices, uint8 [H, W, 3]."""
        return frames_of(self.video, (self.indices[index] for index in indices))

    def labels(self, index: int) -> NDArray[np.uint8]:
        """Return the labels of frame ``index`` of the stretch as uint8 [H, W]."""
        return self.video.labels(self.indices[index])

    def mask_of(self, index: int, object_id: int) -> NDArray[np.bool_]:
        """Return the mask of an object, bool [H, W]."""
        return object_mask(self.video, self.indices[index], object_id)

    def files_at(self, index: int) -> list[Path]:
        """Return the files that a frame and its labels come from."""
        return files_of(self.video, self.indices[index])


def longest_run(labelled: Sequence[int]) -> range:
    """Return the longest run of evenly spaced numbers among ascending ones, the first of several.

    Two numbers alone are a run of their distance only where there is no longer one, as are one and none.
    """
    best = range(labelled[0], labelled[0] + 1) if labelled else range(0)
    begin = 0
    steps = [after - before for before, after in pairwise(labelled)]
    for place, step in enumerate(steps):
        if step != steps[begin]:
            begin = place
        if place - begin + 2 > len(best):
            best = range(labelled[begin], labelled[place + 1] + 1, step)
    return best


def labelled_throughout(collection: Collection) -> Collection:
    """Return a collection in which each frame of each video has labels.

    Of a video that has labels on some frames alone, what stays is its longest run of evenly spaced ones;
    where it has no truth that is nothing, a video of no frames.
    """
    videos = tuple(
        Stretch(video, longest_run(video.labelled_indices())) if isinstance(video, PartlyLabelled) else video
        for video in collection.videos
    )
    return Collection(collection.name, videos, collection.left_out, collection.list_read)
