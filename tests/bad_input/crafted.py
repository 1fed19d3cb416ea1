"""Malformed files, made byte by byte."""

import io
import json
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PNG_START = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG with a right checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int,
    height: int,
    *,
    depth: int = 8,
    colour: int = 0,
    rows: bytes = b"",
    before: bytes = b"",
) -> bytes:
    """Return a PNG: its header, the chunks ``before`` the pixels, and ``rows``, compressed."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return PNG_START + header + before + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def palette_png(labels: NDArray[np.uint8], colours: int) -> bytes:
    """Return a PNG of palette indices with so many colours in its palette."""
    height, width = labels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in labels)
    palette = chunk(b"PLTE", bytes(index % 256 for index in range(3 * colours)))
    return png(width, height, colour=3, rows=rows, before=palette)


def jpeg(width: int = 96, height: int = 64, **options: Any) -> bytes:
    """Return a JPEG of noise."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def resized_jpeg(width: int, height: int) -> bytes:
    """Return a JPEG of few bytes whose header claims a size."""
    data = bytearray(jpeg())
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def jpeg_of_many_scans(scans: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated."""
    data = jpeg(progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


def safetensors_file(
    header: Mapping[str, Any] | bytes, data: bytes = b"", *, claimed: int | None = None
) -> bytes:
    """Return a safetensors file with any header, which may claim another length than it has."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if claimed is None else claimed) + text + data


def replace_bytes(path: Path, content: bytes) -> Path:
    """Put other content into a file that is there."""
    assert path.is_file()
    path.write_bytes(content)
    return path
