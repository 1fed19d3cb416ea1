"""Films as H.264 in mp4, by PyAV."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samscope.exports.frame import Add, ResultFrame, TrackFacts
from samscope.exports.overlay import Overlay
from samscope.exports.tools import tool

_TICKS = 90_000
"""Parts of a second that frames are timed in."""

_ENCODING = {"crf": "18", "preset": "fast", "threads": "4", "x264-params": "mbtree=0"}
"""Near to lossless to the eye. A fixed number of threads gives the same bytes on every machine; x264's
macroblock trees do not: of pictures 64 pixels wide they made other bytes from one run to the next."""

USUAL_RATE = 25.0
"""Frames a second where the source does not say."""


@contextmanager
def film(file: Path, facts: TrackFacts) -> Iterator[Add]:
    """Write a film of the frames with every object in its colour, its score, and where it is absent."""
    overlay = Overlay(facts)
    with encoder(file, facts, "film") as write:
        yield lambda frame: write(overlay.drawn(frame), frame)


@contextmanager
def encoder(
    file: Path, facts: TrackFacts, format_name: str
) -> Iterator[Callable[[NDArray[np.uint8], ResultFrame], None]]:
    """Give what writes the next picture of a film.

    H.264 has even sides: an odd one gets its last row or column twice. Frames are shown at the source's own
    times, the first one at 0; where it has none, they are evenly spaced.

    Args:
        file: an mp4 file.
        facts: of the track.
        format_name: the format that is written, for the message.

    Yields:
        A function of the picture, uint8 [H, W, 3], and the frame that it shows.

    Raises:
        UsageError: PyAV is not installed.
    """
    av = tool("av", "av", format_name)
    rate = facts.rate or USUAL_RATE
    height, width = facts.size
    with av.open(str(file), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1001))
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.options = dict(_ENCODING)
        stream.codec_context.time_base = Fraction(1, _TICKS)
        first: float | None = None
        last = -1

        def write(picture: NDArray[np.uint8], frame: ResultFrame) -> None:
            nonlocal first, last
            seconds = frame.index / rate if frame.seconds is None else frame.seconds
            first = seconds if first is None else first
            even = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            video_frame = av.VideoFrame.from_ndarray(even, format="rgb24")
            last = max(last + 1, round((seconds - first) * _TICKS))
            video_frame.pts, video_frame.time_base = last, Fraction(1, _TICKS)
            container.mux(stream.encode(video_frame))

        yield write
        container.mux(stream.encode(None))
