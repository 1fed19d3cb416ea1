"""The frames themselves, as pictures under the names that COCO's and YouTube-VIS' JSON have for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from samscope.exports.frame import Add, ResultFrame, TrackFacts
from samscope.exports.names import frame_name

_JPEG_QUALITY = 95


@contextmanager
def frames(folder: Path, _facts: TrackFacts) -> Iterator[Add]:
    """Write ``00000.jpg``, ... into a folder: JPEG of quality 95 without chroma subsampling."""
    folder.mkdir(exist_ok=True)

    def add(frame: ResultFrame) -> None:
        picture = Image.fromarray(required_pixels(frame))
        picture.save(folder / frame_name(frame.index), quality=_JPEG_QUALITY, subsampling=0)

    yield add


def required_pixels(frame: ResultFrame) -> NDArray[np.uint8]:
    """Return the pixels of a frame.

    Raises:
        ValueError: they are not at hand.
    """
    if frame.pixels is None:
        raise ValueError(f"frame {frame.index} has no pixels")
    return frame.pixels
