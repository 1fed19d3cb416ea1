"""Videos of the DAVIS layout that have masks on some frames alone: YouTube-VOS, LVOS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError
from samscope.videos.davis_video import DavisVideo, require_size
from samscope.videos.images import read_frame


@dataclass(frozen=True)
class SparseVideo:
    """A video whose masks lie on some of its frames; frames and masks are decoded when asked for.

    An object that begins late is absent from the masks before. Where the only masks are those on which an
    object begins, as in YouTube-VOS' validation, they are prompts: there is nothing to measure by.

    Attributes:
        masked: the frames that have masks, with them.
        frame_paths: files of all frames, in order.
        masked_frames: indices of those that have masks, ascending.
        object_names: what the objects are, by id, as far as the data set says it.
        has_truth: whether the masks are more than prompts.
    """

    masked: DavisVideo
    frame_paths: Sequence[Path]
    masked_frames: Sequence[int]
    object_names: Mapping[int, str] = field(default_factory=dict)
    has_truth: bool = True

    @property
    def name(self) -> str:
        """Name of the video's folder."""
        return self.masked.name

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels, of every frame and every mask."""
        return self.masked.size

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Labels of the objects in any mask of the video, ascending; reads all of its masks once."""
        return self.masked.object_ids

    @property
    def mask_note(self) -> str | None:
        """What is to be said of how the masks are read, as ``DavisVideo.mask_note``."""
        return self.masked.mask_note

    def __len__(self) -> int:
        """Return the number of frames, with masks or without."""
        return len(self.frame_paths)

    def labelled_indices(self) -> Sequence[int]:
        """Return the frames that have masks to measure by, ascending."""
        return self.masked_frames if self.has_truth else ()

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index`` as uint8 [H, W, 3], RGB.

        Raises:
            SamscopeError: the file is damaged, or not of the video's size.
        """
        path = self.frame_paths[index]
        frame = read_frame(path)
        require_size(path, frame, self.size, self.name)
        return frame

    def labels(self, index: int) -> NDArray[np.uint8]:
        """Return the labels of frame ``index`` as uint8 [H, W]: 0 background, 255 void, else an object id.

        Raises:
            SamscopeError: the frame has no mask, or as ``DavisVideo.labels``.
        """
        return self.masked.labels(self._place(index))

    def files_at(self, index: int) -> list[Path]:
        """Return the files of a frame and of its mask, if it has one."""
        masks = [self.masked.mask_paths[self._place(index)]] if index in self.masked_frames else []
        return [self.frame_paths[index], *masks]

    def _place(self, index: int) -> int:
        try:
            return self.masked_frames.index(index)
        except ValueError:
            raise SamscopeError(f"{self.frame_paths[index]}: this frame has no mask") from None
