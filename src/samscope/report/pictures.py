"""Pictures as the page carries them: small, and each one once."""

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Literal
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from samscope.report.dark_figures import themed

PHOTO_QUALITY = 62
MAP_QUALITY = 75

_VECTOR_BYTES = 160_000
"""A vector figure of more bytes than this is carried as pixels: the strip plots, the frames and the maps."""

_PLAIN = "".join(chr(code) for code in range(33, 127) if chr(code) not in "\"#%&<>`{|}^\\'") + " "


@dataclass
class PicturePool:
    """Distinct pictures as data URIs; equal pixels are encoded once.

    Attributes:
        sources: the data URIs, in the order of their numbers.
    """

    sources: list[str] = field(default_factory=list)
    _numbers: dict[bytes, int] = field(default_factory=dict)

    @property
    def characters(self) -> int:
        """What all of them take in the page."""
        return sum(map(len, self.sources))

    def number(self, picture: NDArray[np.uint8], *, quality: int) -> int:
        """Return the number of a picture, uint8 [H, W, 3], encoded as WebP where it is new.

        Pictures of at most 24 pixels a side are kept exactly: there a lossy one would be larger.
        """
        key = sha256(repr((picture.shape, quality)).encode() + picture.tobytes()).digest()
        if key not in self._numbers:
            self._numbers[key] = len(self.sources)
            self.sources.append(
                data_uri("image/webp", webp(picture, quality, exact=max(picture.shape) <= 24))
            )
        return self._numbers[key]


def webp(picture: NDArray[np.uint8], quality: int, *, exact: bool = False) -> bytes:
    """Return a picture, uint8 [H, W, 3] or [H, W, 4], as the content of a WebP file."""
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, "WEBP", quality=quality, lossless=exact, method=4 if exact else 1)
    return buffer.getvalue()


Look = Literal["vectors", "marks", "photograph"]
"""What a figure is carried as, and so how it gets dark: ``vectors`` have dark colours of their own; the
pixels of ``marks`` are inverted by the page; a ``photograph`` keeps its colours."""


@dataclass(frozen=True)
class Source:
    """A figure as the page carries it.

    Attributes:
        address: the picture as a data URI.
        look: what it is.
    """

    address: str
    look: Look


def figure_source(svg: bytes, pixels: NDArray[np.uint8], *, photographic: bool) -> Source:
    """Return a figure as the page carries it: its vectors where they are few, otherwise its pixels.

    Args:
        svg: the figure's vector file.
        pixels: uint8 [H, W, 3] or [H, W, 4], those of its PNG file; how far they are transparent is left out.
        photographic: whether it shows frames, which a lossy file holds as well.
    """
    if len(svg) <= _VECTOR_BYTES:
        text = svg.decode() if photographic else themed(svg.decode())
        look: Look = "photograph" if photographic else "vectors"
        return Source(f"data:image/svg+xml,{quote(text, safe=_PLAIN)}", look)
    address = data_uri("image/webp", webp(pixels[..., :3], 82 if photographic else 90))
    return Source(address, "photograph" if photographic else "marks")


def data_uri(media_type: str, content: bytes) -> str:
    """Return bytes as an address that holds them."""
    return f"data:{media_type};base64,{b64encode(content).decode()}"
