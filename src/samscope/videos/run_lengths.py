"""Masks that are written as lengths of runs: COCO's, of which SA-V's JSON is made, and VOT's."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LETTERS = range(48, 48 + 64)
"""Codes of the characters that COCO's compressed counts consist of."""

_CONTINUED, _SIGN, _BITS = 0x20, 0x10, 5
_MOST_LETTERS = 7
"""Characters of one count at most: 32 bits and a sign."""


def coco_mask(counts: str | Sequence[int], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return a mask, bool [H, W], from COCO's run lengths: down the columns, the first run outside.

    Args:
        counts: compressed to text, or plain.
        size: height and width.

    Raises:
        ValueError: they are no run lengths of a mask of this size.
    """
    height, width = size
    runs = _uncompressed(counts) if isinstance(counts, str) else counts
    return np.ascontiguousarray(_filled(runs, height * width, exactly=True).reshape(width, height).T)


def vot_mask(text: str, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return a mask, bool [H, W], from VOT's notation: ``mX,Y,W,H,`` and run lengths along rows of that box.

    What of the box lies outside of the picture is cut off.

    Raises:
        ValueError: it is not in this notation.
    """
    if not text.startswith("m"):
        raise ValueError("a mask begins with m")
    left, top, wide, high, *runs = (int(part) for part in text[1:].split(","))
    height, width = size
    if min(wide, high) < 0 or wide * high > 16 * max(1, height * width):
        raise ValueError(f"a box of {wide}x{high} in a picture of {width}x{height}")
    mask = np.zeros(size, np.bool_)
    if wide and high:
        box = _filled(runs, wide * high, exactly=False).reshape(high, wide)
        rows = slice(max(0, top), max(0, min(height, top + high)))
        columns = slice(max(0, left), max(0, min(width, left + wide)))
        mask[rows, columns] = box[
            rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
        ]
    return mask


def _filled(runs: Sequence[int], pixels: int, *, exactly: bool) -> NDArray[np.bool_]:
    """Return runs of False and True in turn, bool [pixels]; what they leave is False."""
    lengths = np.asarray(runs, np.int64)
    if lengths.ndim != 1 or (lengths < 0).any() or (lengths > pixels).any():
        raise ValueError("a run's length is out of its range")
    total = int(lengths.sum())
    if total > pixels or (exactly and total != pixels):
        raise ValueError(f"the runs cover {total} pixels, the mask has {pixels}")
    filled = np.zeros(pixels, np.bool_)
    filled[:total] = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return filled


def _uncompressed(text: str) -> list[int]:
    """Return COCO's counts, each after the second the difference to the one two before it."""
    runs: list[int] = []
    value = shift = 0
    for letter in map(ord, text):
        if letter not in _LETTERS or shift >= _BITS * _MOST_LETTERS:
            raise ValueError("characters that are no counts")
        bits = letter - _LETTERS.start
        value |= (bits & 0x1F) << shift
        shift += _BITS
        if not bits & _CONTINUED:
            if bits & _SIGN:
                value -= 1 << shift
            runs.append(value + runs[-2] if len(runs) > 2 else value)
            value = shift = 0
    if shift:
        raise ValueError("the counts break off")
    return runs
