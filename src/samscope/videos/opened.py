"""Opening of any video to be tracked: a film, a folder of frames, a sequence of a data set, a camera."""

import logging
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import UsageError
from samscope.support.reading import require_there
from samscope.support.urls import url_of
from samscope.videos.camera import address_of, open_camera
from samscope.videos.films.film import Film
from samscope.videos.frame import Frame, FrameSource, SourceFrame
from samscope.videos.frame_folder import open_folder, picture_names
from samscope.videos.images import FRAME_SUFFIXES
from samscope.videos.labelled import labelled_frames
from samscope.videos.layouts.reading import holds_videos, read_videos
from samscope.videos.layouts.source import VideoSource
from samscope.videos.layouts.vot import vot_truths, vot_video
from samscope.videos.moments import Moment, Span, span_of

_logger = logging.getLogger(__name__)


class OpenedVideo:
    """A video that frames are taken of, one held at a time, however long it is.

    It may be iterated over again and again unless it is ``live``. Where its source breaks off, what could be
    read is yielded, then it ends as any other does; ``ended_early`` says why, and so does a warning in the
    log.

    Attributes:
        source: what is read.
        span: which of its frames are taken.
        max_side: pixels of the longer side at most; larger frames are made smaller, smaller ones stay.
        ended_early: of the latest iteration, why it gave fewer frames than it was to; None where it did not.
    """

    def __init__(self, source: FrameSource, span: Span, max_side: int | None = None) -> None:
        self.source = source
        self.span = span
        self.max_side = max_side
        self.ended_early: str | None = None

    def __repr__(self) -> str:
        return f"<OpenedVideo {self.name}: {self.size[1]}x{self.size[0]}, {self.count} frames>"

    @property
    def name(self) -> str:
        """What the source is called."""
        return self.source.name

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of every frame, as yielded, in pixels."""
        return fitted(self.source.size, self.max_side)

    @property
    def rate(self) -> float | None:
        """Frames a second, as yielded, on average where it varies; None where the source has no time."""
        return None if self.source.rate is None else self.source.rate / self.span.every

    @property
    def count(self) -> int | None:
        """How many frames it yields, unless it breaks off; None where nobody knows, as of a stream."""
        return None if self.live else self.span.count

    @property
    def live(self) -> bool:
        """Whether it can be iterated over only once, as frames come and go."""
        return self.source.live

    def __iter__(self) -> Iterator[Frame]:
        """Iterate over the frames.

        Raises:
            SamscopeError: nothing can be read at all.
            UsageError: it is live and was read before.
        """
        self.ended_early = None
        span = self.span
        for index, taken in enumerate(self.source.read(span.start, span.stop, span.every, self._say)):
            if span.until is not None and taken.seconds is not None and taken.seconds >= span.until:
                return
            yield self._frame(index, taken)

    def between(self, begin: int, end: int) -> list[Frame]:
        """Return the frames from an index up to another one, without those that cannot be read.

        Args:
            begin: index of the first frame, at least 0.
            end: index that is not taken any more, at most ``count``.

        Raises:
            SamscopeError: nothing can be read at all.
        """
        start, every = self.span.start, self.span.every
        stop = start + (end - 1) * every + 1
        read = self.source.read(start + begin * every, stop, every, self._say)
        return [self._frame((taken.number - start) // every, taken) for taken in read]

    def labels(self, frame: Frame) -> NDArray[np.uint8] | None:
        """Return the labels of a frame at its size, uint8 [H, W]: 0 background, 255 void, else an object id.

        None where the source has no labels to measure by, on this frame or at all.

        Raises:
            SamscopeError: they are there and cannot be read.
        """
        if not isinstance(self.source, VideoSource):
            return None
        if frame.number not in labelled_frames(self.source.video):
            return None
        labels = self.source.video.labels(frame.number)
        if labels.shape == self.size:
            return labels
        return np.asarray(
            cv2.resize(labels, self.size[::-1], interpolation=cv2.INTER_NEAREST_EXACT), np.uint8
        )

    def _frame(self, index: int, taken: SourceFrame) -> Frame:
        return Frame(index, taken.number, taken.seconds, shrunk(taken.pixels, self.size))

    def _say(self, reason: str) -> None:
        self.ended_early = reason if self.ended_early is None else f"{self.ended_early}; {reason}"
        _logger.warning("%s", reason)


def open_video(
    path: str | Path,
    start: Moment | None = None,
    end: Moment | None = None,
    every: int = 1,
    max_side: int | None = None,
) -> OpenedVideo:
    """Open a video to be tracked; frames are decoded as they are asked for.

    Args:
        path: a film (mp4, mov, mkv, webm, avi, gif, ...); a folder of JPEG, PNG or WebP frames; a video of a
            data set, as ``DAVIS/bear``, in any layout that ``read_videos`` reads; ``camera:0``; the address
            of a stream (``rtsp://...``).
        start: the first frame that is taken: its number, or a time such as ``"3.5s"`` or ``"1:02.5"``.
        end: the first frame, or the time, that is not taken any more; None for all.
        every: one of so many frames is taken.
        max_side: pixels of a frame's longer side at most; None leaves frames as they are.

    Raises:
        UsageError: there is no such video, camera or stream, or an argument is out of its range: ``start``
            after the video's end for example.
        SamscopeError: the file is no film, breaks off before its first frame, has no picture track, is
            encrypted or of a codec that is not known, or the folder's pictures cannot be read.
    """
    if max_side is not None and (isinstance(max_side, bool) or not isinstance(max_side, int) or max_side < 1):
        raise UsageError(f"--max-side is {max_side!r}; expected a whole number of pixels, 1 or more")
    source = source_of(path)
    return OpenedVideo(source, span_of(source, start, end, every), max_side)


def source_of(path: str | Path) -> FrameSource:
    """Return what a path names, opened so far that its size is known.

    Raises:
        UsageError, SamscopeError: as ``open_video``.
    """
    camera = address_of(str(path))
    if camera is not None:
        return open_camera(camera)
    if (url := url_of(path)) is not None:
        raise UsageError(f"{url}: films and frames are read from this machine: copy them here")
    path = Path(path).expanduser()
    if path.is_symlink():
        require_there(path)
    if path.is_dir():
        return _of_folder(path)
    if not path.exists() and holds_videos(path.parent):
        return VideoSource(read_videos(path.parent, only=path.name)[path.name])
    if not path.exists():
        raise UsageError(
            f"{path}: no such file or folder; give a film, a folder of frames, camera:0 or rtsp://..."
        )
    if path.suffix.lower() in FRAME_SUFFIXES:
        raise UsageError(f"{path}: a picture, and no film; give the folder of the frames")
    film = Film(path)
    film.size  # noqa: B018  what is wrong with a film is said now
    return film


def _of_folder(path: Path) -> FrameSource:
    """Return the sequence of VOT or the pictures that a folder holds."""
    if vot_truths(path):
        return VideoSource(vot_video(path))
    names = picture_names(path)
    if not names and holds_videos(path):
        first_names = ", ".join(list(read_videos(path, leave_out=True))[:5])
        raise UsageError(f"{path}: holds videos ({first_names}, ...); name one of them, as {path}/NAME")
    return open_folder(path, names)


def fitted(size: tuple[int, int], max_side: int | None) -> tuple[int, int]:
    """Return a size, height and width, with its longer side made no longer than ``max_side``."""
    longer = max(size)
    if max_side is None or longer <= max_side:
        return size
    return max(1, round(size[0] * max_side / longer)), max(1, round(size[1] * max_side / longer))


def shrunk(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return pixels uint8 [H, W, 3] at a smaller size, each the mean of those that it covers."""
    if pixels.shape[:2] == size:
        return pixels
    return np.asarray(cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)
