"""Scenes: single frames with several objects, any of which can be prompted."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nano.training.composition import draw_sprite
from nano.training.filmed_photos import film_photo
from nano.training.footage import cut_footage
from nano.training.grounds import drawn_ground, photo_ground
from nano.training.lighting import change_light
from nano.training.motion import Placement
from nano.training.sources import Sources
from nano.training.sprites import place, recoloured, scaled
from samscope.clips.pasting import paste
from samscope.support.errors import SamscopeError

_ATTEMPTS = 60
_LEAST_AREA, _LARGEST_AREA = 0.006, 0.6
_LEAST_VISIBLE = 0.5
_MOST_OBJECTS = 6


@dataclass(frozen=True)
class SceneMix:
    """What scenes are; shares of all of them.

    Attributes:
        photos: one object in the photo it was taken in.
        footage: one object of a video; the other scenes are composed of two to six objects.
        drawn_grounds: of the composed ones, those on a drawn texture; the others stand on a photo.
        twins: of the composed ones, those in which an object is there twice.
    """

    photos: float = 0.2
    footage: float = 0.15
    drawn_grounds: float = 0.15
    twins: float = 0.3


@dataclass(frozen=True, eq=False)
class Scene:
    """A frame and the objects in it.

    Attributes:
        frame: uint8 [S, S, 3], RGB.
        masks: bool [N, S, S], visible pixels of each object that can be prompted, N at least 1.
        skipped: sources that could not be used while it was drawn, by reason.
    """

    frame: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    skipped: Counter[str]


def draw_scene(sources: Sources, side: int, rng: np.random.Generator, mix: SceneMix | None = None) -> Scene:
    """Draw a scene in which at least one object is well visible.

    Args:
        sources: what it is made of.
        side: S in pixels.
        rng: the source of chance.
        mix: how often scenes are what; the defaults if None.

    Raises:
        SamscopeError: none of many attempts gave a usable scene.
    """
    mix = mix or SceneMix()
    skipped: Counter[str] = Counter()
    for _ in range(_ATTEMPTS):
        try:
            frame, masks = _draw(sources, side, rng, mix)
        except SamscopeError as error:
            skipped[str(error)] += 1
            continue
        if len(masks):
            return Scene(change_light(frame[None], rng, during=False)[0], masks, skipped)
    raise SamscopeError(
        f"no usable scene in {_ATTEMPTS} attempts; unusable sources: {dict(skipped.most_common(3))}"
    )


def _draw(
    sources: Sources, side: int, rng: np.random.Generator, mix: SceneMix
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    kind = rng.random()
    if kind < mix.photos:
        film = film_photo(sources, 1, side, rng)
    elif sources.videos and kind < mix.photos + mix.footage:
        film = cut_footage(sources, 1, side, rng)
    else:
        return _compose(sources, side, rng, mix)
    return film.frames[0], film.masks[_promptable(film.masks)]


def _compose(
    sources: Sources, side: int, rng: np.random.Generator, mix: SceneMix
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return a frame of several objects on a ground, and the masks of those that can be prompted."""
    drawn = rng.random() < mix.drawn_grounds
    ground = drawn_ground(side, rng) if drawn else photo_ground(sources, side, rng)
    frame = ground[:side, :side].astype(np.float32)
    sprites = [draw_sprite(sources, rng) for _ in range(rng.integers(2, _MOST_OBJECTS + 1))]
    if rng.random() < mix.twins:
        sprites[-1] = sprites[0]
    masks, whole = np.zeros((len(sprites), side, side), bool), np.zeros(len(sprites))
    for number, sprite in enumerate(sprites):
        long_side = float(np.exp(rng.uniform(np.log(0.15), np.log(0.6)))) * side
        x, y = rng.uniform(0.1, 0.9, 2) * side
        placement = Placement(
            float(x),
            float(y),
            1.0,
            float(rng.normal(0, 0.25)),
            float(rng.uniform(0.6, 1.15)),
            bool(rng.random() < 0.5),
        )
        tinted = recoloured(scaled(sprite, long_side), rng.normal(1.0, 0.08, 3))
        colour, alpha = place(tinted, placement, side)
        solid = alpha > 0.5
        masks[:number] &= ~solid
        masks[number], whole[number] = solid, max(solid.sum(), 1)
        paste(frame, colour, alpha)
    enough = masks.sum(axis=(1, 2)) >= _LEAST_VISIBLE * whole
    return frame.clip(0, 255).astype(np.uint8), masks[_promptable(masks) & enough]


def _promptable(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    shares = masks.mean(axis=(1, 2))
    return np.asarray((shares >= _LEAST_AREA) & (shares <= _LARGEST_AREA))
