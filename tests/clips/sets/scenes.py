"""Small synthetic footage: a textured ground and a textured disc that moves over it."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from samscope.clips.clip import Draw, Excerpt, Footage, Material, Timeline

TIMELINE = Timeline()
SIZE = (96, 160)


@cache
def texture(size: tuple[int, int], seed: int, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return a smooth random texture, uint8 [H, W, 3], around a colour."""
    noise = np.random.default_rng(seed).normal(0, 1, (*size, 3))
    smooth = gaussian_filter(noise, (1.5, 1.5, 0))
    coloured: NDArray[np.float64] = np.array(colour) + 25 * smooth / smooth.std()
    return coloured.clip(0, 255).astype(np.uint8)


def footage(
    video: str,
    *,
    seed: int,
    count: int = TIMELINE.length,
    size: tuple[int, int] = SIZE,
    start: tuple[float, float] = (60, 48),
    velocity: tuple[float, float] = (1.5, 0),
    radius: float = 14,
    growth: float = 1.0,
    colour: tuple[int, int, int] = (200, 60, 40),
    first: int = 5,
    stride: int = 1,
) -> Footage:
    """Return footage of a disc; ``start`` (x, y) and ``velocity`` are in pixels, ``growth`` is per frame."""
    frames, masks = _drawn(
        seed=seed,
        count=count,
        size=size,
        start=start,
        velocity=velocity,
        radius=radius,
        growth=growth,
        colour=colour,
    )
    return Footage(Excerpt(video, 1, first, stride), frames.copy(), masks.copy(), np.zeros_like(masks))


@cache
def _drawn(
    *,
    seed: int,
    count: int,
    size: tuple[int, int],
    start: tuple[float, float],
    velocity: tuple[float, float],
    radius: float,
    growth: float,
    colour: tuple[int, int, int],
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    height, width = size
    ground = texture((height, width + 3 * count), seed, (110, 120, 110))
    disc = texture(size, seed + 1, colour)
    rows, columns = np.mgrid[:height, :width] + 0.5
    frames, masks = [], []
    for index in range(count):
        x, y = start[0] + velocity[0] * index, start[1] + velocity[1] * index
        mask = np.hypot(columns - x, rows - y) < radius * growth**index
        moving = np.roll(disc, (int(y), int(x)), axis=(0, 1))
        frames.append(np.where(mask[..., None], moving, ground[:, 3 * index : 3 * index + width]))
        masks.append(mask)
    return np.stack(frames), np.stack(masks)


def material(
    seed: int = 0,
    source: Footage | None = None,
    partner: Footage | None = None,
    overlays: tuple[Footage, ...] | None = None,
    timeline: Timeline = TIMELINE,
) -> Material:
    """Return the material of a draw; whatever is not given is a disc in its own colour and motion."""
    count = timeline.length
    source = source or footage("source", seed=1, count=count)
    partner = partner or footage(
        "partner", seed=11, count=count, start=(110, 40), velocity=(-1.2, 0.4), colour=(40, 70, 210), first=9
    )
    if overlays is None:
        overlays = tuple(
            footage(f"overlay{i}", seed=20 + i, count=count, radius=13 + i, colour=(210, 90, 30 * i))
            for i in range(3)
        )
    excerpts = tuple(overlaid.excerpt for overlaid in overlays)
    return Material(Draw(3, seed, source.excerpt, partner.excerpt, excerpts), source, partner, overlays)
