"""Pictures and masks from strangers: each kind of damage is one clear line, and costs next to nothing."""

import os
import time
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from samscope.support.errors import SamscopeError
from samscope.videos.images import LARGEST_SIDE, MOST_BYTES, image_size, read_frame, read_mask
from tests.bad_input.crafted import (
    chunk,
    jpeg,
    jpeg_of_many_scans,
    palette_png,
    png,
    replace_bytes,
    resized_jpeg,
)
from tests.command import SHORT, message, samscope, save_videos

HALF_BLACK = np.zeros((64, 96), np.uint8)
HALF_BLACK[:, 48:] = 1


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    return save_videos(tmp_path / "videos")


def frame_file(videos: Path, name: str = "first") -> Path:
    return videos / "JPEGImages" / "480p" / name / "00000.jpg"


def mask_file(videos: Path, name: str = "first") -> Path:
    return videos / "Annotations" / "480p" / name / "00000.png"


def refused_build(videos: Path, *said: str) -> None:
    """Build clips, which must fail with one line and leave nothing."""
    out = videos.parent / "built"
    outcome = samscope("build", "--videos", videos, "--clips", "1", "--sets", "clean", *SHORT, "--out", out)
    assert outcome.status == 1, outcome.err
    for words in said:
        assert words in message(outcome)
    assert sorted(path.name for path in videos.parent.iterdir()) == ["videos"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a JPEG or PNG"),
        (b"\xff\xd8\xff\xe0", "not a JPEG or PNG"),
        (jpeg()[:300], "damaged"),
        (b"GIF89a" + bytes(100), "not a JPEG or PNG"),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(100), "not a JPEG or PNG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run", "not a JPEG or PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a JPEG or PNG"),
        (jpeg().replace(b"\xff\xdb", b"\xff\xfe"), "damaged"),
        (resized_jpeg(0, 64), "damaged"),
        (resized_jpeg(30_000, 30_000), "far more pixels; at most 16,384 a side"),
        (resized_jpeg(9_000, 9_000), "9000 x 9000 pixels; at most 16,384 a side and 36,000,000 pixels"),
        (png(30_000, 1), "30000 x 1 pixels"),
        (png(60_000, 60_000, depth=1), "pixels; at most"),
        (png(2**31 - 1, 2**31 - 1), "pixels; at most"),
        (jpeg_of_many_scans(200), "scans; at most 100 are read"),
    ],
    ids=[
        "empty", "start-alone", "truncated-header", "gif", "webp", "postscript", "svg", "no-tables",
        "no-width", "jpeg-30000", "jpeg-81-megapixels", "png-wide", "png-bits", "png-largest", "many-scans",
    ],
)  # fmt: skip
def test_a_frame_that_is_none(videos: Path, content: bytes, said: str) -> None:
    for name in ("first", "second", "third"):
        replace_bytes(frame_file(videos, name), content)
    refused_build(videos, "00000.jpg", said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (palette_png(HALF_BLACK, 256)[:-12], "breaks off"),
        (palette_png(HALF_BLACK, 256).replace(b"IDAT", b"IDAX"), "damaged"),
        (png(96, 64, rows=bytes(97 * 63)), "the pixels break off after 6111 of 6208 bytes"),
        (png(96, 64, rows=bytes(97 * 64), before=chunk(b"tRNS", b"")), "damaged"),
        (png(96, 64, depth=16, rows=bytes(193 * 64)), "expected a PNG of 8-bit palette indices"),
        (png(96, 64, colour=2, rows=bytes([0, *([9, 0, 0] * 96)]) * 64), "a mask of mode RGB"),
        (palette_png(HALF_BLACK * 7, 2), "label 7, but a palette of 2 colours"),
        (jpeg(), "a mask stored as JPEG, which changes labels"),
        (palette_png(HALF_BLACK[:32], 256), "96x32 pixels"),
    ],
    ids=[
        "truncated", "checksum", "too-few-rows", "transparency", "16-bit", "coloured", "palette",
        "jpeg", "size",
    ],
)  # fmt: skip
def test_a_mask_that_is_none(videos: Path, content: bytes, said: str) -> None:
    for name in ("first", "second", "third"):
        replace_bytes(mask_file(videos, name), content)
    refused_build(videos, "00000.png", said)


def test_a_decompression_bomb_costs_nothing(tmp_path: Path) -> None:
    """Pictures of 3.6 gigapixels in some kilobytes, and a text of 400 megabytes in a picture's header."""
    text = chunk(b"zTXt", b"comment\0\0" + zlib.compress(bytes(400 * 2**20), 9))
    for name, content in {
        "bits.png": png(60_000, 60_000, depth=1, rows=bytes(2**20)),
        "grey.png": png(16_000, 16_000, rows=bytes(2**20)),
        "text.png": png(96, 64, rows=bytes(97 * 64), before=text),
        "large.jpg": resized_jpeg(65_000, 65_000),
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        tracemalloc.start()
        begin = time.perf_counter()
        for read in (image_size, read_frame, read_mask):
            with pytest.raises(SamscopeError, match=path.name):
                read(path)
        assert time.perf_counter() - begin < 2
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
        tracemalloc.stop()


def test_the_largest_picture_that_is_read(tmp_path: Path) -> None:
    Image.new("1", (LARGEST_SIDE, 8)).save(tmp_path / "wide.png")
    assert read_mask(tmp_path / "wide.png").shape == (8, LARGEST_SIDE)
    Image.new("1", (LARGEST_SIDE + 1, 8)).save(tmp_path / "wider.png")
    with pytest.raises(SamscopeError, match="16385 x 8 pixels"):
        image_size(tmp_path / "wider.png")


def test_a_file_with_a_hole_of_a_terabyte(videos: Path) -> None:
    for name in ("first", "second", "third"):
        with frame_file(videos, name).open("r+b") as file:
            file.truncate(2**40)
    refused_build(videos, "00000.jpg", f"expected at most {MOST_BYTES:,}")


def test_a_pipe_in_the_place_of_a_frame(videos: Path) -> None:
    frame_file(videos).unlink()
    os.mkfifo(frame_file(videos))
    refused_build(videos, "first: 11 frames, but 12 masks", "00000 has no frame")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "00000.png")
    for read in (image_size, read_frame, read_mask):
        with pytest.raises(SamscopeError, match=r"00000\.png: a pipe; expected a regular file; remove it"):
            read(tmp_path / "00000.png")


def test_a_device_in_the_place_of_a_mask(videos: Path) -> None:
    mask_file(videos).unlink()
    mask_file(videos).symlink_to("/dev/zero")
    refused_build(videos, "first: 12 frames, but 11 masks", "00000 has no mask")


def test_a_socket_or_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    with pytest.raises(SamscopeError, match="a device; expected a regular file"):
        read_mask(tmp_path / "zero.png")
