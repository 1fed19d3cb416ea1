"""Frames without the object: for how long, and frames of another place in their stead."""

from dataclasses import replace

import numpy as np

from nano.training.grounds import drawn_ground, film, photo_ground, video_ground
from nano.training.motion import Pace, draw_course
from nano.training.sources import Sources
from nano.training.tracked_film import Film

_RETURNS = 0.8


def draw_absence(count: int, rng: np.random.Generator) -> range:
    """Draw the frames on which the object is away, never frame 0; in 80 % of clips it comes back.

    Args:
        count: frames of the clip, at least 3.
        rng: the source of chance.
    """
    first = int(rng.integers(1, count - 1))
    if rng.random() >= _RETURNS:
        return range(first, count)
    longest = max(1, min(count - 1 - first, 2 + count // 3))
    return range(first, first + int(rng.integers(1, longest + 1)))


def interrupt(whole: Film, away: range, sources: Sources, rng: np.random.Generator) -> Film:
    """Put frames of another place in the stead of some; the film goes on below them.

    Raises:
        SamscopeError: a picture or video cannot be read.
    """
    side, count = whole.frames.shape[1], len(away)
    kind = rng.random()
    if kind < 0.4 and sources.videos:
        video = sources.videos[int(rng.integers(len(sources.videos)))]
        foreign = video_ground(video, count, side, rng)
    else:
        ground = photo_ground(sources, side, rng) if kind < 0.85 else drawn_ground(side, rng)
        foreign = film(ground, draw_course(count, Pace.SLOW, rng), side)
    frames, masks = whole.frames.copy(), whole.masks.copy()
    frames[away.start : away.stop], masks[away.start : away.stop] = foreign, False
    return replace(whole, frames=frames, masks=masks)
