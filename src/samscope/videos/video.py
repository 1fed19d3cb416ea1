"""A source video, wherever its frames and masks come from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import UsageError

VOID = 255
"""Label of the pixels whose object is not known; they count for no object and in no measure."""

_FEW = 100
"""As many names of videos are listed in a message."""


class Video(Protocol):
    """A video with the labels of its objects; frames are decoded when asked for and never kept."""

    @property
    def name(self) -> str:
        """Name of the video, unique in its collection; safe as a file name."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of every frame in pixels."""

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Labels of the objects, ascending, without 0 (background) and 255 (void)."""

    def __len__(self) -> int:
        """Return the number of frames."""

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index`` as uint8 [H, W, 3], RGB."""

    def labels(self, index: int) -> NDArray[np.uint8]:
        """Return the labels of frame ``index`` as uint8 [H, W]: 0 background, 255 void, else an object id."""


@dataclass(frozen=True)
class Collection(Mapping[str, Video]):
    """Videos by name, in a fixed order.

    Attributes:
        name: what the collection is called in records and reports.
        videos: at least one video; names are unique.
        left_out: names of videos that are there and cannot be read, and why.
        list_read: the list that the videos were chosen by, ``ImageSets/2017/val.txt``; None for all videos.
    """

    name: str
    videos: tuple[Video, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    list_read: str | None = None

    def __getitem__(self, name: str) -> Video:
        if name not in self._by_name:
            rest = len(self) - _FEW
            names = ", ".join(islice(self, _FEW)) + (f" and {rest} more" if rest > 0 else "")
            raise UsageError(f"{self.name} has no video named {name!r}; it has {names}")
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Video]:
        return {video.name: video for video in self.videos}

    def __iter__(self) -> Iterator[str]:
        return (video.name for video in self.videos)

    def __len__(self) -> int:
        return len(self.videos)
