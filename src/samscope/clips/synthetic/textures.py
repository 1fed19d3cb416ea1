"""Textures and coats of made-up objects, from the photographs that scikit-image installs, and from noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError
from samscope.videos.images import read_frame

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
    "camera": ("camera.png", ((30, 34, 48), (236, 228, 206))),
    "coins": ("coins.png", ((34, 28, 40), (228, 200, 150))),
    "moon": ("moon.png", ((46, 42, 50), (206, 200, 192))),
    "retina": ("retina.jpg", None),
    "page": ("page.png", ((52, 40, 34), (238, 226, 196))),
    "cell": ("cell.png", ((20, 44, 56), (190, 220, 206))),
}
"""Name, file inside the installed scikit-image, and for grey ones the colours of their darkest and lightest
pixels. All of them come with its wheel; ``skimage.data`` says where each one is from."""

_BORDERS = {"retina": 0.22, "cell": 0.06}
"""Share of a photograph at each of its borders that shows nothing."""

_SURFACES = (
    "chelsea",
    "brick",
    "grass",
    "gravel",
    "tissue",
    "moon",
    "plain",
    "plain",
    "fur",
    "marble",
    "scales",
)
_HUES = (0, 4, 10, 16, 22, 28, 42, 60, 88, 102, 112, 122, 136, 156, 168)
"""Hues of objects, 0..180: as many reds, oranges and yellows as greens, blues and violets."""

_DISTINCT = 34.0
_MOST_COLOURS = 16


def photograph(name: str) -> NDArray[np.uint8]:
    """Return one of ``PHOTOGRAPHS`` as uint8 [H, W, 3], RGB; grey ones are stretched and tinted.

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
    cut = int(_BORDERS.get(name, 0.0) * min(pixels.shape[:2]))
    pixels = pixels[cut : pixels.shape[0] - cut, cut : pixels.shape[1] - cut]
    return pixels if tint is None else duotone(stretch(pixels[..., 0]), *tint)


def stretch(grey: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a grey picture whose darkest and lightest hundredths are 0 and 255, uint8."""
    low, high = np.percentile(grey, (1, 99))
    return np.asarray(np.clip((grey - low) * (255 / max(high - low, 1e-6)), 0, 255), np.uint8)


def duotone(grey: NDArray[np.uint8], dark: Colour, light: Colour) -> NDArray[np.uint8]:
    """Return a grey picture [H, W] in colours from ``dark`` (0) to ``light`` (255), uint8 [H, W, 3]."""
    ramp = np.linspace(dark, light, 256).round().astype(np.uint8)
    return np.asarray(cv2.applyColorMap(np.ascontiguousarray(grey), ramp[:, None]), np.uint8)


def resize(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return a picture resized without aliasing: area averages when it shrinks, cubic when it grows."""
    method = cv2.INTER_AREA if height < pixels.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method), np.uint8)


@dataclass(frozen=True, eq=False)
class Coat:
    """What covers an object.

    Attributes:
        surfaces: uint8 [S, S, 3] each, or [1, 1, 3] of one colour, by the names that its parts use; a texture
            lies over the square from -1 to 1 of a part's coordinates and is mirrored beyond.
        gloss: brightness of its highlights, 0..1.
    """

    surfaces: Mapping[str, NDArray[np.uint8]]
    gloss: float


def make_coat(unlike: Sequence[NDArray[np.uint8]], side: int, rng: np.random.Generator) -> Coat:
    """Return a coat whose main colours stand out from other pictures.

    Colours are drawn until the mean one of the body differs enough in Lab from nine tenths of every picture
    of ``unlike``; if none of several does, those that differ most are taken. The accents differ from
    the body.

    Args:
        unlike: uint8 [H, W, 3] each.
        side: rows and columns of the textures.
        rng: draws it.
    """
    other_colours = [_lab(picture) for picture in unlike]
    body = _coloured(_grey_surface(side, rng), other_colours, rng, 1.0)
    accent = _coloured(_grey_surface(side, rng), [_lab(body)], rng, 1.0)
    limb = (
        _near(body, rng)
        if rng.random() < 0.7
        else _coloured(_grey_surface(side, rng), other_colours, rng, 0.7)
    )
    skin = np.array([(236, 196, 164), (214, 160, 122), (166, 112, 78), (112, 74, 52)][int(rng.integers(4))])
    surfaces = {
        "body": body,
        "limb": limb,
        "accent": accent,
        "skin": _flat(skin),
        "dark": _flat(np.array([34, 30, 36]) + rng.integers(-8, 14, 3)),
        "light": _flat(np.array([242, 240, 232]) + rng.integers(-10, 10, 3)),
        "beak": _flat(np.array([238, 158, 40]) + rng.integers(-16, 16, 3)),
        "glass": _flat(np.array([136, 186, 214]) + rng.integers(-24, 24, 3)),
    }
    return Coat(surfaces, float(rng.choice([0.0, 0.12, 0.3])))


def _flat(colour: NDArray[np.int_]) -> NDArray[np.uint8]:
    return np.clip(colour, 0, 255).astype(np.uint8).reshape(1, 1, 3)


def _near(surface: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a surface of nearly the same colours, somewhat darker or lighter."""
    hsv = cv2.cvtColor(surface, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 0] = (hsv[..., 0] + rng.uniform(-10, 10)) % 180
    hsv[..., 1:] *= rng.uniform((0.8, 0.7), (1.1, 0.92))
    return np.asarray(cv2.cvtColor(np.clip(hsv, 0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB), np.uint8)


def _coloured(
    grey: NDArray[np.uint8], unlike: Sequence[NDArray[np.float64]], rng: np.random.Generator, strength: float
) -> NDArray[np.uint8]:
    """Return a grey surface in colours that differ from other pictures', which are given in Lab."""

    def difference(surface: NDArray[np.uint8]) -> float:
        mean = _lab(surface).mean(axis=0)
        return min(float(np.percentile(np.linalg.norm(lab - mean, axis=1), 10)) for lab in unlike)

    best, most = grey, -1.0
    for _ in range(_MOST_COLOURS):
        hue, lightness = float(rng.choice(_HUES) + rng.uniform(-5, 5)), float(rng.choice([0.6, 1.0, 1.0]))
        vivid = float(rng.choice([0.25, *[1.0] * 7]))
        dark = _rgb(hue + rng.uniform(-6, 6), vivid * rng.uniform(130, 225), lightness * rng.uniform(80, 150))
        light = _rgb(
            hue + rng.uniform(-10, 10), vivid * rng.uniform(70, 190), lightness * rng.uniform(190, 255)
        )
        surface = duotone(grey, dark, light)
        if (far := difference(surface)) > most:
            best, most = surface, far
        if most >= strength * _DISTINCT:
            break
    return best


def _grey_surface(side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a grey surface, uint8 [side, side], out of a photograph or of noise."""
    name = str(rng.choice(_SURFACES))
    if name not in PHOTOGRAPHS:
        return pattern(name, side, rng)
    photo = photograph(name)
    span = int(min(photo.shape[:2]) * rng.uniform(0.45, 0.8))
    top = int(rng.integers(photo.shape[0] - span + 1))
    left = int(rng.integers(photo.shape[1] - span + 1))
    patch = resize(photo[top : top + span, left : left + span], side, side)
    return stretch(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY))


def pattern(name: str, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a grey texture out of noise, uint8 [side, side], that uses all of 0..255.

    Args:
        name: ``plain``, ``fur``, ``scales``, ``marble``, ``stripes``, ``planks``, ``tiles``, ``water``, or
            ``sand``.
        side: rows and columns.
        rng: draws it.
    """
    y, x = np.mgrid[0:side, 0:side] / side
    clouds = cloud(side, side, rng)
    grain = rng.standard_normal((side, side))
    if name == "fur":
        values = cv2.blur(grain, (1, max(3, side // 10))) + 0.12 * clouds
    elif name == "scales":
        count = int(rng.integers(9, 15))
        scales = np.cos(2 * np.pi * count * x) * np.cos(2 * np.pi * count * (y + 0.02 * clouds))
        values = 0.35 * scales + clouds
    elif name == "marble":
        values = np.sin(6 * clouds + 4 * x)
    elif name == "stripes":
        values = np.tanh(4 * np.sin(2 * np.pi * int(rng.integers(5, 12)) * x)) + 0.2 * clouds
    elif name == "planks":
        count = int(rng.integers(4, 8))
        plank = np.floor(count * y).astype(int)
        along = cv2.blur(grain, (max(3, side // 8), 1)) * 2 + 0.5 * np.sin(9 * clouds)
        values = along + rng.normal(0, 1.0, count)[plank] - 4.0 * ((count * y) % 1 < 0.06)
    elif name == "tiles":
        count = int(rng.integers(3, 7))
        row, column = np.floor(count * y).astype(int), np.floor(count * x).astype(int)
        grout = ((count * y) % 1 < 0.07) | ((count * x) % 1 < 0.07)
        check = rng.choice([0.0, 1.2]) * ((row + column) % 2)
        values = check + rng.normal(0, 0.25, (count, count))[row, column] + 0.5 * clouds - 1.6 * grout
    elif name == "water":
        ripple = cloud(side, side, rng, (5, 11, 23))
        values = np.sin(2 * np.pi * (6 * y + 0.9 * ripple)) + clouds
    elif name == "sand":
        values = clouds + 0.35 * cv2.blur(grain, (2, 2))
    else:
        values = clouds + 0.1 * cv2.blur(grain, (2, 2))
    return stretch(values)


def cloud(
    height: int, width: int, rng: np.random.Generator, cells: Sequence[int] = (3, 6, 12, 24)
) -> NDArray[np.float64]:
    """Return smooth noise of several sizes, float64 [height, width] in -1..1."""
    total = np.zeros((height, width))
    for count in cells:
        coarse = rng.standard_normal((count + 1, count + 1))
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) / count**0.7
    return np.asarray(total / np.abs(total).max())


def _lab(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the colours of 16 x 16 even parts of a picture in CIE Lab as of 8 bits, [256, 3]."""
    small = cv2.resize(pixels, (16, 16), interpolation=cv2.INTER_AREA)
    return np.array(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float64).reshape(-1, 3)


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    pixel = np.array([[[hue % 180, saturation, value]]]).astype(np.uint8)
    red, green, blue = cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0]
    return int(red), int(green), int(blue)
