"""Cutting an object out of a frame, with a soft edge and without a halo of its old background."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_EDGE_HEIGHT = 480
"""Height of a picture whose object edges are mixed with the background over about two pixels."""

_OUTSIDE, _INSIDE = 0.4, 0.9
"""Values of a blurred mask between which the alpha rises from 0 to 1."""


@dataclass(frozen=True, eq=False)
class Cutout:
    """An object without its background.

    Attributes:
        pixels: uint8 [h, w, 4], RGB already multiplied by alpha, and alpha.
        left: column of the own picture at which ``pixels`` begins; it may lie outside of the picture.
        top: row at which it begins.
    """

    pixels: NDArray[np.uint8]
    left: int
    top: int


def cut_out(frame: NDArray[np.uint8], mask: NDArray[np.bool_]) -> Cutout:
    """Cut the masked object out of a frame.

    The alpha falls from 1 to 0 over about two pixels of a 480-pixel-high picture (in proportion for others)
    and is drawn half a pixel inward. Near the edge a frame's pixels mix object and background: those colours
    are replaced by the object's own, carried outward from its interior; thin parts without an interior keep
    theirs. Where the object is cut off by the picture's border, alpha and colours go on beyond the border,
    so that the cut is no soft edge.

    Args:
        frame: uint8 [H, W, 3], RGB.
        mask: bool [H, W], at least one pixel.

    Returns:
        the cut-out; pixels of the object more than four pixels (of a 480-pixel-high picture) from its edge
        are the frame's, bit for bit.
    """
    unit = max(mask.shape[0] / _EDGE_HEIGHT, 0.75)
    margin = int(np.ceil(6 * unit))
    (colours, inside), left, top = _crop_around(frame, mask, margin)
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.2 * unit)
    alpha = np.clip((soft - _OUTSIDE) / (_INSIDE - _OUTSIDE), 0, 1)[..., None]
    object_colours = _own_colours(colours, inside, round(2 * unit), 1.5 * unit)
    pixels = np.concatenate([object_colours * alpha, 255 * alpha], axis=-1)
    return Cutout(np.rint(pixels).astype(np.uint8), left, top)


def mirrored(cutout: Cutout, width: int) -> Cutout:
    """Return the cut-out as it is in its picture, ``width`` pixels wide, mirrored left to right."""
    return Cutout(cutout.pixels[:, ::-1], width - cutout.left - cutout.pixels.shape[1], cutout.top)


def _crop_around(
    frame: NDArray[np.uint8], mask: NDArray[np.bool_], margin: int
) -> tuple[tuple[NDArray[np.uint8], NDArray[np.uint8]], int, int]:
    """Return frame and mask (0 or 1) around the object, carried on beyond the borders, and where that is."""
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    top, bottom = int(rows[0]) - margin, int(rows[-1]) + 1 + margin
    left, right = int(columns[0]) - margin, int(columns[-1]) + 1 + margin
    height, width = mask.shape
    within = (slice(max(top, 0), min(bottom, height)), slice(max(left, 0), min(right, width)))
    beyond = (max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0))
    colours, inside = (
        cv2.copyMakeBorder(array[within], *beyond, cv2.BORDER_REPLICATE)
        for array in (frame, mask.view(np.uint8))
    )
    return (colours, inside), left, top


def _own_colours(
    colours: NDArray[np.uint8], inside: NDArray[np.uint8], depth: int, reach: float
) -> NDArray[np.float32]:
    """Return colours [h, w, 3] that are the object's own up to and beyond its edge."""
    disc = _disc(depth)
    core = cv2.erode(inside, disc)
    thin = inside & ~cv2.dilate(core, _disc(depth + 1))
    own_area = core | thin
    weight = cv2.GaussianBlur(own_area.astype(np.float32), (0, 0), reach)[..., None]
    carried = cv2.GaussianBlur(colours * own_area[..., None].astype(np.float32), (0, 0), reach)
    return np.where(own_area[..., None] > 0, colours, carried / np.maximum(weight, 1e-6)).astype(np.float32)


def _disc(radius: int) -> NDArray[np.uint8]:
    """Return a structuring element, round to the pixel (OpenCV's own ellipse is not symmetric)."""
    offsets = np.arange(-radius, radius + 1)
    return (np.hypot(offsets, offsets[:, None]) <= radius + 0.3).astype(np.uint8)
