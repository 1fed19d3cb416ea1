"""Decoding of picture and mask files, strict about damage: a file that is not whole is an error."""

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from samscope.errors import SamscopeError

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
"""File name endings that are read as pictures, in lower case."""

_FORMATS = ("JPEG", "PNG")
_JPEG_START = b"\xff\xd8"
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_JPEG_END = b"\xff\xd9"
_PNG_END = b"IEND\xaeB`\x82"


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn whatever a damaged or unreadable file makes Pillow raise into one line that names the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except SamscopeError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise SamscopeError(
            f"{path}: the picture claims more pixels than any video frame has ({error}); replace the file"
        ) from error
    except UnidentifiedImageError as error:
        raise SamscopeError(f"{path}: not a JPEG or PNG picture, or damaged; copy it again") from error
    except OSError as error:
        if error.errno is not None:
            raise SamscopeError(f"{path}: cannot be read: {error.strerror}") from error
        raise SamscopeError(f"{path}: damaged ({error}); copy the file again") from error
    except (SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        raise SamscopeError(f"{path}: damaged ({error}); copy the file again") from error


def _require_whole(path: Path, data: bytes) -> None:
    """Raise SamscopeError if a JPEG or PNG breaks off before its end, whatever Pillow is set to let pass."""
    if data.startswith(_JPEG_START):
        whole = _reaches_jpeg_end(data)
    else:
        whole = _PNG_END in data[-64:]
        if whole:
            Image.open(io.BytesIO(data), formats=_FORMATS).verify()
    if not whole:
        raise SamscopeError(f"{path}: the file breaks off after {len(data)} bytes (truncated); copy it again")


def _reaches_jpeg_end(data: bytes) -> bool:
    """Tell whether the segments and scans of a JPEG lead to its end marker, past that of a thumbnail."""
    position = len(_JPEG_START)
    while marker := _JPEG_MARKER.search(data, position):
        if marker[0] == _JPEG_END:
            return True
        position = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")
    return False


def _decode(path: Path) -> Image.Image:
    """Return the wholly decoded picture of a file that is no longer open."""
    with _explained(path):
        data = path.read_bytes()
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        _require_whole(path, data)
        image.load()
        return image


def image_size(path: Path) -> tuple[int, int]:
    """Return the height and width of a picture from its header alone.

    Raises:
        SamscopeError: the file cannot be read, is no JPEG or PNG, or claims absurdly many pixels.
    """
    with _explained(path), path.open("rb") as file, Image.open(file, formats=_FORMATS) as image:
        return image.height, image.width


def read_frame(path: Path) -> NDArray[np.uint8]:
    """Return a JPEG or PNG of 8 bits as RGB; grey becomes RGB, an alpha channel is dropped.

    Returns:
        uint8 [H, W, 3]. Orientation tags are left alone, as masks do not have them.

    Raises:
        SamscopeError: the file cannot be read, is truncated or damaged, or has more than 8 bits a channel.
    """
    image = _decode(path)
    if image.mode.startswith(("I", "F")):
        raise SamscopeError(f"{path}: a frame of more than 8 bits a channel; convert it to 8-bit RGB")
    return np.array(image.convert("RGB"))


def read_mask(path: Path) -> NDArray[np.uint8]:
    """Return the labels that a mask file stores, untouched: palette indices, grey levels, or 0/255 of 1 bit.

    Returns:
        uint8 [H, W].

    Raises:
        SamscopeError: the file cannot be read, is truncated or damaged, or is coloured without a palette.
    """
    image = _decode(path)
    if image.mode in {"P", "L"}:
        return np.array(image)
    if image.mode == "1":
        return np.array(image.convert("L"))
    channels = np.array(image)
    if image.mode in {"RGB", "RGBA", "LA"}:
        colours = channels[..., :3] if image.mode != "LA" else channels[..., :1]
        if (colours == colours[..., :1]).all():
            return np.ascontiguousarray(colours[..., 0])
    raise SamscopeError(
        f"{path}: a mask of mode {image.mode}; expected a PNG of 8-bit palette indices or grey levels"
    )


def occurring_labels(mask: NDArray[np.uint8]) -> set[int]:
    """Return the values that occur in a mask uint8 [H, W]."""
    counts = cv2.calcHist([mask], [0], None, [256], [0, 256])
    return set(np.flatnonzero(counts).tolist())
