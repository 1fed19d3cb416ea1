"""Made-up objects: how they move, which pixels they cover, and how they are painted into a picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.clips.pasting import paste
from samscope.clips.synthetic.outlines import Part, Shape, covered
from samscope.clips.synthetic.textures import Coat

_SUPERSAMPLING = 4
_FRACTION_BITS = 4
_SHADE, _GLEAM, _WEIGHT = 3, 4, 5

Box = tuple[int, int, int, int]
"""Part of the picture: its first row and column, its height and its width."""


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
    """An object: its shape, and how it moves; everything in pixels and frames.

    Attributes:
        shape: its parts.
        x: its centre's column.
        y: its centre's row.
        radius: pixels of the shape's radius 1.
        angle: its turn, in radians.
        spin: radians that it turns further each frame.
        mirrored: whether it looks the other way.
    """

    shape: Shape
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
    return _filled([_placed(curve, pose) for curve in covered(thing.shape.parts(time))], (0, 0, *size))


def paint(picture: NDArray[np.float32], thing: Thing, coat: Coat, light: float, time: float) -> None:
    """Paint ``thing`` into ``picture`` [H, W, 3] in place: a soft shadow, then its shaded parts.

    Args:
        picture: float32, 0..255.
        thing: what is painted.
        coat: covers it.
        light: where the light comes from, in radians clockwise from the right.
        time: in frames.
    """
    size = (picture.shape[0], picture.shape[1])
    pose, parts = thing.pose(time), thing.shape.parts(time)
    whole = _filled([_placed(curve, pose) for curve in covered(parts)], (0, 0, *size))
    if not whole.alpha.size:
        return
    _cast_shadow(picture, whole, thing.radius.at(time), light)
    height, width = whole.alpha.shape
    planes = np.zeros((height, width, 6), np.float32)
    direction = np.array([np.cos(light), np.sin(light)])
    for part in parts:
        _add(planes, part, pose=pose, coat=coat, light=direction, box=(whole.top, whole.left, height, width))
    weight = np.maximum(planes[..., _WEIGHT], 1e-3)
    surface = planes[..., :3] * (planes[..., _SHADE] / weight**2)[..., None]
    if coat.gloss:
        surface += (255 * coat.gloss * planes[..., _GLEAM] / weight)[..., None]
    rows, columns = slice(whole.top, whole.top + height), slice(whole.left, whole.left + width)
    paste(picture[rows, columns], np.clip(surface, 0, 255), whole.alpha)


def _placed(curve: NDArray[np.float64], placing: NDArray[np.float64]) -> NDArray[np.float64]:
    return curve @ placing[:, :2].T + placing[:, 2]


def _filled(curves: list[NDArray[np.float64]], box: Box) -> Coverage:
    """Return how much of each pixel of ``box`` the union of closed curves covers, cut to where they are."""
    corners = np.concatenate(curves)
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), (box[1], box[0]))
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)).astype(int), (box[1] + box[3], box[0] + box[2]))
    width, height = int(right - left), int(bottom - top)
    if width <= 0 or height <= 0:
        return Coverage(np.zeros((0, 0), np.float32), 0, 0)
    fine = np.zeros((height * _SUPERSAMPLING, width * _SUPERSAMPLING), np.uint8)
    for curve in curves:
        placed = (curve - (left, top)) * _SUPERSAMPLING - 0.5
        cv2.fillPoly(fine, [np.rint(placed * 2**_FRACTION_BITS).astype(np.int32)], 255, shift=_FRACTION_BITS)
    alpha = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return Coverage(alpha, int(top), int(left))


def _add(
    planes: NDArray[np.float32],
    part: Part,
    *,
    pose: NDArray[np.float64],
    coat: Coat,
    light: NDArray[np.float64],
    box: Box,
) -> None:
    """Put a part over what ``planes`` [h, w, 6] shows of ``box``: colour, shade, gleam and weight, in place.

    All six are multiplied with the weight, which is what the parts so far cover. A detail changes the colour
    alone: it is lit as the part that it is painted on.
    """
    placing = np.column_stack([pose[:, :2] @ part.joint[:, :2], _placed(part.joint[:, 2], pose)])
    piece = _filled([_placed(part.outline, placing)], box)
    if not piece.alpha.size:
        return
    height, width = piece.alpha.shape
    top, left = piece.top - box[0], piece.left - box[1]
    below = planes[top : top + height, left : left + width]
    surface = _surface(coat.surfaces[part.surface], placing, piece)
    if part.detail:
        paste(below[..., :3], surface * below[..., _WEIGHT:], piece.alpha)
        return
    above = np.empty((height, width, 6), np.float32)
    above[..., :3] = surface
    above[..., _SHADE], above[..., _GLEAM] = _lit(part, placing, light, piece)
    above[..., _SHADE] *= part.tone
    above[..., _WEIGHT] = 1
    paste(below, above, piece.alpha)


def _surface(
    texture: NDArray[np.uint8], placing: NDArray[np.float64], piece: Coverage
) -> NDArray[np.float32]:
    """Return a texture as it lies on a part, float32 [h, w, 3], or [1, 1, 3] where it has one colour."""
    if len(texture) == 1:
        return texture.astype(np.float32)
    turn = placing[:, :2] * (2 / len(texture))
    origin = placing[:, 2] - placing[:, :2].sum(axis=1) - (piece.left, piece.top)
    height, width = piece.alpha.shape
    warped = cv2.warpAffine(
        texture,
        np.column_stack([turn, origin]),
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(warped, np.float32)


def _lit(
    part: Part, placing: NDArray[np.float64], light: NDArray[np.float64], piece: Coverage
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return brightness and highlight of a part that is lit like an ellipsoid, float32 [h, w] each."""
    low, high = part.outline.min(axis=0), part.outline.max(axis=0)
    half = np.maximum((high - low) / 2, 1e-6)
    inverse = np.linalg.inv(placing[:, :2]) / half[:, None]
    height, width = piece.alpha.shape
    origin = inverse @ ((piece.left + 0.5, piece.top + 0.5) - placing[:, 2]) - (low + high) / 2 / half
    columns, rows = np.arange(width), np.arange(height)
    u, v = (
        ((inverse[axis, 0] * columns + origin[axis])[None, :] + (inverse[axis, 1] * rows)[:, None]).astype(
            np.float32
        )
        for axis in (0, 1)
    )
    turn = placing[:, :2] / np.linalg.norm(placing[:, :2], axis=0).clip(1e-9)
    towards = (light @ turn).astype(np.float32)
    bulge = np.minimum(u * u + v * v, 2)
    shade = np.float32(1.06) + np.float32(0.22) * (towards[0] * u + towards[1] * v) - np.float32(0.2) * bulge
    spot = (u - np.float32(0.45) * towards[0]) ** 2 + (v - np.float32(0.45) * towards[1]) ** 2
    return shade, np.square(np.maximum(1 - np.float32(4) * spot, 0))


def _cast_shadow(picture: NDArray[np.float32], whole: Coverage, radius: float, light: float) -> None:
    """Darken what lies under an object, and a little away from the light, by up to a third."""
    pad = int(0.3 * radius) + 1
    shadow = cv2.copyMakeBorder(whole.alpha, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 0.07 * radius)
    top = whole.top - pad - round(0.11 * radius * float(np.sin(light)))
    left = whole.left - pad - round(0.11 * radius * float(np.cos(light)))
    rows = slice(max(0, top), min(picture.shape[0], top + shadow.shape[0]))
    columns = slice(max(0, left), min(picture.shape[1], left + shadow.shape[1]))
    inside = shadow[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    picture[rows, columns] *= 1 - 0.35 * inside[..., None]
