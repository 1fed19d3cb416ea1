"""Decoding of picture and mask files, strict about damage: a file that is not whole is an error."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from samscope.clips.reading import open_regular, read_regular
from samscope.clips.wholeness import what_is_missing
from samscope.errors import SamscopeError

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
"""File name endings that are read as pictures, in lower case."""

LARGEST_SIDE = 16_384
"""Pixels of a picture's longer side at most."""

MOST_PIXELS = 36_000_000
"""Pixels of a picture at most: 8K video has 7680 x 4320 or 8192 x 4320."""

MOST_BYTES = 256 * 2**20
"""Bytes of a picture's file at most."""

_FORMATS = ("JPEG", "PNG")
_CUT_OUT_FORMATS = ("JPEG", "PNG", "WEBP")


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
        raise SamscopeError(_too_large(path, "far more pixels")) from error
    except UnidentifiedImageError as error:
        raise SamscopeError(f"{path}: not a JPEG or PNG picture, or damaged; copy it again") from error
    except OSError as error:
        if error.errno is not None:
            raise SamscopeError(f"{path}: cannot be read: {error.strerror}") from error
        raise SamscopeError(f"{path}: damaged ({error}); copy the file again") from error
    except MemoryError:
        raise
    except Exception as error:  # a file that is damaged in the right way makes Pillow raise any kind
        raise SamscopeError(f"{path}: damaged ({error}); copy the file again") from error


def _too_large(path: Path, claimed: str) -> str:
    return (
        f"{path}: the picture claims {claimed}; at most {LARGEST_SIDE:,} a side and {MOST_PIXELS:,} pixels "
        "are read: scale the video down, or replace the file"
    )


def _open(path: Path, file: BinaryIO, formats: tuple[str, ...] = _FORMATS) -> Image.Image:
    """Return a picture of which the header alone is read; its size is one that may be decoded."""
    image = Image.open(file, formats=formats)
    if max(image.size) > LARGEST_SIDE or image.width * image.height > MOST_PIXELS:
        raise SamscopeError(_too_large(path, f"{image.width} x {image.height} pixels"))
    return image


def _decode(path: Path) -> Image.Image:
    """Return the wholly decoded picture of a file that is no longer open."""
    with _explained(path):
        data = read_regular(path, MOST_BYTES)
        image = _open(path, io.BytesIO(data))
        if missing := what_is_missing(data):
            raise SamscopeError(f"{path}: {missing}; copy it again")
        image.load()
        return image


def image_size(path: Path) -> tuple[int, int]:
    """Return the height and width of a picture from its header alone.

    Raises:
        SamscopeError: the file cannot be read, is no JPEG or PNG, or claims more pixels than ``MOST_PIXELS``
            or ``LARGEST_SIDE``.
    """
    with _explained(path), open_regular(path, MOST_BYTES) as file, _open(path, file) as image:
        return image.height, image.width


def read_frame(path: Path) -> NDArray[np.uint8]:
    """Return a JPEG or PNG of 8 bits as RGB; grey becomes RGB, an alpha channel is dropped.

    Returns:
        uint8 [H, W, 3]. Orientation tags are left alone, as masks do not have them.

    Raises:
        SamscopeError: the file cannot be read, is truncated or damaged, has more than 8 bits a channel, or
            is too large (known from its header).
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
        SamscopeError: the file cannot be read, is truncated or damaged, is a JPEG (which changes labels), is
            coloured without a palette, has indices that its palette lacks, or is too large (known from its
            header).
    """
    image = _decode(path)
    if image.format != "PNG":
        raise SamscopeError(
            f"{path}: a mask stored as {image.format}, which changes labels; expected a PNG of palette "
            "indices or grey levels: make it from the original masks"
        )
    if image.mode == "P":
        indices = np.array(image)
        colours = len(image.palette.palette) // len(image.palette.mode) if image.palette else 0
        if indices.size and indices.max() >= colours:
            raise SamscopeError(
                f"{path}: label {indices.max()}, but a palette of {colours} colours; expected a colour for "
                "every label: save the mask again"
            )
        return indices
    if image.mode == "L":
        return np.array(image)
    if image.mode == "1":
        return np.array(image.convert("L"))
    channels = np.array(image)
    if image.mode in {"RGB", "RGBA", "LA"}:
        colours_only = channels[..., :3] if image.mode != "LA" else channels[..., :1]
        if (colours_only == colours_only[..., :1]).all():
            return np.ascontiguousarray(colours_only[..., 0])
    raise SamscopeError(
        f"{path}: a mask of mode {image.mode}; expected a PNG of 8-bit palette indices or grey levels"
    )


def read_cut_out(path: Path) -> NDArray[np.uint8]:
    """Return a picture with an alpha channel: a PNG or WebP.

    Returns:
        uint8 [H, W, 4], RGB and alpha.

    Raises:
        SamscopeError: the file cannot be read, is damaged, has no alpha channel, or is too large (known from
            its header).
    """
    with _explained(path), _open(path, io.BytesIO(read_regular(path, MOST_BYTES)), _CUT_OUT_FORMATS) as image:
        if "A" not in image.getbands():
            raise SamscopeError(f"{path}: no alpha channel; a cut-out needs one")
        return np.array(image.convert("RGBA"))


def occurring_labels(mask: NDArray[np.uint8]) -> set[int]:
    """Return the values that occur in a mask uint8 [H, W]."""
    counts = cv2.calcHist([mask], [0], None, [256], [0, 256])
    return set(np.flatnonzero(counts).tolist())
