from dataclasses import dataclass

import pytest

from samscope.support.errors import UsageError
from samscope.videos.frame import FrameSource
from samscope.videos.moments import Span, span_of
from tests.videos.sources import PlainSource


@dataclass(frozen=True)
class Timeless(PlainSource):
    rate: float | None = None


SOURCE: FrameSource = PlainSource(100, rate=10.0)


@pytest.mark.parametrize(
    ("start", "end", "every", "expected"),
    [
        (None, None, 1, Span(0, 100, 1)),
        (7, 20, 3, Span(7, 20, 3)),
        ("7", "20", 1, Span(7, 20, 1)),
        ("1.5s", "0:03", 1, Span(15, 30, 1)),
        ("0:01.55", "0:00:09.5", 2, Span(16, 95, 2)),
        (99, 500, 1, Span(99, 100, 1)),
        (None, "99s", 1, Span(0, 100, 1)),
    ],
)
def test_moments_are_numbers_or_times(
    start: int | str | None, end: int | str | None, every: int, expected: Span
) -> None:
    span = span_of(SOURCE, start, end, every)
    assert span == expected
    assert span.count == len(range(expected.start, expected.stop or 0, every))


@pytest.mark.parametrize(
    ("start", "end", "every", "match"),
    [
        (100, None, 1, "--start 100: plain ends before it, with 100 frames and 10.00 s"),
        ("10s", None, 1, "--start 10s: plain ends before it"),
        (7, 7, 1, "--end 7: no frame is left before it"),
        ("5s", "2s", 1, "--end 2s: no frame is left"),
        (None, 0, 1, "--end 0: no frame is left"),
        (None, None, 0, "--every is 0"),
        (None, None, True, "--every is True"),
        (-1, None, 1, "--start is -1; expected the number of a frame"),
        (1.5, None, 1, "--start is 1.5; expected"),
        ("soon", None, 1, "--start is 'soon'; expected"),
        ("٣", None, 1, "--start is '٣'; expected"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    start: int | str | None, end: int | str | None, every: int, match: str
) -> None:
    with pytest.raises(UsageError, match=match):
        span_of(SOURCE, start, end, every)


def test_times_need_a_source_that_has_them() -> None:
    assert span_of(Timeless(100), 3, 5, 1) == Span(3, 5, 1)
    with pytest.raises(UsageError, match="--end 5s: plain has no time; give the number of a frame"):
        span_of(Timeless(100), 3, "5s", 1)


def test_a_live_source_begins_now_and_ends_when_it_is_told_to() -> None:
    live = PlainSource(None, live=True)
    assert span_of(live, None, None, 2) == Span(0, None, 2)
    assert span_of(live, None, 50, 1) == Span(0, 50, 1)
    assert span_of(live, None, "1:00", 1) == Span(0, None, 1, until=60.0)
    with pytest.raises(UsageError, match="--start 5: plain is live and begins now"):
        span_of(live, 5, None, 1)
    with pytest.raises(UsageError, match="--end 0s: no frame is left"):
        span_of(live, None, "0s", 1)
