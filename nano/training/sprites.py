"""Objects cut out of pictures, and drawing them where and how a clip needs them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nano.training.motion import Placement
from nano.training.sources import PhotoFiles
from samscope.support.errors import SamscopeError
from samscope.videos.images import read_cut_out, read_frame, read_mask

_LEAST_SIDE = 8
_MARGIN = 2


@dataclass(frozen=True, eq=False)
class Sprite:
    """An object cut out of its picture, with a transparent margin.

    Attributes:
        colour: uint8 [h, w, 3], RGB.
        alpha: float32 [h, w], 0..1.
    """

    colour: NDArray[np.uint8]
    alpha: NDArray[np.float32]


@dataclass(frozen=True)
class Waving:
    """A sine wave that bends a sprite as time goes on.

    Attributes:
        reach: of the wave, as a share of the sprite's side.
        waves: along the sprite.
        speed: in radians a frame.
        phase: on frame 0, in radians.
    """

    reach: float
    waves: float
    speed: float
    phase: float


def cut(colour: NDArray[np.uint8], alpha: NDArray[np.float32]) -> Sprite:
    """Crop to the opaque part of a picture and add a transparent margin.

    Args:
        colour: uint8 [H, W, 3].
        alpha: float32 [H, W], 0..1.

    Raises:
        SamscopeError: hardly anything of it is opaque.
    """
    rows, columns = (np.flatnonzero((alpha > 0.5).any(axis=axis)) for axis in (1, 0))
    if len(rows) < _LEAST_SIDE or len(columns) < _LEAST_SIDE:
        raise SamscopeError("the object is too small to cut out")
    inside = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Sprite(
        cv2.copyMakeBorder(colour[inside], *(_MARGIN,) * 4, cv2.BORDER_REPLICATE),
        cv2.copyMakeBorder(alpha[inside], *(_MARGIN,) * 4, cv2.BORDER_CONSTANT, value=0.0),
    )


def sprite_of_photo(photo: PhotoFiles) -> Sprite:
    """Cut the masked object out of a photo.

    Raises:
        SamscopeError: a file cannot be read, photo and mask differ in size, or the object is too small.
    """
    colour, mask = read_frame(photo.image), read_mask(photo.mask)
    if colour.shape[:2] != mask.shape:
        raise SamscopeError(f"{photo.mask}: {mask.shape} pixels, but its photo has {colour.shape[:2]}")
    return sprite_of_mask(colour, mask > 0)


def sprite_of_mask(colour: NDArray[np.uint8], mask: NDArray[np.bool_]) -> Sprite:
    """Cut an object out of a frame, with slightly softened edges.

    Raises:
        SamscopeError: the object is too small.
    """
    return cut(colour, opacity_of_mask(mask))


def opacity_of_mask(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return how opaque each pixel of an object is, 0..1, softened at its edge by a pixel."""
    return _opacity(cv2.GaussianBlur(mask.astype(np.uint8) * 255, (3, 3), 0))


def sprite_of_cutout(path: Path) -> Sprite:
    """Read a picture with an alpha channel.

    Raises:
        SamscopeError: it cannot be read, has no alpha channel, or is all but transparent.
    """
    pixels = read_cut_out(path)
    return cut(pixels[..., :3], _opacity(pixels[..., 3]))


def _opacity(levels: NDArray[Any]) -> NDArray[np.float32]:
    """Return levels 0..255 as 0..1."""
    return np.asarray(levels, np.float32) * np.float32(1 / 255)


def scaled(sprite: Sprite, long_side: float) -> Sprite:
    """Return the sprite with its longer side at so many pixels, without aliasing."""
    factor = long_side / max(sprite.alpha.shape)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    size = [max(_LEAST_SIDE, round(side * factor)) for side in sprite.alpha.shape[::-1]]
    return Sprite(
        np.asarray(cv2.resize(sprite.colour, size, interpolation=how), np.uint8),
        np.asarray(cv2.resize(sprite.alpha, size, interpolation=how), np.float32),
    )


def recoloured(sprite: Sprite, gains: NDArray[np.float64]) -> Sprite:
    """Return the sprite with its colour channels multiplied by gains [3]."""
    return Sprite(np.clip(sprite.colour * gains, 0, 255).astype(np.uint8), sprite.alpha)


def place(
    sprite: Sprite, placement: Placement, side: int, waving: Waving | None = None, time: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Draw a sprite on an empty square.

    Args:
        sprite: the object, at about the scale at which it will appear.
        placement: where its middle comes, its scale, turn and stretch.
        side: of the square in pixels.
        waving: a bend, or None.
        time: the frame, for the bend.

    Returns:
        Colour uint8 [side, side, 3] and alpha float32 [side, side].
    """
    backward = _backward(sprite, placement)
    if waving is None:
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (side, side)
        colour = cv2.warpAffine(sprite.colour, backward, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        alpha = cv2.warpAffine(sprite.alpha, backward, size, flags=flags, borderValue=0.0)
    else:
        grid = np.arange(side, dtype=np.float32)
        x = (backward[0, 0] * grid[None, :] + backward[0, 1] * grid[:, None] + backward[0, 2]).astype(
            np.float32
        )
        y = (backward[1, 0] * grid[None, :] + backward[1, 1] * grid[:, None] + backward[1, 2]).astype(
            np.float32
        )
        height, width = sprite.alpha.shape
        turn = waving.phase + waving.speed * time
        x += waving.reach * width * np.sin(2 * np.pi * waving.waves * y / height + turn, dtype=np.float32)
        colour = cv2.remap(sprite.colour, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        alpha = cv2.remap(sprite.alpha, x, y, cv2.INTER_LINEAR, borderValue=0.0)
    return np.asarray(colour, np.uint8), np.asarray(alpha, np.float32)


def _backward(sprite: Sprite, placement: Placement) -> NDArray[np.float64]:
    """Return the affine map [2, 3] from the square's pixels to the sprite's."""
    cosine, sine = np.cos(placement.turn), np.sin(placement.turn)
    rotation = np.array([[cosine, sine], [-sine, cosine]])
    stretch = np.array([placement.scale * placement.stretch, placement.scale])
    if placement.mirrored:
        stretch[0] *= -1
    linear = rotation / stretch[:, None]
    middle = (np.array(sprite.alpha.shape[::-1]) - 1) / 2
    return np.column_stack([linear, middle - linear @ np.array([placement.x, placement.y])])
