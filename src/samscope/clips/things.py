"""Made-up objects: how they move, which pixels they cover, and how they are painted into a picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.clips.outlines import Outline

_SUPERSAMPLING = 4
_FRACTION_BITS = 4


@dataclass(frozen=True)
class Swing:
    """A value that swings smoothly around its middle, with a slighter and quicker swing on top.

    Attributes:
        middle: what it swings around.
        reach: how far it gets from the middle at most.
        period: frames of the slow swing.
        phase: where in the swing frame 0 is, in radians.
    """

    middle: float
    reach: float
    period: float
    phase: float

    def at(self, time: float) -> float:
        """Return the value at ``time``, in frames."""
        turn = 2 * np.pi * time / self.period + self.phase
        return float(self.middle + self.reach * (0.9 * np.sin(turn) + 0.1 * np.sin(2.7 * turn + 1)))


@dataclass(frozen=True, eq=False)
class Thing:
    """An object: its outline, its surface, and how it moves; everything in pixels and frames.

    Attributes:
        outline: its shape.
        texture: uint8 [S, S, 3], laid over the square around its circle of radius 1.
        x: its centre's column.
        y: its centre's row.
        radius: pixels of the outline's radius 1.
        angle: its turn, in radians.
        spin: radians that it turns further each frame.
        mirrored: whether it looks the other way.
    """

    outline: Outline
    texture: NDArray[np.uint8]
    x: Swing
    y: Swing
    radius: Swing
    angle: Swing
    spin: float
    mirrored: bool

    def pose(self, time: float) -> NDArray[np.float64]:
        """Return the map from the outline's units to pixels of the picture, [2, 3]."""
        angle = self.angle.at(time) + self.spin * time
        radius = self.radius.at(time)
        flip = -1.0 if self.mirrored else 1.0
        cosine, sine = radius * np.cos(angle), radius * np.sin(angle)
        return np.array([[flip * cosine, -sine, self.x.at(time)], [flip * sine, cosine, self.y.at(time)]])


@dataclass(frozen=True, eq=False)
class Coverage:
    """How much of each pixel an object covers, in the part of the picture that holds it.

    Attributes:
        alpha: float32 [h, w] in 0..1; empty where the object is outside the picture.
        top: row of the picture where ``alpha`` begins.
        left: column of the picture where it begins.
    """

    alpha: NDArray[np.float32]
    top: int
    left: int

    def mask(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """Return the pixels that are covered by half or more, bool [H, W] of the whole picture."""
        mask = np.zeros(size, bool)
        height, width = self.alpha.shape
        mask[self.top : self.top + height, self.left : self.left + width] = self.alpha >= 0.5
        return mask


def coverage(thing: Thing, time: float, size: tuple[int, int]) -> Coverage:
    """Return what ``thing`` covers of a picture of ``size`` (height, width) at ``time``."""
    pose = thing.pose(time)
    polygons = [polygon @ pose[:, :2].T + pose[:, 2] for polygon in thing.outline.polygons(time)]
    corners = np.concatenate(polygons)
    left, top = (max(0, int(low)) for low in np.floor(corners.min(axis=0)))
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    width, height = max(0, min(size[1], right) - left), max(0, min(size[0], bottom) - top)
    if not width or not height:
        return Coverage(np.zeros((0, 0), np.float32), 0, 0)
    fine = np.zeros((height * _SUPERSAMPLING, width * _SUPERSAMPLING), np.uint8)
    for polygon in polygons:
        placed = (polygon - (left, top)) * _SUPERSAMPLING - 0.5
        fixed_point = np.rint(placed * 2**_FRACTION_BITS).astype(np.int32)
        cv2.fillPoly(fine, [fixed_point], 255, shift=_FRACTION_BITS)
    alpha = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return Coverage(alpha, top, left)


def paint(picture: NDArray[np.float32], thing: Thing, time: float) -> None:
    """Paint ``thing`` into ``picture`` [H, W, 3] in place: a soft shadow, then its shaded surface."""
    size = (picture.shape[0], picture.shape[1])
    covered = coverage(thing, time, size)
    if not covered.alpha.size:
        return
    radius = thing.radius.at(time)
    _cast_shadow(picture, covered, radius)
    height, width = covered.alpha.shape
    surface = _surface(thing, time, covered)
    x = (np.arange(width, dtype=np.float32) + np.float32(covered.left - thing.x.at(time))) / np.float32(
        radius
    )
    y = (np.arange(height, dtype=np.float32) + np.float32(covered.top - thing.y.at(time))) / np.float32(
        radius
    )
    light = (1.12 - 0.24 * x**2 - 0.14 * x)[None, :] - (0.24 * y**2 + 0.14 * y)[:, None]
    part = picture[covered.top : covered.top + height, covered.left : covered.left + width]
    part += covered.alpha[..., None] * (surface * light[..., None].astype(np.float32) - part)


def _surface(thing: Thing, time: float, covered: Coverage) -> NDArray[np.float32]:
    pose = thing.pose(time)
    turn = pose[:, :2] * (2 / len(thing.texture))
    origin = pose[:, 2] - pose[:, :2].sum(axis=1) - (covered.left, covered.top)
    height, width = covered.alpha.shape
    warped = cv2.warpAffine(
        thing.texture,
        np.column_stack([turn, origin]),
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(warped, np.float32)


def _cast_shadow(picture: NDArray[np.float32], covered: Coverage, radius: float) -> None:
    """Darken what lies under an object, and a little to its lower right, by up to a third."""
    pad = int(0.3 * radius) + 1
    shadow = cv2.copyMakeBorder(covered.alpha, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 0.09 * radius)
    top, left = covered.top - pad + round(0.12 * radius), covered.left - pad + round(0.07 * radius)
    rows = slice(max(0, top), min(picture.shape[0], top + shadow.shape[0]))
    columns = slice(max(0, left), min(picture.shape[1], left + shadow.shape[1]))
    inside = shadow[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    picture[rows, columns] *= 1 - 0.35 * inside[..., None]
