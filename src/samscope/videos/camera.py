"""A camera or a stream as a source of frames: each is taken as it comes, the newest one first of all."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import UsageError
from samscope.videos.frame import Said, SourceFrame

STALL_SECONDS = 10.0
"""A stream that gives no frame for so long counts as stalled."""

_CAMERA = re.compile(r"camera:(\d{1,3})")
_STREAM = re.compile(r"(rtsps?|rtmps?|udp|srt):/{1,2}(.+)", re.DOTALL)
_CREDENTIALS = re.compile(r"//[^/@]*@")


class Capture(Protocol):
    """What of ``cv2.VideoCapture`` is used."""

    def isOpened(self) -> bool:  # noqa: N802
        """Tell whether there is anything to read from."""

    def read(self) -> tuple[bool, NDArray[np.uint8] | None]:
        """Wait for a frame and return it, uint8 [H, W, 3], BGR; False where there is none any more."""

    def get(self, number: int) -> float:
        """Return a property by OpenCV's number."""

    def release(self) -> None:
        """Give the camera back."""


Opener = Callable[[int | str], Capture]
"""Opens a camera by its number, or a stream by its address."""


def address_of(path: str) -> int | str | None:
    """Return which camera or stream a text names: a number, an address; None where it names neither."""
    if match := _CAMERA.fullmatch(path):
        return int(match[1])
    if match := _STREAM.fullmatch(path):
        return f"{match[1]}://{match[2]}"
    return None


@dataclass(eq=False)
class Camera:
    """A camera or stream that is open. It is read once; frames that come while nobody asks are passed over.

    A thread of its own takes frames as they come and keeps the newest, so that what is tracked is never
    older than one frame and nothing grows. ``number`` counts all frames that came, and ``seconds`` is the
    time since the first one came.

    Attributes:
        name: ``camera:0``, or the stream's address without a user's name and password.
        capture: what is read.
        first: the first frame, uint8 [H, W, 3], RGB.
        stall_seconds: a wait of more than so long ends it.
    """

    name: str
    capture: Capture
    first: NDArray[np.uint8]
    stall_seconds: float = STALL_SECONDS
    _was_read: bool = field(default=False, init=False)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the first frame in pixels."""
        return self.first.shape[0], self.first.shape[1]

    @property
    def rate(self) -> float | None:
        """Frames a second as the camera states them; None where it does not."""
        rate = self.capture.get(cv2.CAP_PROP_FPS)
        return float(rate) if np.isfinite(rate) and 0 < rate <= 1000 else None

    @property
    def count(self) -> int | None:
        """None: nobody knows."""
        return None

    @property
    def live(self) -> bool:
        """True: it is read once."""
        return True

    def first_at(self, seconds: float) -> int | None:
        """Return None: what will come is not known."""
        return None

    def read(self, start: int, stop: int | None, step: int, say: Said) -> Iterator[SourceFrame]:
        """Iterate over frames; see ``FrameSource``.

        The first frame is never passed over, as prompts may be told on it; of others that were, the next one
        is taken.

        Raises:
            UsageError: it was read before.
        """
        if self._was_read:
            raise UsageError(f"{self.name}: live, and was read already; open it again")
        self._was_read = True
        newest = _Newest(self.capture)
        due = start
        try:
            if start == 0 and stop != 0:
                due = step
                yield SourceFrame(0, 0.0, self.first)
            while stop is None or due < stop:
                taken = newest.take(self.stall_seconds)
                if taken is None:
                    say(f"{self.name}: {newest.why_not or f'stalled: no frame for {self.stall_seconds:g} s'}")
                    return
                if taken.number < due:
                    continue
                if stop is not None and taken.number >= stop:
                    return
                if taken.pixels.shape[:2] != self.size:
                    say(f"{self.name}: its pictures changed their size; it is left there")
                    return
                due = taken.number + step
                yield taken
        finally:
            newest.stop()


class _Newest:
    """The newest frame of a capture after its first one, which a thread reads from."""

    def __init__(self, capture: Capture) -> None:
        self.why_not: str | None = None
        self._capture = capture
        self._began = time.monotonic()
        self._frame: SourceFrame | None = None
        self._stopped = False
        self._change = threading.Condition()
        threading.Thread(target=self._read_on, name="samscope-camera", daemon=True).start()

    def take(self, timeout: float) -> SourceFrame | None:
        """Return the newest frame, which is then gone, as soon as there is one; None where none comes."""
        with self._change:
            self._change.wait_for(lambda: self._frame is not None or self.why_not is not None, timeout)
            frame, self._frame = self._frame, None
            return frame

    def stop(self) -> None:
        """Let the thread end after the frame that it waits for; it gives the capture back."""
        with self._change:
            self._stopped = True

    def _read_on(self) -> None:
        number = 0
        try:
            while not self._stopped:
                is_read, pixels = self._capture.read()
                number += 1
                with self._change:
                    if not is_read or pixels is None:
                        self.why_not = f"ended after {number} frames"
                    else:
                        seconds = time.monotonic() - self._began
                        self._frame = SourceFrame(number, seconds, in_rgb(pixels))
                    self._change.notify()
                if self.why_not is not None:
                    return
        except Exception as error:  # a driver may raise anything; the reader is told
            with self._change:
                self.why_not = f"broke after {number + 1} frames ({' '.join(str(error).split())})"
                self._change.notify()
        finally:
            self._capture.release()


def open_camera(address: int | str, opener: Opener | None = None) -> Camera:
    """Open a camera or a stream and wait for its first frame.

    Args:
        address: as ``address_of`` gives it.
        opener: what opens it; None for OpenCV.

    Raises:
        UsageError: it is not there, or gives no frame.
    """
    name = f"camera:{address}" if isinstance(address, int) else _CREDENTIALS.sub("//", address)
    capture = (opener or _opened_by_opencv)(address)
    is_read, pixels = capture.read() if capture.isOpened() else (False, None)
    if not is_read or pixels is None:
        capture.release()
        hint = (
            "name another number, and see that no other program has it"
            if isinstance(address, int)
            else ("check the address and the network")
        )
        raise UsageError(
            f"{name}: no such {'camera' if isinstance(address, int) else 'stream'}, or no frame comes; {hint}"
        )
    return Camera(name, capture, in_rgb(pixels))


def in_rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what OpenCV gives, grey or BGR, as uint8 [H, W, 3], RGB."""
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, axis=2)
    return np.ascontiguousarray(pixels[..., 2::-1])


def _opened_by_opencv(address: int | str) -> Capture:
    waits = int(1000 * STALL_SECONDS)
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        if isinstance(address, int):
            capture = cv2.VideoCapture(address)
        else:
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, waits, cv2.CAP_PROP_READ_TIMEOUT_MSEC, waits]
            capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)
    finally:
        cv2.utils.logging.setLogLevel(level)
    return capture
