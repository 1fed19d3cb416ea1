"""COCO's compressed RLE of masks, by pycocotools."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.exports.frame import Box
from samscope.exports.tools import tool

Rle = dict[str, Any]
"""``size``, height and width, and ``counts``, text: what JSON holds of a mask."""


def rle_encoder(format_name: str) -> Callable[[NDArray[np.bool_]], Rle]:
    """Return what makes an RLE of a mask, bool [H, W].

    Args:
        format_name: the format that needs it, for the message.

    Raises:
        UsageError: pycocotools is not installed.
    """
    encode = tool("pycocotools.mask", "pycocotools", format_name).encode

    def encoded(mask: NDArray[np.bool_]) -> Rle:
        rle = encode(np.asfortranarray(mask, dtype=np.uint8))
        return {"size": [int(side) for side in rle["size"]], "counts": rle["counts"].decode("ascii")}

    return encoded


def sides(box: Box) -> list[int]:
    """Return a box as COCO has it: x, y, width, height."""
    x_min, y_min, x_max, y_max = box
    return [x_min, y_min, x_max - x_min, y_max - y_min]
