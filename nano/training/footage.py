"""Clips of real video: a part of the frame, of the time and at a pace of its own."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nano.training.composition import add_passers_by, add_second_object
from nano.training.frame_choice import draw_places
from nano.training.moving_cutouts import moving_cutout
from nano.training.sources import Sources
from nano.training.sprites import Sprite, sprite_of_mask
from nano.training.tracked_film import Film
from samscope.clips.synthetic.made_up import made_up_video
from samscope.support.errors import SamscopeError
from samscope.videos.video import Video

_WHOLE_FRAME = 0.5
_COMPANY = 0.25
_SECOND_OBJECT = 0.25
_MADE_UP_VIDEOS = 1_000_000
_MADE_UP_SIZE = (160, 284)
_MADE_UP_SEED = 3_141_592_653
"""Far from the seeds that studies have, so that none shows what was trained on."""


def cut_footage(sources: Sources, count: int, side: int, rng: np.random.Generator) -> Film:
    """Draw a clip from a video, sometimes with other objects, or copies of its own, added.

    An object added can be cut, moving, out of another video; then either of the two is the tracked one.

    Raises:
        SamscopeError: a file cannot be read, or the object is not there on the first frame.
    """
    video = sources.videos[int(rng.integers(len(sources.videos)))]
    return _cut(video, None, sources=sources, count=count, side=side, rng=rng)


def cut_made_up_footage(sources: Sources, count: int, side: int, rng: np.random.Generator) -> Film:
    """Draw a clip from a made-up video: of one of its objects, and never of a video that a study makes.

    Raises:
        SamscopeError: the object is not there on the first frame.
    """
    video = made_up_video(int(rng.integers(_MADE_UP_VIDEOS)), size=_MADE_UP_SIZE, seed=_MADE_UP_SEED)
    object_id = int(rng.choice(video.object_ids))
    return _cut(video, object_id, sources=sources, count=count, side=side, rng=rng)


def _cut(
    video: Video, object_id: int | None, *, sources: Sources, count: int, side: int, rng: np.random.Generator
) -> Film:
    """Draw a clip from a video: of one object, or for None of all together."""

    def mask_at(place: int) -> NDArray[np.bool_]:
        labels = video.labels(place)
        return np.asarray(labels > 0 if object_id is None else labels == object_id)

    places = draw_places(len(video), count, rng)
    first = mask_at(places[0])
    if not first.any():
        raise SamscopeError(f"{video.name}: the object is absent on frame {places[0]}")
    windows = _draw_windows(first, count, rng)
    mirrored = rng.random() < 0.5
    frames, masks = np.empty((count, side, side, 3), np.uint8), np.empty((count, side, side), bool)
    for index, (place, window) in enumerate(zip(places, windows, strict=True)):
        mask = first if index == 0 else mask_at(place)
        frames[index] = _resized(video.frame(place), window, side)
        masks[index] = _resized(mask.astype(np.uint8) * 255, window, side) >= 128
    if mirrored:
        frames, masks = frames[:, :, ::-1].copy(), masks[:, :, ::-1].copy()
    film = Film(frames, masks, np.ones(count))
    own_sprite = sprite_of_mask(video.frame(places[0]), first) if rng.random() < 0.5 else None
    return with_company(film, sources, rng, own_sprite)


def with_company(
    film: Film, sources: Sources, rng: np.random.Generator, own_sprite: Sprite | None = None
) -> Film:
    """Return a film with something added, half of the time: others that pass, or a second moving object.

    Args:
        film: the film.
        sources: where the added objects come from.
        rng: the source of chance.
        own_sprite: what passes instead, such as a copy of the film's own object.

    Raises:
        SamscopeError: a source cannot be read or shows no usable object.
    """
    chance = rng.random()
    if chance < _SECOND_OBJECT and len(sources.videos) > 1:
        return add_second_object(film, moving_cutout(sources, len(film.frames), rng), rng)
    if chance >= _SECOND_OBJECT + _COMPANY:
        return film
    return add_passers_by(film, sources, rng, own_sprite)


def _draw_windows(
    mask: NDArray[np.bool_], count: int, rng: np.random.Generator
) -> list[tuple[float, float, float, float]]:
    """Draw the part of the frame that is seen on each frame; it holds the object's middle on the first."""
    height, width = mask.shape
    whole = (0.0, 0.0, float(width), float(height))
    if rng.random() < _WHOLE_FRAME:
        return [whole] * count
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    tall = height * rng.uniform(0.5, 1.0)
    wide = min(float(width), tall * rng.uniform(0.8, 1.9))
    middle = np.array([columns.mean(), rows.mean()]) + rng.uniform(-0.3, 0.3, 2) * (wide, tall)
    drift = rng.normal(0, 0.006, 2) * (wide, tall) * (rng.random() < 0.5)
    zoom = rng.normal(0, 0.01) * (rng.random() < 0.5)
    windows = []
    for time in range(count):
        seen = np.array([wide, tall]) * np.exp(np.clip(zoom * time, -0.3, 0.3))
        seen = np.minimum(seen, (width, height))
        corner = np.clip(middle + drift * time - seen / 2, 0, np.array([width, height]) - seen)
        windows.append((*corner.tolist(), *(corner + seen).tolist()))
    return windows


def _resized(
    pixels: NDArray[np.uint8], window: tuple[float, float, float, float], side: int
) -> NDArray[np.uint8]:
    how = Image.Resampling.BICUBIC if pixels.ndim == 3 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(pixels).resize((side, side), how, box=window))
