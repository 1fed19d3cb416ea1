"""Grounds and textures of made-up videos, from the photographs that scikit-image installs, and from noise."""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.clips.images import read_frame
from samscope.errors import SamscopeError

Colour = tuple[int, int, int]

PHOTOGRAPHS: dict[str, tuple[str, tuple[Colour, Colour] | None]] = {
    "grass": ("grass.png", ((18, 42, 12), (176, 196, 112))),
    "coffee": ("coffee.png", None),
    "gravel": ("gravel.png", ((44, 40, 38), (214, 204, 190))),
    "chelsea": ("chelsea.png", None),
    "brick": ("brick.png", ((70, 26, 18), (222, 160, 128))),
    "motorcycle": ("motorcycle_left.png", None),
    "astronaut": ("astronaut.png", None),
    "hubble": ("hubble_deep_field.jpg", None),
    "rocket": ("rocket.jpg", None),
    "tissue": ("ihc.png", None),
}
"""Name, file inside the installed scikit-image, and for grey ones the colours of their darkest and lightest
pixels. All of them come with its wheel; ``skimage.data`` says where each one is from."""

GROUNDS = ("grass", "coffee", "brick", "motorcycle", "gravel", "rocket", "astronaut", "hubble", "chelsea")
"""Photographs that serve as grounds."""

_SURFACES = ("chelsea", "brick", "grass", "gravel", "tissue", "stripes", "spots", "marble")
_DISTINCT = 32.0
_MOST_SURFACES = 12


def photograph(name: str) -> NDArray[np.uint8]:
    """Return one of ``PHOTOGRAPHS`` as uint8 [H, W, 3], RGB; grey ones are tinted.

    Raises:
        SamscopeError: scikit-image was installed without its pictures.
    """
    file, tint = PHOTOGRAPHS[name]
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise SamscopeError("scikit-image is not installed; made-up videos take their textures from it")
    path = Path(spec.origin).parent / "data" / file
    if not path.is_file():
        raise SamscopeError(f"{path}: missing, though scikit-image has it; install scikit-image again")
    pixels = read_frame(path)
    return pixels if tint is None else duotone(pixels[..., 0], *tint)


def duotone(grey: NDArray[np.uint8], dark: Colour, light: Colour) -> NDArray[np.uint8]:
    """Return a grey picture [H, W] in colours from ``dark`` (0) to ``light`` (255), uint8 [H, W, 3]."""
    ramp = np.linspace(dark, light, 256).round().astype(np.uint8)
    return ramp[grey]


def make_ground(
    name: str, size: tuple[int, int], slack: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return a piece of a photograph, ``slack`` times as large as the picture, for a camera to pan over.

    Args:
        name: one of ``GROUNDS``.
        size: height and width of the picture.
        slack: at least 1.
        rng: chooses the piece and whether it is mirrored.

    Returns:
        uint8 [ceil(slack * H), ceil(slack * W), 3].
    """
    photo = photograph(name)
    height, width = (int(np.ceil(slack * side)) for side in size)
    scale = max(height / photo.shape[0], width / photo.shape[1])
    whole = resize(
        photo, max(height, round(scale * photo.shape[0])), max(width, round(scale * photo.shape[1]))
    )
    top = int(rng.integers(whole.shape[0] - height + 1))
    left = int(rng.integers(whole.shape[1] - width + 1))
    piece = whole[top : top + height, left : left + width]
    return np.ascontiguousarray(piece[:, ::-1] if rng.random() < 0.5 else piece)


def make_texture(unlike: list[NDArray[np.uint8]], side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a surface for an object, uint8 [side, side, 3], whose colours stand out from other pictures.

    Random surfaces are made until the mean colour of one differs enough in Lab from nine tenths of every
    picture of ``unlike``; if none of several does, the one that differs most is taken.
    """
    colours = [_lab(picture) for picture in unlike]

    def difference(surface: NDArray[np.uint8]) -> float:
        mean = _lab(surface).mean(axis=0)
        return min(float(np.percentile(np.linalg.norm(others - mean, axis=1), 10)) for others in colours)

    surfaces: list[NDArray[np.uint8]] = []
    while len(surfaces) < _MOST_SURFACES:
        surfaces.append(_surface(side, rng))
        if difference(surfaces[-1]) >= _DISTINCT:
            return surfaces[-1]
    return max(surfaces, key=difference)


def resize(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return a picture resized without aliasing: area averages when it shrinks, cubic when it grows."""
    method = cv2.INTER_AREA if height < pixels.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method), np.uint8)


def _surface(side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    name = str(rng.choice(_SURFACES))
    if name in PHOTOGRAPHS:
        photo = photograph(name)
        span = int(min(photo.shape[:2]) * rng.uniform(0.45, 0.8))
        top = int(rng.integers(photo.shape[0] - span + 1))
        left = int(rng.integers(photo.shape[1] - span + 1))
        patch = resize(photo[top : top + span, left : left + span], side, side)
        grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY)
        pattern = cv2.normalize(grey, None, 0, 255, cv2.NORM_MINMAX)
    else:
        pattern = _pattern(name, side, rng)
    hue = float(rng.uniform(0, 180))
    dark = _rgb(hue + rng.uniform(-12, 12), rng.uniform(90, 200), rng.uniform(30, 110))
    light = _rgb(hue + rng.uniform(-30, 30), rng.uniform(30, 150), rng.uniform(180, 255))
    return duotone(np.asarray(pattern, np.uint8), dark, light)


def _pattern(name: str, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a grey pattern, uint8 [side, side]."""
    y, x = np.mgrid[0:side, 0:side] / side
    clouds = sum(_noise(side, cells, rng) / cells**0.7 for cells in (3, 6, 12, 24))
    clouds = clouds / np.abs(clouds).max()
    if name == "stripes":
        angle, count = rng.uniform(0, np.pi), rng.uniform(3, 7)
        values = np.tanh(3 * np.sin(2 * np.pi * count * (x * np.cos(angle) + y * np.sin(angle)) + 2 * clouds))
    elif name == "spots":
        values = np.tanh(6 * (_noise(side, 9, rng) - 0.35)) + 0.3 * clouds
    else:
        values = np.sin(6 * clouds + 4 * x)
    low, high = values.min(), values.max()
    return np.asarray((values - low) / (high - low) * 255).astype(np.uint8)


def _noise(side: int, cells: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return smooth noise around 0, [side, side], with ``cells`` bumps along a side."""
    coarse = rng.standard_normal((cells + 1, cells + 1))
    fine: NDArray[np.float64] = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    return fine


def _lab(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the colours of 16 x 16 even parts of a picture in CIE Lab as of 8 bits, [256, 3]."""
    small = cv2.resize(pixels, (16, 16), interpolation=cv2.INTER_AREA)
    return np.array(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float64).reshape(-1, 3)


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    pixel = np.array([[[hue % 180, saturation, value]]]).astype(np.uint8)
    red, green, blue = cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0]
    return int(red), int(green), int(blue)
