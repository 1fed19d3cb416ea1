"""A video of frames with a mask for each, as DAVIS and MOSE have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError
from samscope.videos.images import StoredMask, occurring_labels, read_frame, read_stored_mask
from samscope.videos.mask_reading import MaskReading, Meaning, reading_of
from samscope.videos.video import VOID


@dataclass(frozen=True)
class DavisVideo:
    """A video of a DAVIS-format folder; frames and masks are decoded when asked for, and no file stays open.

    What the values of its masks mean is told from the masks, once and for all of them, whatever the files'
    mode. Where 255 is the only label beside 0 in every mask, it is the object, with id 1 (DAVIS 2016: 0/255
    or 1 bit). Where any other label has an area, labels are object ids and 255 is void (DAVIS 2017, MOSE,
    YouTube-VOS). Where one value has an area and greys lie along its edges, a 0/255 mask was resized, blurred
    or saved as JPEG, and the object is where it has half of its value or more. Where some masks are 0/255 and
    others 0/1, both are the object. ``mask_note`` says which of the latter it was.

    Attributes:
        name: name of the video's folder.
        size: height and width in pixels, of every frame and every mask.
        frame_paths: files of the frames, in order.
        mask_paths: files of the masks, one for each frame.
    """

    name: str
    size: tuple[int, int]
    frame_paths: Sequence[Path]
    mask_paths: Sequence[Path]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.frame_paths)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index`` as uint8 [H, W, 3], RGB.

        Raises:
            SamscopeError: the file is damaged, or not of the video's size.
        """
        frame = read_frame(self.frame_paths[index])
        require_size(self.frame_paths[index], frame, self.size, self.name)
        return frame

    def labels(self, index: int) -> NDArray[np.uint8]:
        """Return the labels of frame ``index`` as uint8 [H, W]: 0 background, 255 void, else an object id.

        Raises:
            SamscopeError: a mask is damaged, not of the video's size, of another kind than the video's other
                masks, or holds grey levels instead of labels.
        """
        return self._reading.labels(self._stored(index), self.mask_paths[index])

    @cached_property
    def object_ids(self) -> tuple[int, ...]:
        """Labels of the objects in any mask of the video, ascending; reads all of its masks once.

        Raises:
            SamscopeError: as ``labels``.
        """
        if self._reading.meaning is not Meaning.LABELS:
            return (1,)
        labels: set[int] = set().union(*(occurring_labels(self.labels(index)) for index in range(len(self))))
        return tuple(sorted(labels - {0, VOID}))

    @property
    def mask_note(self) -> str | None:
        """What is to be said of how the masks are read, the end of 'its masks are ...'; None for nothing.

        Raises:
            SamscopeError: a mask that decides on it is damaged, or not of the video's size.
        """
        return self._reading.note

    @cached_property
    def _reading(self) -> MaskReading:
        return reading_of(self.mask_paths, self._stored)

    def files_at(self, index: int) -> list[Path]:
        """Return the files of a frame and of its mask."""
        return [self.frame_paths[index], self.mask_paths[index]]

    def _stored(self, index: int) -> StoredMask:
        mask = read_stored_mask(self.mask_paths[index])
        require_size(self.mask_paths[index], mask.values, self.size, self.name)
        return mask


def require_size(path: Path, pixels: NDArray[np.uint8], size: tuple[int, int], name: str) -> None:
    """Refuse a frame or mask that is not of its video's size.

    Args:
        path: its file.
        pixels: uint8 [H, W, ...].
        size: height and width of the video's frames.
        name: the video's.

    Raises:
        SamscopeError: it is not.
    """
    if pixels.shape[:2] != size:
        raise SamscopeError(
            f"{path}: {pixels.shape[1]}x{pixels.shape[0]} pixels, but the first frame of {name} has "
            f"{size[1]}x{size[0]}; all frames and masks of a video must be of one size"
        )
