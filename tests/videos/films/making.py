"""Films for tests, of frames that are given or of a square that moves."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

Arrays = Sequence[NDArray[np.uint8]]

LOSSLESS: dict[str, Any] = {"codec": "ffv1", "pix_fmt": "bgr0"}
"""RGB comes out of such a film as it went in."""


def save_film(
    path: Path,
    frames: Arrays,
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rate: int = 25,
    turned: int | None = None,
    milliseconds: Sequence[int] | None = None,
    codec_options: dict[str, str] | None = None,
    format_options: dict[str, str] | None = None,
) -> Path:
    """Write frames uint8 [H, W, 3] as a film and return its path; its ending says the kind of file.

    Args:
        path: the file.
        frames: at least one.
        codec: PyAV's name of an encoder.
        pix_fmt: the encoder's pixel format.
        rate: frames a second.
        turned: degrees by which players turn it against the clock.
        milliseconds: when each frame is shown, in place of ``rate``.
        codec_options: the encoder's.
        format_options: the file's.
    """
    with av.open(str(path), "w", options=format_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=codec_options or {})
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        if turned is not None:
            stream.set_display_rotation(turned)
        if milliseconds is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for index, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if milliseconds is not None:
                frame.pts, frame.time_base = milliseconds[index], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def cut_off(path: Path, share: float) -> Path:
    """Leave the first share of a file's bytes and return its path."""
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    return path
