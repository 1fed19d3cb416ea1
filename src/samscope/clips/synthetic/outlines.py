"""What the shapes of made-up objects are put together from: parts on joints, and curves to bound them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Polygon = NDArray[np.float64]
"""A closed curve as its corners [N, 2], x to the right and y downwards."""

Joint = NDArray[np.float64]
"""How a part sits on its object: the map [2, 3] from the part's own coordinates to the object's."""

Point = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of an object, with a surface that is fixed to it.

    Attributes:
        outline: in the part's own coordinates.
        joint: where it is on the object, whose centre is 0 and whose radius is 1.
        surface: which surface of the object's coat covers it.
        detail: whether it is painted on the parts beneath it and adds nothing to what the object covers.
        tone: what its brightness is multiplied with; below 1 for what lies on the far side.
    """

    outline: Polygon
    joint: Joint
    surface: str = "body"
    detail: bool = False
    tone: float = 1.0

    @property
    def polygon(self) -> Polygon:
        """The outline in the object's coordinates, [N, 2]."""
        return self.outline @ self.joint[:, :2].T + self.joint[:, 2]


class Shape(Protocol):
    """The parts of an object at any time; all of them stay in the circle of radius 1 around its centre."""

    def parts(self, time: float) -> list[Part]:
        """Return the parts from back to front at ``time``, in frames."""


@dataclass(frozen=True)
class Beat:
    """A movement that comes again: wings, legs and fins follow it."""

    rate: float
    phase: float

    def at(self, time: float, shift: float = 0.0) -> float:
        """Return where the beat is at ``time`` (frames), -1..1, ``shift`` radians later."""
        return float(np.sin(self.rate * time + self.phase + shift))


def covered(parts: Sequence[Part]) -> list[Polygon]:
    """Return the curves whose union the object covers."""
    return [part.polygon for part in parts if not part.detail]


def joint(x: float = 0.0, y: float = 0.0, angle: float = 0.0) -> Joint:
    """Return a joint at a point, turned by ``angle`` radians (clockwise as seen, since y is downwards)."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine, x], [sine, cosine, y]])


def on(base: Joint, inner: Joint) -> Joint:
    """Return the joint of what sits by ``inner`` on something that sits by ``base``."""
    return np.column_stack([base[:, :2] @ inner[:, :2], base[:, :2] @ inner[:, 2] + base[:, 2]])


def end_of(base: Joint, x: float, y: float) -> Point:
    """Return where a point in a joint's own coordinates is on the object."""
    place = base[:, :2] @ (x, y) + base[:, 2]
    return float(place[0]), float(place[1])


def ellipse(width: float, height: float, x: float = 0.0, y: float = 0.0, points: int = 48) -> Polygon:
    """Return an ellipse of half axes ``width`` and ``height`` around a point."""
    return (x, y) + _circle(points) * (width, height)


@cache
def _circle(points: int) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def limb(length: float, thick: float, thin: float) -> Polygon:
    """Return a limb with round ends that hangs from 0 downwards; ``thick`` and ``thin`` are its radii."""
    back, front = _half_circles()
    return np.concatenate([thick * back, (0, length) + thin * front])


@cache
def _half_circles() -> tuple[Polygon, Polygon]:
    """Return the upper and the lower half of the circle around 0."""
    half_turn = np.linspace(0, np.pi, 13)
    back, front = (
        np.stack([np.cos(angle), np.sin(angle)], axis=1) for angle in (np.pi + half_turn, half_turn)
    )
    return back, front


def rounded(corners: Sequence[Point], cut: float = 0.22) -> Polygon:
    """Return a polygon whose corners are rounded off by cutting them three times (Chaikin)."""
    curve = np.asarray(corners, np.float64)
    for _ in range(3):
        following = np.roll(curve, -1, axis=0)
        curve = np.stack([(1 - cut) * curve + cut * following, cut * curve + (1 - cut) * following], axis=1)
        curve = curve.reshape(-1, 2)
    return curve


def ribbon(spine: NDArray[np.float64], widths: NDArray[np.float64]) -> Polygon:
    """Return a band of half widths ``widths`` [N] along ``spine`` [N, 2]."""
    along = np.gradient(spine, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
    sides = widths[:, None] * across
    return np.concatenate([spine + sides, (spine - sides)[::-1]])


def spots(
    rng: np.random.Generator, count: int, width: float, height: float, size: float
) -> tuple[Polygon, ...]:
    """Return spots of about ``size`` that are spread over an ellipse around 0 and stay inside it."""
    places = (np.arange(count) + rng.uniform(0.2, 0.8, count)) * 2.4
    reach = np.sqrt((np.arange(count) + 0.5) / count) * 0.78
    return tuple(
        ellipse(
            size * scale,
            size * scale * flat,
            width * far * np.cos(place),
            height * far * np.sin(place),
            points=16,
        )
        for place, far, scale, flat in zip(
            places, reach, rng.uniform(0.6, 1.2, count), rng.uniform(0.7, 1.0, count), strict=True
        )
    )


def bands(count: int, start: float, stop: float, height: float, lean: float = 0.0) -> tuple[Polygon, ...]:
    """Return upright stripes between two columns, ``height`` to either side of 0; ``lean`` tilts them."""
    step = (stop - start) / (2 * count - 1)
    return tuple(
        np.array(
            [(x + lean, -height), (x + step + lean, -height), (x + step - lean, height), (x - lean, height)]
        )
        for x in start + 2 * step * np.arange(count)
    )
