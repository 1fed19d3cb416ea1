"""How objects and cameras move through a composed clip."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Placement:
    """Where a sprite is on one frame.

    Attributes:
        x: of its middle, in pixels.
        y: of its middle, in pixels.
        scale: factor on the sprite's pixels.
        turn: clockwise, in radians.
        stretch: factor on its width besides the scale.
        mirrored: left and right swapped.
    """

    x: float
    y: float
    scale: float = 1.0
    turn: float = 0.0
    stretch: float = 1.0
    mirrored: bool = False


class Pace(Enum):
    """How fast things move."""

    NEAR_STATIC = "near_static"
    SLOW = "slow"
    FAST = "fast"


@dataclass(frozen=True, eq=False)
class Course:
    """A smooth course through a clip, relative to where it starts.

    Attributes:
        shift: float64 [T, 2], x and y, as shares of the frame's side.
        zoom: float64 [T], logarithm of the scale.
        turn: float64 [T], radians.
    """

    shift: NDArray[np.float64]
    zoom: NDArray[np.float64]
    turn: NDArray[np.float64]


_REACH = {Pace.NEAR_STATIC: 0.0015, Pace.SLOW: 0.012, Pace.FAST: 0.05}
"""Typical motion of each pace, as a share of the frame's side in one frame."""


def draw_course(frames: int, pace: Pace, rng: np.random.Generator) -> Course:
    """Draw a course: steady motion with acceleration, a swing, and a little unsteadiness.

    Args:
        frames: of the clip.
        pace: how fast.
        rng: the source of chance.
    """
    reach = _REACH[pace] * rng.lognormal(0.0, 0.4)
    time = np.arange(frames)
    heading = rng.uniform(0, 2 * np.pi)
    speed = reach * rng.uniform(0.2, 1.2)
    steady = speed * time[:, None] * np.array([np.cos(heading), np.sin(heading)])
    bend = rng.normal(0, reach * 0.08, 2) * time[:, None] ** 2
    period = rng.uniform(6, 20)
    phase = rng.uniform(0, 2 * np.pi, 2)
    swing = rng.normal(0, 1.5 * reach, 2) * (
        np.sin(2 * np.pi * time[:, None] / period + phase) - np.sin(phase)
    )
    unsteady = np.cumsum(rng.normal(0, 0.25 * reach, (frames, 2)), axis=0)
    shift = steady + bend + swing + unsteady
    zoom = rng.normal(0, 0.5 * reach) * time + np.cumsum(rng.normal(0, 0.2 * reach, frames))
    turn = rng.normal(0, 0.8 * reach) * time + np.cumsum(rng.normal(0, 0.3 * reach, frames))
    return Course(shift - shift[0], np.clip(zoom - zoom[0], -0.7, 0.7), turn - turn[0])


def fold(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Reflect values at two borders until they lie between them: a course that turns round at the edge."""
    span = high - low
    around = np.mod(values - low, 2 * span)
    return low + np.where(around > span, 2 * span - around, around)
