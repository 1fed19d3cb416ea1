"""Frames of one track, read and encoded ahead of the one that is tracked."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from samscope.trackers.sam2.speed.cores import Cores

FRAMES_AHEAD = 2
"""How many frames to come are encoded while cores compute side by side."""


Frame = TypeVar("Frame")


class FramesAhead(Generic[Frame]):
    """Encodings of frames in their order; so many of the frames to come have been begun already.

    What reading a frame raises comes in the place of its encoding, after those before it.

    Args:
        frames: the frames; read by the thread that asks for encodings.
        encode: encodes one.
        cores: run ``encode``.
        count: how many are read and begun before they are asked for; with 0 each when it is asked for.
    """

    def __init__(
        self,
        frames: Iterator[Frame],
        encode: Callable[[Frame], Any],
        cores: Cores,
        count: int,
    ) -> None:
        self._frames, self._encode, self._cores, self._count = frames, encode, cores, count
        self._begun: deque[Future[Any]] = deque()
        self._ended = False

    def begin(self) -> None:
        """Have frames encoded until so many are begun as shall be ahead."""
        self._begin(self._count)

    def take(self) -> Future[Any] | None:
        """Return the encoding of the next frame as it comes; None after the last one."""
        self._begin(1)
        return self._begun.popleft() if self._begun else None

    def _begin(self, count: int) -> None:
        while len(self._begun) < count and not self._ended:
            try:
                frame = next(self._frames, None)
            except Exception as error:
                broken: Future[Any] = Future()
                broken.set_exception(error)
                self._begun.append(broken)
                self._ended = True
                return
            if frame is None:
                self._ended = True
                return
            self._begun.append(self._cores.run(self._encode, frame))
