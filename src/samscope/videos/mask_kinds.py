"""What the values of one mask are: labels of areas, or the grey edges of a smoothed 0/255 mask."""

from dataclasses import dataclass
from enum import Enum, auto

import cv2
import numpy as np
from numpy.typing import NDArray

_SQUARE = np.ones((3, 3), np.uint8)
_WIDE_SQUARE = np.ones((5, 5), np.uint8)
"""The greys along an edge are two pixels wide where a smoothed mask was doubled without smoothing."""

_LEAST_PEAK = 16
"""A smoothed object of a lower value than this could not be told from labels 1, 2, 3."""

_PEAKS_SHARE = 0.8
"""Share of all pixels inside of areas that a smoothed object's own value has at least."""

_BETWEEN_SHARE = 0.4
"""Share of the grey pixels that lie between a lower and a higher neighbour at least; 0.6 to 1 are usual."""

_APART_SHARE = 0.15
"""What differs by more than this share of the object's value is another value, and no noise of a JPEG."""

_NOISE_SHARE = 3 / 255
_WHITE = 255
_FEW_GREYS = 3
_MANY_GREYS = 8


class MaskKind(Enum):
    """What the values of a mask are."""

    EMPTY = auto()
    """Nothing but 0."""
    SINGLE = auto()
    """One value beside 0."""
    LABELS = auto()
    """Several values beside 0, with areas of their own."""
    SMOOTHED = auto()
    """One value with an area, and greys along its edges: an object that was resized, blurred or a JPEG."""
    GREYS = auto()
    """Many values that have no area and lie between others: a smoothed map of labels, or no mask at all."""
    UNCLEAR = auto()
    """A few values, none of which has an area: small objects, or what smoothing left of a small one."""


@dataclass(frozen=True)
class MaskLook:
    """What the values of a mask are.

    Attributes:
        kind: what they are.
        values: those that occur beside 0.
        peak: the object's value where the kind is ``SINGLE`` or ``SMOOTHED``, else 0.
    """

    kind: MaskKind
    values: frozenset[int]
    peak: int = 0


def look_at_mask(mask: NDArray[np.uint8], *, indexed: bool = False) -> MaskLook:
    """Tell what the values of a mask are.

    A value has an area where a square of 3 x 3 pixels has it alone. Objects have areas, unless they are tiny,
    and tiny ones lie on the background or beside others; what smoothing puts along an edge has none, and lies
    between lower and higher values.

    Args:
        mask: uint8 [H, W].
        indexed: whether the values are indices of a palette, which are labels whatever they look like.
    """
    counts = _histogram(mask)
    values = np.flatnonzero(counts[1:]) + 1
    occurring = frozenset(values.tolist())
    if len(values) < 2 or indexed:
        kind = (MaskKind.EMPTY, MaskKind.SINGLE, MaskKind.LABELS)[min(len(values), 2)]
        return MaskLook(kind, occurring, int(values[0]) if len(values) == 1 else 0)
    lowest, highest = cv2.erode(mask, _SQUARE), cv2.dilate(mask, _SQUARE)
    inside = _histogram(mask[lowest == highest])
    between = _between(mask, _SQUARE)
    inside[0] = 0
    peak = int(inside.argmax())
    if not inside[peak]:
        kind = MaskKind.GREYS if _many_between(counts, between, values) else MaskKind.UNCLEAR
        return MaskLook(kind, occurring)
    greys = values[values != peak]
    has_one_object = peak >= _LEAST_PEAK and inside[peak] >= _PEAKS_SHARE * inside.sum()
    if (
        has_one_object
        and (
            _along_edges(greys, peak, counts, inside, between)
            or (peak == _WHITE and _along_edges(greys, peak, counts, inside, _between(mask, _WIDE_SQUARE)))
        )
        and not _has_another_object(mask, peak, lowest, highest)
    ):
        return MaskLook(MaskKind.SMOOTHED, occurring, peak)
    thin = values[inside[values] == 0]
    kind = MaskKind.GREYS if _many_between(counts, between, thin) else MaskKind.LABELS
    return MaskLook(kind, occurring)


def at_half_height(mask: NDArray[np.uint8], peak: int) -> NDArray[np.bool_]:
    """Return the object of a smoothed mask, bool [H, W]: where it has half of its value or more.

    Args:
        mask: uint8 [H, W].
        peak: the object's value.
    """
    return np.asarray(mask >= (peak + 1) // 2, np.bool_)


def _along_edges(
    greys: NDArray[np.int64],
    peak: int,
    counts: NDArray[np.int64],
    inside: NDArray[np.int64],
    between: NDArray[np.int64],
) -> bool:
    """Tell whether greys are what smoothing puts between 0 and an object of the value ``peak``."""
    if peak == _WHITE and (greys > 3 * peak / 4).any() and not inside[greys].any():
        return True
    return bool(
        (greys >= peak / 4).any()
        and (peak == _WHITE or len(greys) >= _FEW_GREYS)
        and between[greys].sum() >= _BETWEEN_SHARE * counts[greys].sum()
    )


def _has_another_object(
    mask: NDArray[np.uint8], peak: int, lowest: NDArray[np.uint8], highest: NDArray[np.uint8]
) -> bool:
    """Tell whether there is an area, but for a little noise, of a value that is neither 0 nor ``peak``."""
    apart = max(1, round(_APART_SHARE * peak))
    far = (mask > apart) & (np.abs(mask.astype(np.int16) - peak) > apart)
    level = (highest - lowest) <= round(_NOISE_SHARE * peak)
    return bool(cv2.erode((far & level).astype(np.uint8), _SQUARE, borderValue=0).any())


def _between(mask: NDArray[np.uint8], square: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count for each value the pixels that have both a lower and a higher one in the square around them."""
    return _histogram(mask[(cv2.erode(mask, square) < mask) & (mask < cv2.dilate(mask, square))])


def _many_between(counts: NDArray[np.int64], between: NDArray[np.int64], values: NDArray[np.int64]) -> bool:
    """Tell whether many of the values lie between others, as no label does."""
    pixels = counts[values].sum()
    return len(values) >= _MANY_GREYS and bool(between[values].sum() >= _BETWEEN_SHARE * pixels)


def _histogram(mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    if not mask.size:
        return np.zeros(256, np.int64)
    counts = cv2.calcHist([mask.reshape(1, -1)], [0], None, [256], [0, 256])
    return np.asarray(counts.ravel(), np.int64)
