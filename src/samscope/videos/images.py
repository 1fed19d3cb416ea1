"""Decoding of picture and mask files, strict about damage: a file that is not whole is an error."""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from samscope.support.errors import SamscopeError
from samscope.support.reading import open_regular, read_regular
from samscope.videos.mask_kinds import MaskKind, look_at_mask
from samscope.videos.wholeness import what_is_missing

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
"""File name endings that are read as frames and masks of a data set, in lower case."""

FRAME_SUFFIXES = (*IMAGE_SUFFIXES, ".webp")
"""File name endings that are read as frames of a folder that is tracked, in lower case."""

LARGEST_SIDE = 16_384
"""Pixels of a picture's longer side at most."""

MOST_PIXELS = 36_000_000
"""Pixels of a picture at most: 8K video has 7680 x 4320 or 8192 x 4320."""

MOST_BYTES = 256 * 2**20
"""Bytes of a picture's file at most."""

_BITS = 8
_ONE_BIT = 255
"""The scale of a mask of 1 bit."""
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_BITS = 24
"""Where a PNG's header says how many bits a channel has."""
_ORIENTATION = 0x0112
"""The number of the EXIF tag that says how a picture is to be turned; 1 is as it is."""

_FORMATS = ("JPEG", "PNG")
_WEBP = ("WEBP",)
_CUT_OUT_FORMATS = (*_FORMATS, *_WEBP)


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


def _decode(path: Path, formats: tuple[str, ...] = _FORMATS) -> tuple[Image.Image, int]:
    """Return the wholly decoded picture of a file that is no longer open, and its bits a channel."""
    with _explained(path):
        data = read_regular(path, MOST_BYTES)
        image = _open(path, io.BytesIO(data), formats)
        if missing := what_is_missing(data):
            raise SamscopeError(f"{path}: {missing}; copy it again")
        image.load()
        return image, data[_PNG_BITS] if data.startswith(_PNG_START) else _BITS


def _frame_formats(path: Path) -> tuple[str, ...]:
    """Return the formats that a frame of this name may have."""
    return _WEBP if path.suffix.lower() == ".webp" else _FORMATS


def image_size(path: Path) -> tuple[int, int]:
    """Return the height and width of a picture from its header alone.

    Raises:
        SamscopeError: the file cannot be read, is no JPEG, PNG or WebP, or claims more pixels than
            ``MOST_PIXELS`` or ``LARGEST_SIDE``.
    """
    with (
        _explained(path),
        open_regular(path, MOST_BYTES) as file,
        _open(path, file, _frame_formats(path)) as image,
    ):
        return image.height, image.width


def is_turned(path: Path) -> bool:
    """Tell from its header whether a picture has an EXIF tag that asks to show it turned or mirrored.

    Raises:
        SamscopeError: as ``image_size``.
    """
    with (
        _explained(path),
        open_regular(path, MOST_BYTES) as file,
        _open(path, file, _frame_formats(path)) as image,
    ):
        try:
            return image.getexif().get(_ORIENTATION, 1) in range(2, 9)
        except (SyntaxError, ValueError, struct.error):  # what is no EXIF after all turns nothing
            return False


def read_frame(path: Path) -> NDArray[np.uint8]:
    """Return a JPEG, PNG or WebP of 8 bits as RGB; grey becomes RGB, an alpha channel is dropped.

    Returns:
        uint8 [H, W, 3]. Orientation tags are left alone, as masks do not have them.

    Raises:
        SamscopeError: the file cannot be read, is truncated or damaged, has more than 8 bits a channel, or
            is too large (known from its header).
    """
    image, bits = _decode(path, _frame_formats(path))
    if bits > _BITS or image.mode.startswith(("I", "F")):
        raise SamscopeError(f"{path}: a frame of more than 8 bits a channel; convert it to 8-bit RGB")
    return np.array(image.convert("RGB"))


@dataclass(frozen=True, eq=False)
class StoredMask:
    """What a mask file stores, before it is known what the values mean.

    Attributes:
        values: uint8 [H, W], palette indices or grey levels; those of 1, 2 and 4 bits are scaled to 0..255.
        scale: the grey level of label 1: 255, 85 or 17 where greys have 1, 2 or 4 bits, else 1.
        indexed: whether the values are indices of a palette of colours.
        lossy: whether it is a JPEG, which changes values.
        from_alpha: whether the object was found in the alpha channel, as the colours show nothing.
    """

    values: NDArray[np.uint8]
    scale: int = 1
    indexed: bool = False
    lossy: bool = False
    from_alpha: bool = False

    @property
    def labels(self) -> NDArray[np.uint8]:
        """The values as labels, uint8 [H, W]: those of less than 8 bits as they are stored, 0..15."""
        return self.values if self.scale == 1 else self.values // np.uint8(self.scale)


def read_stored_mask(path: Path) -> StoredMask:
    """Return what a mask file stores.

    An alpha channel is dropped where it is the same everywhere or shows what the colours show. Where it alone
    shows something, it is the mask; so it is of one colour that is transparent everywhere, which is nothing.

    Raises:
        SamscopeError: the file cannot be read, is truncated or damaged, is coloured without a palette, has
            more than 8 bits a channel or indices that its palette lacks, has a palette in which not 0 but
            another index is black, shows one thing in its colours and
            another in its alpha channel, or is too large (known from its header).
    """
    image, bits = _decode(path)
    lossy = image.format != "PNG"
    if bits > _BITS or image.mode.startswith(("I", "F")):
        raise SamscopeError(
            f"{path}: a mask of more than 8 bits a channel; expected a PNG of 8-bit palette indices or grey "
            "levels: save its labels as 8-bit numbers"
        )
    if image.mode == "P":
        return _indexed(path, image)
    if image.mode in {"1", "L"}:
        return StoredMask(np.array(image.convert("L")), 255 // (2**bits - 1), lossy=lossy)
    channels = np.array(image)
    if image.mode in {"RGB", "RGBA", "LA"}:
        colours = channels[..., :3] if image.mode != "LA" else channels[..., :1]
        if (colours == colours[..., :1]).all():
            grey = np.ascontiguousarray(colours[..., 0])
            if image.mode == "RGB":
                return StoredMask(grey, lossy=lossy)
            return _with_alpha(path, grey, np.ascontiguousarray(channels[..., -1]))
    raise SamscopeError(
        changed_by_jpeg(path)
        if lossy
        else f"{path}: a mask of mode {image.mode}; expected a PNG of 8-bit palette indices or grey levels"
    )


def _indexed(path: Path, image: Image.Image) -> StoredMask:
    indices = np.array(image)
    palette = np.frombuffer(bytes(image.palette.palette) if image.palette else b"", np.uint8)
    colours = palette.reshape(-1, len(image.palette.mode)) if image.palette else palette.reshape(0, 3)
    if indices.size and indices.max() >= len(colours):
        raise SamscopeError(
            f"{path}: label {indices.max()}, but a palette of {len(colours)} colours; expected a colour for "
            "every label: save the mask again"
        )
    if (colours == colours[:, :1]).all():
        greys = colours[:, 0][indices]
        if look_at_mask(greys).kind is MaskKind.SMOOTHED:
            return StoredMask(greys)
    if (black := black_label(indices, colours)) is not None:
        raise SamscopeError(
            f"{path}: its palette shows {black} in black and 0, the background, in a colour, as programs "
            "leave it that choose palettes themselves; expected 0 for the background: save the mask as grey "
            "levels, or with a palette that begins with black"
        )
    return StoredMask(indices, indexed=True)


def black_label(indices: NDArray[np.uint8], colours: NDArray[np.uint8]) -> int | None:
    """Return the index that occurs in a mask and is black, where index 0 is not; None where all is well.

    Args:
        indices: uint8 [H, W].
        colours: those of the palette, uint8 [N, 3 or 4], N above the largest index.
    """
    if not len(colours) or not colours[0, :3].any():
        return None
    occurring = np.unique(indices)
    black = occurring[~colours[occurring, :3].any(axis=1)]
    return int(black[0]) if len(black) else None


def _with_alpha(path: Path, grey: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> StoredMask:
    if grey.size and not alpha.any() and (grey == grey[0, 0]).all():
        return StoredMask(alpha, from_alpha=True)
    if not grey.size or (alpha == alpha[0, 0]).all() or ((alpha > 0) == (grey > 0)).all():
        return StoredMask(grey)
    if (grey == grey[0, 0]).all():
        return StoredMask(alpha, from_alpha=True)
    raise SamscopeError(
        f"{path}: a mask whose grey levels show one thing and whose alpha channel shows another; expected "
        "one of them: save it without the alpha channel, as a PNG of 8-bit labels"
    )


def read_mask(path: Path) -> NDArray[np.uint8]:
    """Return the labels that a mask file stores: palette indices, grey levels, or 0/255 of 1 bit.

    Returns:
        uint8 [H, W]. Grey labels of 2 and 4 bits are returned as stored, not scaled to 0..255.

    Raises:
        SamscopeError: as ``read_stored_mask``; or it is a JPEG, which changes labels.
    """
    stored = read_stored_mask(path)
    if stored.lossy:
        raise SamscopeError(changed_by_jpeg(path))
    return stored.values if stored.scale == _ONE_BIT else stored.labels


def changed_by_jpeg(path: Path) -> str:
    """Return what is said of a mask that is a JPEG and shows more than one object's smoothed edges."""
    return (
        f"{path}: a mask stored as JPEG, which changes labels; expected a PNG of palette "
        "indices or grey levels: make it from the original masks"
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
