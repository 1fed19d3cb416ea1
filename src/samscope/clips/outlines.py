"""Outlines of made-up objects: smooth closed curves that deform with time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Polygon = NDArray[np.float64]
"""A closed curve as its corners [N, 2], x and y; the object's centre is 0, and 1 is its radius."""

_POINTS = 120


class Outline(Protocol):
    """What an object looks like from outside; always inside the circle of radius 1 around its centre."""

    def polygons(self, time: float) -> list[Polygon]:
        """Return the closed curves whose union the object covers at ``time``, in frames."""


@dataclass(frozen=True)
class Wave:
    """Ripples around a curve: how many to a turn, how high, where they start, how fast they move."""

    count: int
    height: float
    phase: float
    rate: float


@dataclass(frozen=True)
class Blob:
    """A circle with ripples that run around it and swell: a smooth shape that never stays the same."""

    waves: tuple[Wave, ...]
    aspect: float

    def polygons(self, time: float) -> list[Polygon]:
        """Return one curve; see ``Outline``."""
        angle = np.linspace(0, 2 * np.pi, _POINTS, endpoint=False)
        radius = np.ones(_POINTS)
        for wave in self.waves:
            radius += wave.height * np.cos(wave.count * angle + wave.phase + wave.rate * time)
        radius /= 1 + sum(wave.height for wave in self.waves)
        return [np.stack([radius * np.cos(angle), self.aspect * radius * np.sin(angle)], axis=1)]


@dataclass(frozen=True, eq=False)
class RoundedPolygon:
    """A rigid polygon whose corners are rounded off by cutting them three times (Chaikin)."""

    corners: Polygon

    def polygons(self, time: float) -> list[Polygon]:
        """Return one curve, the same at all times; see ``Outline``."""
        curve = self.corners
        for _ in range(3):
            following = np.roll(curve, -1, axis=0)
            curve = np.stack([0.8 * curve + 0.2 * following, 0.2 * curve + 0.8 * following], axis=1)
            curve = curve.reshape(-1, 2)
        return [curve]


@dataclass(frozen=True)
class Walker:
    """A four-legged animal from the side: legs and tail swing, the head nods."""

    rate: float
    phase: float
    stretch: float

    def polygons(self, time: float) -> list[Polygon]:
        """Return body, neck, head, tail and legs; see ``Outline``."""
        swing = np.sin(self.rate * time + self.phase)
        nod = 0.05 * np.sin(self.rate * time + self.phase + 1)
        parts = [
            _ellipse((0.0, -0.08), (0.52, 0.27 * self.stretch)),
            _limb((0.36, -0.12), (0.6, -0.36 + nod), 0.16, 0.12),
            _ellipse((0.66, -0.4 + nod), (0.21, 0.15)),
            _limb((-0.46, -0.18), (-0.8, -0.36 + 0.12 * swing), 0.08, 0.04),
        ]
        for hip, side in ((0.36, 1), (0.26, -1), (-0.3, -1), (-0.4, 1)):
            angle = 0.42 * side * swing
            foot = (hip + 0.62 * np.sin(angle), 0.08 + 0.62 * np.cos(angle))
            parts.append(_limb((hip, 0.08), foot, 0.13, 0.075))
        return parts


@dataclass(frozen=True)
class Fish:
    """A fish from the side or above: a wave runs along the body and ends in the tail fin."""

    rate: float
    phase: float
    height: float

    def polygons(self, time: float) -> list[Polygon]:
        """Return one curve; see ``Outline``."""
        along = np.linspace(0, 1, _POINTS // 2)
        bend = 0.16 * along * np.sin(4.2 * along - self.rate * time - self.phase)
        body = self.height * np.sqrt(along * 1.6) * np.clip(1 - along * 1.22, 0, None) ** 0.75 * 1.7
        fin = 0.34 * np.exp(-(((along - 1) / 0.13) ** 2))
        width = np.maximum(np.maximum(body, 0.05 * (along > 0.02)), fin)
        spine_x = 0.92 - 1.84 * along
        upper = np.stack([spine_x, bend - width], axis=1)
        lower = np.stack([spine_x, bend + width], axis=1)
        curve = np.concatenate([upper, lower[::-1]])
        return [curve / max(1.0, float(np.linalg.norm(curve, axis=1).max()))]


def _ellipse(centre: tuple[float, float], radii: tuple[float, float]) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, _POINTS // 2, endpoint=False)
    return np.stack([centre[0] + radii[0] * np.cos(angle), centre[1] + radii[1] * np.sin(angle)], axis=1)


def _limb(start: tuple[float, float], end: tuple[float, float], thick: float, thin: float) -> Polygon:
    """Return a limb with round ends, ``thick`` and ``thin`` being the radii at its start and its end."""
    direction = np.arctan2(end[1] - start[1], end[0] - start[0])
    half_turn = np.linspace(0, np.pi, 12)
    back = direction + np.pi / 2 + half_turn
    front = direction - np.pi / 2 + half_turn
    return np.concatenate(
        [
            np.asarray(start) + thick * np.stack([np.cos(back), np.sin(back)], axis=1),
            np.asarray(end) + thin * np.stack([np.cos(front), np.sin(front)], axis=1),
        ]
    )


def _blob(rng: np.random.Generator) -> Outline:
    waves = tuple(
        Wave(
            count,
            float(rng.uniform(0.06, 0.32) / count**0.6),
            float(rng.uniform(0, 6.3)),
            float(rng.uniform(-0.12, 0.12)),
        )
        for count in (2, 3, 4, 5)
    )
    return Blob(waves, float(rng.uniform(0.75, 1.0)))


def _ball(rng: np.random.Generator) -> Outline:
    return Blob((), float(rng.uniform(0.6, 1.0)))


def _flower(rng: np.random.Generator) -> Outline:
    petals = int(rng.integers(4, 7))
    height, phase, rate = rng.uniform(0.2, 0.32), rng.uniform(0, 6.3), rng.uniform(-0.05, 0.05)
    return Blob((Wave(petals, float(height), float(phase), float(rate)),), 1.0)


def _polygon(rng: np.random.Generator) -> Outline:
    count = int(rng.integers(4, 7))
    angle = (np.arange(count) + rng.uniform(-0.22, 0.22, count)) * 2 * np.pi / count
    radius = rng.uniform(0.75, 1.0, count)
    return RoundedPolygon(radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1))


def _walker(rng: np.random.Generator) -> Outline:
    return Walker(float(rng.uniform(0.35, 0.6)), float(rng.uniform(0, 6.3)), float(rng.uniform(0.9, 1.2)))


def _fish(rng: np.random.Generator) -> Outline:
    return Fish(float(rng.uniform(0.3, 0.5)), float(rng.uniform(0, 6.3)), float(rng.uniform(0.42, 0.56)))


KINDS: dict[str, Callable[[np.random.Generator], Outline]] = {
    "blob": _blob,
    "walker": _walker,
    "ball": _ball,
    "fish": _fish,
    "polygon": _polygon,
    "flower": _flower,
}
"""Makers of a random outline of each kind."""
