"""What a video can do beyond frames and labels for all of them, and how it is asked, whatever it can."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from samscope.videos.video import VOID, Video


@runtime_checkable
class PartlyLabelled(Protocol):
    """A video of which some frames have no labels; ``labels`` raises SamscopeError there."""

    def labelled_indices(self) -> Sequence[int]:
        """Return the frames that have labels to measure by, ascending; none where there is no truth."""


@runtime_checkable
class MasksApart(Protocol):
    """A video whose objects may overlap; its ``labels`` shows the smaller one where they do."""

    def mask_of(self, index: int, object_id: int) -> NDArray[np.bool_]:
        """Return the mask of an object on a labelled frame, bool [H, W]."""


@runtime_checkable
class InARow(Protocol):
    """A video that decodes many frames faster than one after another."""

    def frames_at(self, indices: Iterable[int]) -> Iterator[NDArray[np.uint8]]:
        """Iterate over frames of ascending indices, uint8 [H, W, 3]."""


@runtime_checkable
class Timed(Protocol):
    """A video that knows its frames a second."""

    def frame_rate(self) -> float:
        """Return the frames a second."""


@runtime_checkable
class OfFiles(Protocol):
    """A video that is read from files of this machine."""

    def files_at(self, index: int) -> list[Path]:
        """Return the files that a frame and its labels come from."""


def labelled_frames(video: Video) -> Sequence[int]:
    """Return the frames of a video that have labels to measure by, ascending."""
    return video.labelled_indices() if isinstance(video, PartlyLabelled) else range(len(video))


def object_mask(video: Video, index: int, object_id: int) -> NDArray[np.bool_]:
    """Return the whole mask of an object on a labelled frame, bool [H, W], under whatever overlaps it."""
    if isinstance(video, MasksApart):
        return video.mask_of(index, object_id)
    return np.asarray(video.labels(index) == object_id, np.bool_)


def mask_and_void(video: Video, index: int, object_id: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the mask of an object on a labelled frame, and where no object is known, both bool [H, W]."""
    labels = video.labels(index)
    mask = video.mask_of(index, object_id) if isinstance(video, MasksApart) else labels == object_id
    return mask, labels == VOID


def frames_of(video: Video, indices: Iterable[int]) -> Iterator[NDArray[np.uint8]]:
    """Iterate over frames of ascending indices, uint8 [H, W, 3]."""
    return (
        video.frames_at(indices) if isinstance(video, InARow) else (video.frame(index) for index in indices)
    )


def frame_rate(video: Video) -> float | None:
    """Return the frames a second of a video; None where it does not know them."""
    return video.frame_rate() if isinstance(video, Timed) else None


def files_of(video: Video, index: int) -> list[Path]:
    """Return the files that a frame and its labels come from; none where they come from no file."""
    return video.files_at(index) if isinstance(video, OfFiles) else []


def mask_note(video: Video) -> str | None:
    """Return how a video's masks are read where that has to be said, as ``DavisVideo.mask_note``; else None.

    Raises:
        SamscopeError: a mask that decides on it cannot be read.
    """
    note: str | None = getattr(video, "mask_note", None)
    return note
