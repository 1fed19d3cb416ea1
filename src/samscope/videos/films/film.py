"""A film as a source of frames."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError
from samscope.support.printable import printable
from samscope.videos.films.container import opened_film
from samscope.videos.films.index import FilmIndex, read_index
from samscope.videos.frame import Said, SourceFrame

Turning = tuple[int, int, int, int]
"""A display matrix of quarter turns and mirrors, a, b, c, d: x' = a x + c y, y' = b x + d y."""

AS_STORED: Turning = (1, 0, 0, 1)


@dataclass(frozen=True)
class Film:
    """A file that PyAV decodes; nothing is kept open, and of the frames one at a time is held.

    Pictures come as they are to be seen: turned and mirrored as the film asks, in 8-bit RGB by the film's own
    colour matrix and range, one for each frame at whatever rate. Pixels that are not square stay as stored,
    interlaced lines stay woven, and HDR is not tone-mapped.

    Attributes:
        path: the file.
    """

    path: Path

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return printable(self.path.stem)

    @property
    def live(self) -> bool:
        """False: it can be read again."""
        return False

    @property
    def rate(self) -> float | None:
        """Frames a second, on average where it varies."""
        return self._index.rate

    @property
    def count(self) -> int:
        """How many frames the file holds, whatever it says."""
        return self._index.count

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of every frame in pixels, the right way up.

        Raises:
            SamscopeError: as ``opened_film``, or no frame can be decoded.
        """
        return self._seen[0]

    @cached_property
    def _seen(self) -> tuple[tuple[int, int], Turning]:
        """Height and width of the first frame as it is to be seen, and how it and all others are turned."""
        unheard: list[str] = []
        first = next(self._decoded(0, unheard.append), None)
        if first is None:
            reason = f" ({unheard[0]})" if unheard else ""
            raise SamscopeError(f"{self.path}: no frame of it can be decoded{reason}; copy it again")
        turning = _turning(first[1])
        return _seen_size(first[1], turning), turning

    @cached_property
    def _index(self) -> FilmIndex:
        return read_index(self.path)

    def first_at(self, seconds: float) -> int | None:
        """Return the number of the first frame at a time or after it, ``count`` if there is none."""
        return self._index.first_at(seconds)

    def read(self, start: int, stop: int | None, step: int, say: Said) -> Iterator[SourceFrame]:
        """Iterate over frames; see ``FrameSource``. A frame that cannot be decoded is left out, and said."""
        size, turning = self._seen
        for number, frame in self._decoded(start, say):
            if stop is not None and number >= stop:
                if stop < self.count:
                    return
                continue  # to the film's end, where it is known what lacks
            seen = _seen_size(frame, turning)
            if seen != size:
                now, was = (f"{width}x{height}" for height, width in (seen, size))
                say(f"{self.path}: frame {number} has {now} pixels, those before it {was}; it is left there")
                return
            if (number - start) % step == 0:
                yield SourceFrame(number, self._index.seconds(frame.pts, number), pixels_of(frame, turning))

    def frame(self, number: int) -> NDArray[np.uint8]:
        """Return one frame as uint8 [H, W, 3], RGB.

        Raises:
            SamscopeError: there is no such frame, or it cannot be decoded.
        """
        messages: list[str] = []
        for frame in self.read(number, number + 1, 1, messages.append):
            return frame.pixels
        raise SamscopeError(f"{self.path}: frame {number} cannot be decoded {messages or ''}".rstrip())

    def _decoded(self, start: int, say: Said) -> Iterator[tuple[int, VideoFrame]]:
        """Iterate over numbers and decoded frames, from a number on."""
        if 0 < start < len(self._index.stamps):
            rest = self._pass(start, say, seek=True)
            first = next(rest, None)
            if first is not None and first[0] == start:
                yield first
                yield from rest
                return
        yield from self._pass(start, say, seek=False)

    def _pass(self, start: int, say: Said, *, seek: bool) -> Iterator[tuple[int, VideoFrame]]:
        index = self._index
        number, given = -1, 0
        with opened_film(self.path) as (container, track):
            track.thread_type = "AUTO"
            if seek:
                container.seek(index.stamps[start], stream=track)
            for frame in _frames(container, track):
                number = max(number + 1, index.number(frame.pts, number + 1))
                if number >= start:
                    given += 1
                    yield number, frame
        if (lacking := index.count - start - given) > 0:
            say(f"{self.path}: {lacking} of its frames cannot be decoded and are left out; copy it again")
        if index.cut_off:
            say(f"{self.path}: {index.cut_off}; what could be read was taken")


def _frames(container: InputContainer, track: VideoStream) -> Iterator[VideoFrame]:
    """Iterate over the frames of a track, without those that cannot be decoded. A broken file ends it."""
    packets = container.demux(track)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError:  # said by the index
            packet = None
        if packet is None or packet.is_corrupt:
            break
        try:
            yield from packet.decode()
        except InvalidDataError:
            continue
    try:
        yield from track.codec_context.decode(None)
    except FFmpegError:  # nothing was left in the decoder
        return


def _seen_size(frame: VideoFrame, turning: Turning) -> tuple[int, int]:
    _, across, down, _ = turning
    return (frame.width, frame.height) if across or down else (frame.height, frame.width)


def pixels_of(frame: VideoFrame, turning: Turning = AS_STORED) -> NDArray[np.uint8]:
    """Return a decoded frame the right way up, uint8 [H, W, 3], RGB."""
    pixels = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    a, b, c, d = turning
    if b or c:
        pixels = pixels.transpose(1, 0, 2)[:: -1 if b < 0 else 1, :: -1 if c < 0 else 1]
    else:
        pixels = pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]
    return np.ascontiguousarray(pixels)


def _turning(frame: VideoFrame) -> Turning:
    """Return how a frame is turned; it then lives until cycles of references are collected."""
    stored = cast(Mapping[Type, bytes], frame.side_data).get(Type.DISPLAYMATRIX)
    if stored is None:
        return AS_STORED
    a, b, _, c, d = struct.unpack("=5i", bytes(stored)[:20])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return (a > 0) - (a < 0) or 1, 0, 0, (d > 0) - (d < 0) or 1
    return 0, (b > 0) - (b < 0) or 1, (c > 0) - (c < 0) or 1, 0
