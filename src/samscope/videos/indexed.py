"""Frames of a video by their index, for passes that go backwards: a few are held at a time."""

from collections.abc import Sequence
from typing import overload

from samscope.support.errors import SamscopeError, UsageError
from samscope.videos.frame import Frame
from samscope.videos.opened import OpenedVideo

MOST_FRAMES = 64
MOST_BYTES = 1 << 28
"""Of the pixels that are held, but for one frame that is larger."""


class IndexedVideo(Sequence[Frame]):
    """An opened video whose frames are read by their index, in constant memory.

    Frames are decoded a stretch at a time, which ends with the frame that is asked for: going backwards
    through a film decodes each stretch once, from the key frame before it. Going forwards is slow: iterate
    over the video itself.

    Args:
        video: as ``open_video`` gives it.
        count: how many of its frames there are to be, from the first one on; None for all.

    Raises:
        UsageError: its frames cannot be read again, or nobody knows how many there are.
    """

    def __init__(self, video: OpenedVideo, count: int | None = None) -> None:
        if video.live or video.count is None:
            raise UsageError(f"{video.name}: its frames come once, and none can be gone back to")
        self._video = video
        self._count = video.count if count is None else min(count, video.count)
        height, width = video.size
        self._stretch = max(1, min(MOST_FRAMES, MOST_BYTES // (3 * height * width)))
        self._held: dict[int, Frame] = {}

    def __len__(self) -> int:
        """Return the number of frames."""
        return self._count

    @overload
    def __getitem__(self, index: int) -> Frame: ...

    @overload
    def __getitem__(self, index: slice) -> list[Frame]: ...

    def __getitem__(self, index: int | slice) -> Frame | list[Frame]:
        """Return a frame, or a list of frames, which are held in memory.

        Raises:
            IndexError: there is none of that index.
            SamscopeError: a frame of the stretch cannot be read: what follows it would have another index.
        """
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(self._count))]
        place = range(self._count)[index]
        if place not in self._held:
            self._held = self._read(max(0, place + 1 - self._stretch), place + 1)
        return self._held[place]

    def _read(self, begin: int, end: int) -> dict[int, Frame]:
        frames = self._video.between(begin, end)
        if len(frames) < end - begin:
            lacking = min(set(range(begin, end)) - {frame.index for frame in frames})
            raise SamscopeError(
                f"{self._video.name}: frame {lacking} cannot be read, and a pass backwards needs them all; "
                f"{self._video.ended_early or 'copy it again'}"
            )
        return {frame.index: frame for frame in frames}
