"""Grounds of made-up videos: photographs, and scenes that are composed of photographs, noise and light."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.clips.synthetic.textures import PHOTOGRAPHS, Colour, cloud, duotone, pattern, photograph, resize

_FAR = 0.42
"""Distance of the eye from the floor's nearest row, in heights of the floor."""


@dataclass(frozen=True)
class Place:
    """Where a made-up video plays.

    Attributes:
        name: of the place, safe as part of a file name.
        layout: ``view`` shows one photograph; ``outdoors`` has a sky above a floor, ``room`` a wall, and
            ``horizon`` a photograph.
        above: photograph or pattern of the upper part, or of all; ``sky`` draws one.
        floor: photograph or pattern of the lower part.
    """

    name: str
    layout: Literal["view", "outdoors", "room", "horizon"]
    above: str
    floor: str = ""


PLACES = (
    Place("coffee", "view", "coffee"),
    Place("meadow", "outdoors", "sky", "grass"),
    Place("brick-room", "room", "brick", "planks"),
    Place("garage", "view", "motorcycle"),
    Place("beach", "outdoors", "sky", "sand"),
    Place("launch-pad", "horizon", "rocket", "gravel"),
    Place("tissue", "view", "tissue"),
    Place("hall", "room", "plain", "tiles"),
    Place("lake", "outdoors", "sky", "water"),
    Place("deep-field", "view", "hubble"),
    Place("tower", "horizon", "camera", "grass"),
    Place("study", "room", "page", "planks"),
    Place("gravel", "view", "gravel"),
    Place("moon", "outdoors", "hubble", "moon"),
    Place("workshop", "horizon", "motorcycle", "tiles"),
    Place("cat", "view", "chelsea"),
    Place("road", "outdoors", "sky", "gravel"),
    Place("studio", "horizon", "astronaut", "planks"),
    Place("striped-room", "room", "stripes", "sand"),
    Place("coins", "view", "coins"),
    Place("yard", "outdoors", "sky", "brick"),
    Place("retina", "view", "retina"),
    Place("marble-room", "room", "marble", "tiles"),
    Place("lawn", "view", "grass"),
    Place("cells", "view", "cell"),
    Place("table", "horizon", "coffee", "planks"),
    Place("terrace", "horizon", "chelsea", "brick"),
    Place("square", "view", "camera"),
    Place("cabin", "room", "planks", "grass"),
    Place("wall", "view", "brick"),
)
"""All places."""

_TINTS: dict[str, tuple[tuple[Colour, Colour], ...]] = {
    "planks": (
        ((58, 34, 20), (196, 148, 98)),
        ((72, 66, 62), (190, 182, 170)),
        ((40, 26, 22), (150, 92, 62)),
    ),
    "tiles": (
        ((70, 84, 90), (218, 226, 224)),
        ((88, 50, 38), (226, 178, 142)),
        ((44, 62, 54), (172, 196, 170)),
    ),
    "water": (
        ((14, 48, 84), (122, 178, 200)),
        ((20, 66, 66), (148, 204, 186)),
        ((40, 48, 66), (160, 166, 180)),
    ),
    "sand": (
        ((150, 116, 76), (238, 214, 166)),
        ((120, 88, 70), (212, 176, 146)),
        ((186, 192, 204), (246, 248, 252)),
    ),
    "plain": (
        ((170, 166, 150), (226, 222, 208)),
        ((96, 122, 136), (150, 176, 188)),
        ((170, 122, 104), (220, 176, 152)),
    ),
    "stripes": (
        ((132, 152, 132), (206, 210, 184)),
        ((152, 96, 88), (216, 192, 172)),
        ((82, 92, 128), (176, 184, 206)),
    ),
    "marble": (
        ((120, 118, 124), (232, 230, 226)),
        ((72, 92, 84), (180, 198, 184)),
        ((110, 84, 88), (216, 190, 184)),
    ),
}
_SKIES: tuple[tuple[Colour, Colour], ...] = (
    ((70, 126, 196), (196, 222, 238)),
    ((126, 138, 152), (208, 210, 212)),
    ((74, 76, 128), (246, 178, 128)),
    ((26, 34, 74), (106, 92, 128)),
    ((96, 170, 206), (248, 236, 206)),
)


def make_ground(
    place: Place, size: tuple[int, int], slack: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return a ground ``slack`` times as large as the picture, for a camera to pan over.

    Args:
        place: one of ``PLACES``, or another of the same materials.
        size: height and width of the picture.
        slack: at least 1.
        rng: chooses pieces of photographs, their scales and tints, and the light.

    Returns:
        uint8 [ceil(slack * H), ceil(slack * W), 3].

    Raises:
        SamscopeError: scikit-image was installed without its pictures.
    """
    height, width = (int(np.ceil(slack * side)) for side in size)
    if place.layout == "view":
        return _light(_piece(place.above, height, width, rng, closest=2.2), rng)
    horizon = round(height * rng.uniform(0.38, 0.56))
    if place.above == "sky":
        above = _sky(horizon, width, rng)
    elif place.layout == "room":
        above = _wall(place.above, horizon, width, rng)
    else:
        above = _piece(place.above, horizon, width, rng, closest=1.5)
        blur = rng.uniform(0.3, 1.6) * height / 324
        above = np.asarray(cv2.GaussianBlur(above, (0, 0), blur), np.uint8)
    floor = _floor(place.floor, height - horizon, width, rng)
    ground = np.concatenate([above, floor]).astype(np.float32)
    _join(ground, horizon, wall=place.layout == "room", rng=rng)
    return _light(np.clip(ground, 0, 255).astype(np.uint8), rng)


def _piece(name: str, height: int, width: int, rng: np.random.Generator, closest: float) -> NDArray[np.uint8]:
    """Return a piece of a photograph, between all of it and ``closest`` times magnified, maybe mirrored."""
    photo = photograph(name)
    scale = max(height / photo.shape[0], width / photo.shape[1]) * rng.uniform(1.0, closest)
    rows, columns = min(photo.shape[0], int(height / scale)), min(photo.shape[1], int(width / scale))
    top = int(rng.integers(photo.shape[0] - rows + 1))
    left = int(rng.integers(photo.shape[1] - columns + 1))
    piece = resize(photo[top : top + rows, left : left + columns], height, width)
    return piece[:, ::-1] if rng.random() < 0.5 else piece


def _material(name: str, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a square texture of a photograph or of a tinted pattern, uint8 [side, side, 3]."""
    if name in PHOTOGRAPHS:
        photo = photograph(name)
        span = min(photo.shape[:2])
        left = int(rng.integers(photo.shape[1] - span + 1))
        return resize(photo[:span, left : left + span], side, side)
    tints = _TINTS[name]
    dark, light = tints[int(rng.integers(len(tints)))]
    return duotone(pattern(name, side, rng), dark, light)


def _wall(name: str, height: int, width: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a wall of repeated material, with a window or a picture on it in half of all cases."""
    side = max(32, round(height * rng.uniform(0.9, 1.4)))
    material = _material(name, side, rng)
    rows, columns = -(-height // side) + 1, -(-width // side) + 1
    tiled = np.concatenate([material, material[:, ::-1]] * columns, axis=1)
    wall = np.ascontiguousarray(np.concatenate([tiled, tiled[::-1]] * rows)[:height, :width])
    for middle in np.arange(0.2, 1.0, 0.3) + rng.uniform(-0.06, 0.06):
        if rng.random() < 0.6:
            _hang(wall, float(middle), rng)
    return wall


def _hang(wall: NDArray[np.uint8], middle: float, rng: np.random.Generator) -> None:
    """Hang a framed picture or a window at a share of the wall's width, in place."""
    height, width = wall.shape[:2]
    tall, wide = int(height * rng.uniform(0.3, 0.5)), int(height * rng.uniform(0.3, 0.6))
    frame = max(1, round(0.03 * height))
    top, left = int(height * rng.uniform(0.12, 0.3)), int(middle * width - wide / 2)
    if tall <= 2 * frame + 2 or wide <= 2 * frame + 2 or left < 0 or left + wide > width:
        return
    wall[top + 2 * frame : top + tall + 2 * frame, left + frame : left + wide] //= 2
    wall[top : top + tall, left : left + wide] = rng.integers((40, 30, 20), (220, 200, 180))
    inside = wall[top + frame : top + tall - frame, left + frame : left + wide - frame]
    inside[:] = _sky(inside.shape[0], inside.shape[1], rng)


def _sky(height: int, width: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a sky with clouds, and hills on its lower border."""
    top, bottom = (np.asarray(colour, np.float32) for colour in _SKIES[int(rng.integers(len(_SKIES)))])
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    sky = np.broadcast_to(top + (bottom - top) * down, (height, width, 3)).copy()
    cover = np.clip(cloud(height, width, rng, (2, 5, 10, 20)) * 2.2 + rng.uniform(-0.8, 0.6), 0, 1)[..., None]
    white = 0.35 * bottom + 0.65 * np.float32(250)
    sky += (0.75 * cover * (1 - 0.4 * down)).astype(np.float32) * (white - sky)
    columns = np.linspace(0, 1, width)
    for depth in (0.6, 0.25):
        waves = sum(
            np.sin(2 * np.pi * (count * columns + rng.random())) / count**0.9
            for count in (1.3, 2.7, 5.1, 11.0, 23.0)
        )
        ridge = height * (1 - rng.uniform(0.05, 0.3) * (0.6 + 0.4 * np.asarray(waves)))
        hill = (np.arange(height)[:, None] - ridge).clip(0, 1)[..., None]
        green = np.asarray(rng.uniform((40, 62, 40), (110, 120, 100)), np.float32)
        grain = 1 + 0.16 * cloud(height, width, rng, (9, 31, 67))[..., None]
        sky += (hill * (green * grain * (1 - depth) + bottom * depth - sky)).astype(np.float32)
    return np.asarray(np.clip(sky, 0, 255), np.uint8)


def _floor(name: str, height: int, width: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a floor in perspective; its material is repeated, mirrored, as far as it reaches."""
    side = 512
    material = _material(name, side, rng)
    down = (np.arange(height, dtype=np.float32) / height)[:, None]
    depth = (1 + _FAR) / (down + _FAR)
    zoom = rng.uniform(0.8, 1.5) * side / (2.2 * height)
    across = np.arange(width, dtype=np.float32)[None, :] - width * rng.uniform(0.35, 0.65)
    columns = np.float32(zoom) * across * depth + np.float32(rng.uniform(0, 2 * side))
    rows = np.broadcast_to(np.float32(zoom * height * 1.3) * depth, columns.shape).astype(np.float32)
    floor = cv2.remap(
        material, columns.astype(np.float32), rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    haze = (0.35 * (1 - down) ** 3)[..., None]
    mean = material.reshape(-1, 3).mean(axis=0)
    return np.asarray(np.clip(floor + haze * (mean - floor), 0, 255), np.uint8)


def _join(ground: NDArray[np.float32], horizon: int, *, wall: bool, rng: np.random.Generator) -> None:
    """Soften the line where the floor begins; a wall gets a skirting board and a dark corner. In place."""
    height = ground.shape[0]
    away = np.abs(np.arange(height) - horizon) / height
    if wall:
        board = max(1, round(0.022 * height))
        ground[horizon - board : horizon] = rng.uniform((60, 50, 44), (235, 230, 222))
        ground *= (1 - 0.35 * np.exp(-away / 0.05))[:, None, None].astype(np.float32)
    else:
        rows = slice(max(0, horizon - 3), horizon + 3)
        ground[rows] = cv2.blur(ground[rows], (1, 3))


def _light(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a picture in another light: warmer or colder, brighter on one side, with soft shadows."""
    height, width = pixels.shape[:2]
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(np.int16) + int(rng.integers(-9, 10))) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.6, 1.2), 0, 255)
    gamma = np.exp(rng.uniform(-0.3, 0.3))
    warm = rng.uniform(-0.09, 0.09)
    curve = 255 * (np.arange(256) / 255) ** gamma
    table = np.stack([curve * gain for gain in (1 + warm, 1.0, 1 - warm)], axis=1)
    lit = cv2.LUT(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), table.astype(np.float32)[None])
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.22)
    x, y = np.linspace(-1, 1, width), np.linspace(-1, 1, height)
    side = 1 + slope * (x[None, :] * np.cos(angle) + y[:, None] * np.sin(angle))
    shadows = 1 - rng.uniform(0, 0.3) * np.clip(3 * cloud(height, width, rng, (2, 4, 7)), 0, 1)
    lit *= (side * shadows).astype(np.float32)[..., None]
    return np.ascontiguousarray(np.clip(lit, 0, 255).astype(np.uint8))
