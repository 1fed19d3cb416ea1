"""How the objects of made-up videos move: moderate in size and speed, and always whole in the picture."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from samscope.clips.synthetic.kinds import KINDS
from samscope.clips.synthetic.objects import Swing, Thing
from samscope.clips.synthetic.outlines import Shape, covered

_MARGIN = 2.5
_MOST_OF_SIDE = 0.84
_SPEED_OF_SWING = 2 * np.pi * (0.9 + 0.1 * 2.7)
"""Greatest speed of a swing that reaches 1 in a period of 1."""

_MIDST = 14
"""The frame around which an object that faces somewhere goes there, and one that crosses is in the middle."""

_TIMES = np.linspace(0, 90, 31)
_GRID = 48


@dataclass(frozen=True)
class _Measures:
    """A shape's mean area, and how far it ever gets from its centre to the sides, upwards or downwards."""

    area: float
    across: float
    down: float
    whole: float


def stage(kinds: Sequence[str], size: tuple[int, int], rng: np.random.Generator) -> tuple[Thing, ...]:
    """Return an object that moves around, or two: the second passes in front of the first.

    An object covers 4 to 15 hundredths of the picture, less where its kind is slim or the picture narrow,
    and its centre moves by at most 3 hundredths of the picture's width a frame.

    Args:
        kinds: one or two of ``KINDS``, from back to front.
        size: height and width of the picture.
        rng: draws shapes and movements.
    """
    if len(kinds) == 1:
        return (_moving(kinds[0], size, rng.uniform(0.06, 0.11), rng),)
    back = _moving(kinds[0], size, rng.uniform(0.065, 0.1), rng)
    front = _moving(kinds[1], size, rng.uniform(0.045, 0.06), rng)
    reach, side = rng.uniform(0.1, 0.25), float(rng.choice([-1, 1]))
    aside = side * min(0.06 * size[1], 0.5 * back.x.reach)
    back = replace(
        back,
        x=replace(back.x, middle=size[1] / 2 + aside, reach=reach * back.x.reach),
        y=replace(back.y, reach=reach * back.y.reach),
    )
    return back, _crossing(front, back.y.middle, side, size, rng)


def _moving(kind: str, size: tuple[int, int], share: float, rng: np.random.Generator) -> Thing:
    """Return an object that covers ``share`` of the picture and moves around without leaving it."""
    shape, moves = KINDS[kind].drawn(rng), KINDS[kind].moves
    tilt = float(rng.uniform(*{"stands": (0.02, 0.06), "flies": (0.06, 0.16), "turns": (0.05, 0.15)}[moves]))
    growth = float(rng.uniform(0.03, 0.09))
    measures = _measure(shape)
    half_width, half_height = _half_sides(measures, tilt, turns=moves == "turns")
    radius = min(
        float(np.sqrt(share * size[0] * size[1] / measures.area)),
        _MOST_OF_SIDE * size[1] / 2 / half_width / (1 + growth),
        _MOST_OF_SIDE * size[0] / 2 / half_height / (1 + growth),
    )
    reach = radius * (1 + growth)
    room_x = max(0.0, size[1] / 2 - half_width * reach - _MARGIN)
    room_y = max(0.0, size[0] / 2 - half_height * reach - _MARGIN)
    low = rng.uniform(0.35, 0.75) if moves == "stands" else rng.uniform(-0.3, 0.3)
    reach_y = (
        (1 - abs(low)) * rng.uniform(0.25, 0.5)
        if moves == "stands"
        else (1 - abs(low)) * rng.uniform(0.4, 0.95)
    )
    x = _swing(rng, size[1] / 2, room_x * rng.uniform(0.45, 0.95), size[1] * rng.uniform(0.007, 0.018))
    y = _swing(rng, size[0] / 2 + low * room_y, room_y * reach_y, size[1] * rng.uniform(0.004, 0.01))
    return Thing(
        shape=shape,
        x=x,
        y=y,
        radius=Swing(radius, radius * growth, float(rng.uniform(60, 120)), float(rng.uniform(0, 6.3))),
        angle=Swing(
            float(rng.uniform(0, 6.3)) if moves == "turns" else 0.0,
            tilt,
            float(rng.uniform(50, 100)),
            float(rng.uniform(0, 6.3)),
        ),
        spin=float(rng.choice([-1, 1]) * rng.uniform(0.003, 0.028)) if moves == "turns" else 0.0,
        mirrored=x.at(_MIDST + 1) < x.at(_MIDST - 1),
    )


def _crossing(
    thing: Thing, row: float, side: float, size: tuple[int, int], rng: np.random.Generator
) -> Thing:
    """Return the object on a way to a side (1 is the right) that is in the middle within 13 to 17 frames."""
    crossing = rng.uniform(13, 17)
    half_width, half_height = _half_sides(_measure(thing.shape), thing.angle.reach, turns=thing.spin != 0)
    largest = thing.radius.middle + thing.radius.reach
    room_x = max(0.0, size[1] / 2 - half_width * largest - _MARGIN)
    room_y = max(0.0, size[0] / 2 - half_height * largest - _MARGIN)
    period = max(84.0, _SPEED_OF_SWING * room_x / (0.032 * size[1]))
    middle = float(np.clip(row, size[0] / 2 - 0.9 * room_y, size[0] / 2 + 0.9 * room_y))
    across = Swing(size[1] / 2, side * room_x, period, -2 * np.pi * crossing / period)
    return replace(
        thing,
        x=across,
        y=replace(thing.y, middle=middle, reach=min(0.3 * thing.y.reach, 0.1 * room_y)),
        mirrored=side < 0,
    )


def _swing(rng: np.random.Generator, middle: float, reach: float, speed: float) -> Swing:
    """Return a swing of any phase that moves by at most ``speed`` a frame."""
    period = max(float(rng.uniform(70, 130)), _SPEED_OF_SWING * reach / speed)
    return Swing(middle, reach, period, float(rng.uniform(0, 2 * np.pi)))


def _half_sides(measures: _Measures, tilt: float, *, turns: bool) -> tuple[float, float]:
    """Return half the width and the height of what an object needs that tilts by up to ``tilt``, or turns."""
    if turns:
        return measures.whole, measures.whole
    cosine, sine = np.cos(tilt), np.sin(tilt)
    width = min(measures.whole, measures.across * cosine + measures.down * sine)
    return width, min(measures.whole, measures.down * cosine + measures.across * sine)


def _measure(shape: Shape) -> _Measures:
    areas, across, down, whole = [], 0.0, 0.0, 0.0
    for number, time in enumerate(_TIMES):
        curves = covered(shape.parts(float(time)))
        corners = np.abs(np.concatenate(curves))
        across, down = max(across, corners[:, 0].max()), max(down, corners[:, 1].max())
        whole = max(whole, float(np.linalg.norm(corners, axis=1).max()))
        if number % 10 == 0:
            canvas = np.zeros((2 * _GRID, 2 * _GRID), np.uint8)
            for curve in curves:
                cv2.fillPoly(canvas, [np.rint((curve + 1) * _GRID).astype(np.int32)], 1)
            areas.append(np.count_nonzero(canvas) / _GRID**2)
    slack = 1.03
    return _Measures(float(np.mean(areas)), slack * across, slack * down, slack * whole)
