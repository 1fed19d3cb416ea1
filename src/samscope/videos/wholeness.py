"""Whether the bytes of a JPEG, PNG or WebP are those of a whole picture, before anything is decoded."""

import re
import struct
import zlib
from collections.abc import Iterator

MOST_SCANS = 100
"""Scans of a JPEG at most: encoders write about ten, and each one more costs as much time as a picture."""

_JPEG_START = b"\xff\xd8"
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_JPEG_SCAN = b"\xff\xda"
_JPEG_END = b"\xff\xd9"

_WEBP_START = b"RIFF"

_PNG_START = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, and the steps between them, of the seven passes of an interlaced PNG."""
_PIECE = 2**20


def what_is_missing(data: bytes) -> str | None:
    """Say why the bytes are not a whole picture, or one that takes too long; None where they are.

    Decoders pass over some of this: they leave the rest of the picture grey or black.

    Args:
        data: what a file holds that begins as a JPEG, PNG or WebP does; its header has been read.

    Returns:
        The reason in a few words.
    """
    if data.startswith(_JPEG_START):
        return _missing_in_jpeg(data)
    return _missing_in_webp(data) if data.startswith(_WEBP_START) else _missing_in_png(data)


def _missing_in_webp(data: bytes) -> str | None:
    whole = len(_WEBP_START) + 4 + int.from_bytes(data[4:8], "little")
    return (
        None if len(data) >= whole else f"the file breaks off after {len(data)} of {whole} bytes (truncated)"
    )


def _missing_in_jpeg(data: bytes) -> str | None:
    markers = list(_jpeg_markers(data))
    if markers[-1:] != [_JPEG_END]:
        return f"the file breaks off after {len(data)} bytes (truncated)"
    if (scans := markers.count(_JPEG_SCAN)) > MOST_SCANS:
        return f"a JPEG of {scans} scans; at most {MOST_SCANS} are read"
    return None


def _jpeg_markers(data: bytes) -> Iterator[bytes]:
    """Return the markers of a JPEG's segments and scans up to its end, passing over those of a thumbnail."""
    position = len(_JPEG_START)
    while marker := _JPEG_MARKER.search(data, position):
        yield marker[0]
        if marker[0] == _JPEG_END:
            return
        position = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")


def _missing_in_png(data: bytes) -> str | None:
    header, pixels = b"", []
    position = len(_PNG_START)
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        end = position + 12 + length
        if end > len(data):
            break
        kind, checksum = data[position + 4 : position + 8], data[end - 4 : end]
        if zlib.crc32(memoryview(data)[position + 4 : end - 4]) != int.from_bytes(checksum, "big"):
            return f"damaged (the checksum of {kind!r} is wrong)"
        if kind == b"IHDR":
            header = data[position + 8 : end - 4]
        elif kind == b"IDAT":
            pixels.append(data[position + 8 : end - 4])
        elif kind == b"IEND":
            return _missing_in_rows(header, pixels)
        position = end
    return f"the file breaks off after {len(data)} bytes (truncated)"


def _missing_in_rows(header: bytes, pixels: list[bytes]) -> str | None:
    expected = _png_bytes(header)
    unpacker, byte_count = zlib.decompressobj(), 0
    try:
        for piece in pixels:
            while piece and byte_count < expected:
                byte_count += len(unpacker.decompress(piece, _PIECE))
                piece = unpacker.unconsumed_tail  # noqa: PLW2901
        byte_count += len(unpacker.flush(_PIECE)) if byte_count < expected else 0
    except zlib.error as error:
        return f"damaged ({error})"
    return (
        None
        if byte_count >= expected
        else f"the pixels break off after {byte_count} of {expected} bytes (truncated)"
    )


def _png_bytes(header: bytes) -> int:
    """Return how many bytes the pixels of a PNG have before they are compressed, from its header."""
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", header)
    bits = depth * _CHANNELS[colour]
    whole = ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in _PASSES if interlaced else whole:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total
