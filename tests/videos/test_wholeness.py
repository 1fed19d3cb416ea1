import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from samscope.videos.wholeness import what_is_missing
from tests.bad_input.crafted import chunk, jpeg, png

NOISE = np.random.default_rng(0).integers(0, 256, (37, 53, 4), np.uint8)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_whole_until_it_is_cut(mode: str) -> None:
    image = Image.fromarray(NOISE).convert("RGB" if mode in {"P", "I;16"} else mode)
    if mode == "P":
        image = image.quantize(16)
    elif mode == "I;16":
        image = Image.fromarray(NOISE[..., 0].astype(np.uint16) * 257)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    data = buffer.getvalue()
    assert what_is_missing(data) is None
    for end in range(60, len(data), 211):
        assert "truncated" in (what_is_missing(data[:end]) or "")


def test_an_interlaced_png_has_its_rows_in_seven_passes() -> None:
    passes = [(1, 1), (1, 1), (2, 1), (1, 2), (3, 1), (2, 3), (5, 2)]  # of 5 x 5 pixels
    rows = b"".join(bytes(height * (1 + width)) for width, height in passes)
    data = png(5, 5, rows=rows).replace(chunk(b"IHDR", png(5, 5)[16:29]), b"")
    header = bytearray(png(5, 5)[16:29])
    header[-1] = 1
    data = data[:8] + chunk(b"IHDR", bytes(header)) + data[8:]
    assert what_is_missing(data) is None
    image = Image.open(io.BytesIO(data))
    image.load()
    assert "break off" in (
        what_is_missing(data.replace(png(5, 5, rows=rows)[33:-12], png(5, 5)[33:-12])) or ""
    )


def test_pixels_that_break_off_within_a_png_that_is_whole() -> None:
    assert what_is_missing(png(8, 8, rows=bytes(9 * 8))) is None
    assert what_is_missing(png(8, 8, rows=bytes(9 * 8 - 1))) == (
        "the pixels break off after 71 of 72 bytes (truncated)"
    )


def test_a_jpeg_may_have_many_scans_but_not_any_number(tmp_path: Path) -> None:
    data = jpeg(progressive=True)
    assert what_is_missing(data) is None
    last = data.rindex(b"\xff\xda")
    assert "at most 100" in (what_is_missing(data[:last] + data[last:-2] * 100 + data[-2:]) or "")
