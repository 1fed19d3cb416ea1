"""Which frames of a source are taken: from when, until when, and every how many."""

import math
import re
from dataclasses import dataclass

from samscope.support.errors import UsageError
from samscope.videos.frame import FrameSource

Moment = int | str
"""A frame's number in its source, 90 or ``"90"``, or a time: ``"3.5s"``, ``"1:02.5"``, ``"1:00:00"``."""

_SECONDS = re.compile(r"(\d+(?:\.\d*)?|\.\d+)s")
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2}(?:\.\d*)?)")


@dataclass(frozen=True)
class Span:
    """The frames that are taken of a source.

    Attributes:
        start: number of the first one.
        stop: number of the first one that is not taken; None for all that come.
        every: one of so many is taken, the first of them.
        until: seconds at which a live source is left; None for no such time.
    """

    start: int = 0
    stop: int | None = None
    every: int = 1
    until: float | None = None

    @property
    def count(self) -> int | None:
        """How many frames that are, None where it is not known."""
        return None if self.stop is None else len(range(self.start, self.stop, self.every))


def span_of(source: FrameSource, start: Moment | None, end: Moment | None, every: int) -> Span:
    """Return which frames of a source are meant.

    Args:
        source: what is read.
        start: the first frame or time that is taken; None for the beginning.
        end: the first frame or time that is not taken; None for all. One past the source's end is its end.
        every: one of so many frames is taken.

    Raises:
        UsageError: one of them is no moment, the source ends before ``start``, ``end`` is not after it, a
            source without time is asked for one, or a live one is to begin later.
    """
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise UsageError(f"--every is {every!r}; expected a whole number of frames, 1 or more")
    count = source.count
    if source.live:
        if start is not None:
            raise UsageError(f"--start {start}: {source.name} is live and begins now; leave it out")
        stop, until = (None, None) if end is None else _parsed("--end", end)
        _require_after(0, stop if until is None else math.ceil(until), end)
        return Span(0, stop, every, until)
    first = 0 if start is None else _number("--start", start, source)
    stop = count if end is None else _number("--end", end, source)
    if count is not None:
        if first >= count:
            raise UsageError(f"--start {start}: {source.name} ends before it, {_length(source, count)}")
        stop = min(count, stop if stop is not None else count)
    _require_after(first, stop, end)
    return Span(first, stop, every)


def _require_after(first: int, stop: int | None, end: Moment | None) -> None:
    if stop is not None and stop <= first:
        raise UsageError(f"--end {end}: no frame is left before it; give one after the start")


def _number(option: str, moment: Moment, source: FrameSource) -> int:
    number, seconds = _parsed(option, moment)
    if seconds is not None:
        number = source.first_at(seconds)
    if number is None:
        raise UsageError(f"{option} {moment}: {source.name} has no time; give the number of a frame")
    return number


def _parsed(option: str, moment: Moment) -> tuple[int | None, float | None]:
    """Return a moment as the number of a frame, or as seconds; the other is None."""
    text = str(moment).strip() if isinstance(moment, int | str) and not isinstance(moment, bool) else ""
    if text.isascii() and text.isdecimal():
        return int(text), None
    if match := _SECONDS.fullmatch(text):
        return None, float(match[1])
    if match := _CLOCK.fullmatch(text):
        return None, 3600.0 * int(match[1] or 0) + 60.0 * int(match[2]) + float(match[3])
    raise UsageError(
        f"{option} is {moment!r}; expected the number of a frame, such as 90, or a time, such as 3.5s "
        "or 1:02.5"
    )


def _length(source: FrameSource, count: int) -> str:
    seconds = f" and {count / source.rate:.2f} s" if source.rate else ""
    return f"with {count} frame{'s' if count != 1 else ''}{seconds}; give an earlier one"
