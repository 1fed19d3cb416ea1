"""Photos as if filmed: the camera moves, and the picture bends, object and surroundings together.

Static pictures taught trackers before (Cheng et al., STCN, 2021, section 4.3). Nothing is pasted: edges are
those of the photo.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from nano.training.motion import Course, Pace, draw_course
from nano.training.sources import Sources
from nano.training.tracked_film import Film
from samscope.support.errors import SamscopeError
from samscope.videos.images import read_frame, read_mask

_MOST_BEND = 0.02


def film_photo(sources: Sources, count: int, side: int, rng: np.random.Generator) -> Film:
    """Draw a clip of a photo with an object's mask.

    Args:
        sources: with at least one photo.
        count: frames T.
        side: S in pixels.
        rng: the source of chance.

    Raises:
        SamscopeError: a file cannot be read, photo and mask differ in size, or the object is not there.
    """
    photo = sources.photos[int(rng.integers(len(sources.photos)))]
    colour, mask = read_frame(photo.image), read_mask(photo.mask) > 0
    if colour.shape[:2] != mask.shape:
        raise SamscopeError(f"{photo.mask}: {mask.shape} pixels, but its photo has {colour.shape[:2]}")
    if not mask.any():
        raise SamscopeError(f"{photo.mask}: shows no object")
    window = _draw_window(mask, rng)
    pace = Pace.FAST if rng.random() < 0.5 else Pace.SLOW
    places = _places(draw_course(count, pace, rng), _draw_bends(count, rng), side)
    corner, size = window[:2], window[2:]
    mirrored = rng.random() < 0.5
    frames, masks = np.empty((count, side, side, 3), np.uint8), np.empty((count, side, side), bool)
    soft = mask.astype(np.uint8) * 255
    for time, place in enumerate(places):
        x, y = (np.moveaxis(place, -1, 0) * size[:, None, None] + corner[:, None, None]).astype(np.float32)
        if mirrored:
            x, y = x[:, ::-1], y[:, ::-1]
        frames[time] = cv2.remap(colour, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        masks[time] = cv2.remap(soft, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101) >= 128
    return Film(frames, masks, np.ones(count))


def _draw_window(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw the part of the photo that frame 0 shows, about the object: left, top, width and height."""
    height, width = mask.shape
    tall = height * rng.uniform(0.65, 1.0)
    wide = min(float(width), tall * rng.uniform(0.8, 1.8))
    rows, columns = np.nonzero(mask)
    middle = np.array([columns.mean(), rows.mean()]) + rng.uniform(-0.3, 0.3, 2) * (wide, tall)
    corner = np.clip(middle - np.array([wide, tall]) / 2, 0, np.array([width - wide, height - tall]))
    return np.array([*corner, wide, tall])


def _draw_bends(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw how the picture bends: shifts [T, cells, cells, 2] of a coarse grid, none on frame 0."""
    cells = int(rng.integers(3, 7))
    reach = rng.uniform(0, _MOST_BEND)
    time = np.arange(count)[:, None, None, None]
    swings = rng.normal(0, reach, (2, 1, cells, cells, 2))
    speeds = rng.uniform(0.05, 0.4, 2)
    shifts = swings[0] * np.sin(speeds[0] * time) + swings[1] * (np.cos(speeds[1] * time) - 1)
    return np.asarray(shifts, np.float32)


def _places(course: Course, bends: NDArray[np.float32], side: int) -> list[NDArray[np.float32]]:
    """Return where in the window each pixel of each frame looks, as shares of its sides, [S, S, 2] each."""
    grid = (np.arange(side, dtype=np.float32) + 0.5) / side
    base = np.stack(np.meshgrid(grid, grid), axis=-1)
    places = []
    for shift, zoom, turn, bend in zip(course.shift, course.zoom, course.turn, bends, strict=True):
        cosine, sine = np.cos(turn) * np.exp(-zoom), np.sin(turn) * np.exp(-zoom)
        rotation = np.array([[cosine, sine], [-sine, cosine]], np.float32)
        smooth = cv2.resize(bend, (side, side), interpolation=cv2.INTER_CUBIC)
        moved = (base - 0.5) @ rotation.T + 0.5 - shift.astype(np.float32) + smooth
        places.append(np.asarray(moved, np.float32))
    return places
