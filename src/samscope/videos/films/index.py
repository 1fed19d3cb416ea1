"""Which frames a film has and when each is shown, from one pass over its packets that decodes nothing."""

import re
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from samscope.support.errors import SamscopeError
from samscope.videos.films.container import encrypted, opened_film

_DURATION_TAG = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")
_GIF_END = b"\x3b"
_MOST_MISSING = 1.5
"""Frames that a film may lack at its end, by its own length in time, before it counts as cut off."""


@dataclass(frozen=True)
class FilmIndex:
    """The frames of a film.

    Attributes:
        stamps: when each frame is shown, ascending, in units of ``unit``: 8 bytes a frame. Empty where the
            film does not say it of every frame.
        count: how many frames there are.
        unit: seconds of one step of the stamps.
        begin: stamp of the film's beginning, as players count.
        rate: frames a second on average; None where that is not known.
        cut_off: why the film has fewer frames than it says, None where it has them all.
    """

    stamps: Sequence[int]
    count: int
    unit: Fraction
    begin: int
    rate: float | None
    cut_off: str | None = None

    def number(self, stamp: int | None, expected: int) -> int:
        """Return the number of a frame by its stamp; ``expected`` where the stamp tells nothing."""
        if stamp is None or not self.stamps:
            return expected
        place = bisect_left(self.stamps, stamp)
        return place if place < len(self.stamps) and self.stamps[place] == stamp else expected

    def seconds(self, stamp: int | None, number: int) -> float | None:
        """Return when a frame is shown: by its stamp, else by its number and the rate."""
        if stamp is not None:
            return float((stamp - self.begin) * self.unit)
        return None if self.rate is None else number / self.rate

    def first_at(self, seconds: float) -> int | None:
        """Return the number of the first frame at a time or after it; None where no time is known."""
        if self.stamps:
            stamp = self.begin + Fraction(seconds).limit_denominator(10**6) / self.unit
            return bisect_left(self.stamps, stamp)
        return None if self.rate is None else min(self.count, int(-(-seconds * self.rate // 1)))


def read_index(path: Path) -> FilmIndex:
    """Read which frames a film has; its file is read once, from end to end.

    Raises:
        SamscopeError: as ``opened_film``, the film has no frame that can be read, or they are encrypted.
    """
    with opened_film(path) as (container, track):
        stamps, timed, failure = array("q"), True, None
        count = 0
        packets = container.demux(track)
        while failure is None:
            try:
                packet = next(packets, None)
            except FFmpegError as error:
                failure = f"after {count} frames the file is damaged ({error.strerror})"
                break
            if packet is None:
                break
            if packet.is_corrupt:
                failure = f"the file breaks off within frame {count} (truncated)"
            elif packet.has_sidedata("encryption_info"):
                raise SamscopeError(encrypted(path))
            elif is_shown(packet, track):
                stamp = packet.pts if packet.pts is not None else packet.dts
                timed = timed and stamp is not None
                stamps.append(stamp if timed and stamp is not None else 0)
                count += 1
        if not count:
            raise SamscopeError(f"{path}: has no frame that can be read; copy it again, or give another film")
        in_order = array("q", sorted(stamps))
        timed = timed and all(before < after for before, after in pairwise(in_order))
        unit = track.time_base or Fraction(1)
        rate = track.average_rate or track.guessed_rate
        begin = (
            0 if container.start_time is None else round(Fraction(container.start_time, av.time_base) / unit)
        )
        return FilmIndex(
            in_order if timed else (),
            count,
            unit,
            min(begin, in_order[0]) if timed else begin,
            float(rate) if rate else None,
            failure or _missing(path, container, track, count, in_order[-1] if timed else None),
        )


def is_shown(packet: "Packet[VideoStream]", track: VideoStream) -> bool:
    """Tell whether a packet makes a frame; some are there for other frames' sake alone."""
    if not packet.size or packet.is_discard:
        return False
    return track.codec_context.name != "vp8" or bool(bytes(packet)[0] & 0x10)


def _missing(
    path: Path, container: InputContainer, track: VideoStream, count: int, last: int | None
) -> str | None:
    """Say what a film lacks by its own account: of its number of frames, its length, or its end."""
    if track.frames > count and "gif" not in container.format.name:
        return f"{count} of the {track.frames} frames that it says it has are there (truncated)"
    length = _DURATION_TAG.fullmatch(track.metadata.get("DURATION", "")[:15])
    if length and last is not None and track.average_rate:
        length_in_seconds = 3600 * int(length[1]) + 60 * int(length[2]) + float(length[3])
        end_in_seconds = float(last * (track.time_base or 0)) + _MOST_MISSING / float(track.average_rate)
        if end_in_seconds < length_in_seconds:
            return (
                f"{end_in_seconds:.2f} of the {length_in_seconds:.2f} seconds that it says it has are there "
                "(truncated)"
            )
    if container.format.name == "gif":
        with path.open("rb") as file:
            file.seek(-16, 2)
            if not file.read().rstrip(b"\0").endswith(_GIF_END):
                return f"the file breaks off after frame {count - 1} (truncated)"
    return None
