"""Made-up people and toys: what walks upright, rolls, flies or wobbles and is no animal."""

from dataclasses import dataclass

import numpy as np

from samscope.clips.synthetic.animals import beat, eye
from samscope.clips.synthetic.outlines import (
    Beat,
    Part,
    Polygon,
    bands,
    ellipse,
    joint,
    limb,
    on,
    ribbon,
    rounded,
    spots,
)


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody who walks, from the side: arms and legs swing and bend."""

    gait: Beat
    broad: float
    hat: bool
    stripes: tuple[Polygon, ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Person":
        """Return a random one."""
        broad = float(rng.uniform(0.17, 0.22))
        stripes = tuple(
            np.array([(-broad, y), (broad, y), (broad, y + 0.06), (-broad, y + 0.06)])
            for y in np.linspace(0.02, 0.34, int(rng.integers(2, 4)))
        )
        return cls(beat(rng, 0.25, 0.4), broad, bool(rng.random() < 0.5), stripes)

    def parts(self, time: float) -> list[Part]:
        """Return far limbs, trunk, head and near limbs; see ``Shape``."""
        bob = 0.02 * self.gait.at(2 * time, 1)
        trunk, head = joint(0, -0.42 + bob, 0.03 * self.gait.at(time)), joint(0.02, -0.68 + bob)
        hat = [
            Part(rounded([(-0.17, -0.08), (-0.15, -0.24), (0.13, -0.24), (0.16, -0.08)]), head, "accent"),
            Part(ellipse(0.25, 0.04, 0.03, -0.08, 24), head, "accent"),
        ]
        hair = [
            Part(
                rounded([(-0.2, 0.08), (-0.2, -0.2), (0.05, -0.24), (0.17, -0.1), (-0.04, -0.06)]),
                head,
                "dark",
            )
        ]
        return [
            *self._arm(time, np.pi, bob, 0.7),
            *self._leg(time, np.pi, 0.7),
            *self._leg(time, 0.0, 1.0),
            Part(limb(0.4, self.broad, 0.85 * self.broad), trunk),
            *(Part(stripe, trunk, "accent", detail=True) for stripe in self.stripes),
            Part(limb(0.12, 0.07, 0.07), joint(0.01, -0.58 + bob), "skin"),
            Part(ellipse(0.17, 0.19), head, "skin"),
            Part(ellipse(0.035, 0.04, 0.17, 0.03, 16), head, "skin"),
            *eye(head, 0.1, -0.02, 0.035),
            *(hat if self.hat else hair),
            *self._arm(time, 0.0, bob, 1.0),
        ]

    def _leg(self, time: float, shift: float, tone: float) -> list[Part]:
        upper = joint(0, 0.06, 0.5 * self.gait.at(time, shift))
        lower = on(upper, joint(0, 0.38, 0.3 + 0.3 * self.gait.at(time, shift + 1.2)))
        return [
            Part(
                rounded([(-0.09, 0.33), (-0.08, 0.45), (0.19, 0.45), (0.15, 0.36)]), lower, "dark", tone=tone
            ),
            Part(limb(0.36, 0.085, 0.065), lower, "limb", tone=tone),
            Part(limb(0.38, 0.125, 0.09), upper, "limb", tone=tone),
        ]

    def _arm(self, time: float, shift: float, bob: float, tone: float) -> list[Part]:
        upper = joint(0, -0.4 + bob, -0.5 * self.gait.at(time, shift))
        lower = on(upper, joint(0, 0.26, -0.35 - 0.2 * self.gait.at(time, shift)))
        return [
            Part(ellipse(0.075, 0.075, 0, 0.29, 20), lower, "skin", tone=tone),
            Part(limb(0.22, 0.065, 0.055), lower, "body", tone=tone),
            Part(limb(0.26, 0.09, 0.07), upper, "body", tone=tone),
        ]


@dataclass(frozen=True, eq=False)
class Car:
    """A car from the side with turning wheels, windows and a number on its door."""

    roll: Beat
    van: bool
    number: int

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Car":
        """Return a random one."""
        return cls(beat(rng, 0.08, 0.14), bool(rng.random() < 0.4), int(rng.integers(1, 10)))

    def parts(self, time: float) -> list[Part]:
        """Return body, windows, lamps, number and wheels; see ``Shape``."""
        body = joint(0, 0.02 * self.roll.at(6 * time), 0.012 * self.roll.at(4 * time, 1))
        if self.van:
            cabin = rounded([(-0.86, 0.1), (-0.84, -0.52), (0.42, -0.52), (0.66, -0.1), (0.66, 0.1)], 0.15)
            windows = [(-0.74, -0.36, -0.42), (-0.34, 0.04, 0.0), (0.12, 0.36, 0.52)]
        else:
            cabin = rounded([(-0.72, 0.0), (-0.44, -0.46), (0.24, -0.46), (0.56, 0.0)], 0.15)
            windows = [(-0.36, -0.04, -0.52), (0.04, 0.22, 0.42)]
        hull = rounded(
            [(-0.9, 0.26), (-0.9, -0.1), (-0.3, -0.14), (0.5, -0.12), (0.92, 0.0), (0.92, 0.26)], 0.15
        )
        wheels = []
        for x in (-0.52, 0.52):
            wheel = joint(x, 0.28, self.roll.rate * time * 1.6)
            wheels += [
                Part(ellipse(0.21, 0.21), wheel, "dark"),
                Part(ellipse(0.13, 0.13, points=32), wheel, "light", detail=True),
                *(
                    Part(
                        np.array([(-0.02, 0.03), (0.02, 0.03), (0.035, 0.12), (-0.035, 0.12)]),
                        on(wheel, joint(angle=turn)),
                        "dark",
                        detail=True,
                    )
                    for turn in np.arange(5) * 2 * np.pi / 5
                ),
            ]
        top = -0.4 if self.van else -0.38
        return [
            Part(cabin, body, "body"),
            Part(hull, body, "body"),
            *(
                Part(
                    rounded([(left, top), (right, top), (lower, -0.12), (left - 0.06, -0.12)], 0.1),
                    body,
                    "glass",
                    detail=True,
                )
                for left, right, lower in windows
            ),
            Part(
                np.array([(-0.92, 0.14), (0.94, 0.14), (0.94, 0.21), (-0.92, 0.21)]),
                body,
                "accent",
                detail=True,
            ),
            Part(ellipse(0.06, 0.06, 0.82, 0.06, 20), body, "light", detail=True),
            Part(ellipse(0.05, 0.07, -0.86, 0.04, 20), body, "beak", detail=True),
            Part(ellipse(0.17, 0.17, -0.12, 0.06, 28), body, "light", detail=True),
            *(
                Part(np.add(segment, (-0.12, 0.06)), body, "dark", detail=True)
                for segment in _digit(self.number)
            ),
            *wheels,
        ]


@dataclass(frozen=True, eq=False)
class Ball:
    """A ball with coloured panels, or with a star."""

    panels: int

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Ball":
        """Return a random one."""
        return cls(int(rng.integers(2, 5)))

    def parts(self, time: float) -> list[Part]:
        """Return the ball and its panels, which turn as the object does; see ``Shape``."""
        arc = np.linspace(0, np.pi / self.panels, 12)
        panel = np.concatenate([[(0.0, 0.0)], np.stack([np.cos(arc), np.sin(arc)], axis=1)])
        turns = [2 * np.pi * number / self.panels for number in range(self.panels)]
        surfaces = ("accent", "light", "limb", "accent")
        return [
            Part(ellipse(1, 1, points=64), joint(), "body"),
            *(
                Part(panel, joint(angle=turn), surface, detail=True)
                for turn, surface in zip(turns, surfaces, strict=False)
            ),
            Part(ellipse(0.2, 0.2, points=24), joint(), "dark", detail=True),
        ]


@dataclass(frozen=True, eq=False)
class Balloon:
    """A hot-air balloon whose basket swings."""

    sway: Beat
    stripes: int

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Balloon":
        """Return a random one."""
        return cls(beat(rng, 0.12, 0.2), int(rng.integers(3, 5)))

    def parts(self, time: float) -> list[Part]:
        """Return ropes, basket and envelope; see ``Shape``."""
        basket = joint(0, 0.3, 0.16 * self.sway.at(time))
        along = np.linspace(0, 1, 40)
        half = 0.64 * np.sin(np.pi * along**0.8) ** 0.62 * (1 - 0.25 * along) + 0.1 * along
        spine = np.stack([np.zeros(40), -0.98 + 1.36 * along], axis=1)
        edges = np.linspace(-0.9, 0.9, 2 * self.stripes)
        gores = [
            np.concatenate(
                [
                    spine + np.stack([left * half, 0 * half], 1),
                    (spine + np.stack([right * half, 0 * half], 1))[::-1],
                ]
            )
            for left, right in zip(edges[::2], edges[1::2], strict=True)
        ]
        ropes = [
            Part(
                np.array([(x, 0.02), (x + 0.03, 0.02), (0.8 * x + 0.03, 0.4), (0.8 * x, 0.4)]), basket, "dark"
            )
            for x in (-0.13, 0.1)
        ]
        return [
            *ropes,
            Part(rounded([(-0.15, 0.36), (0.15, 0.36), (0.13, 0.62), (-0.13, 0.62)], 0.12), basket, "limb"),
            Part(
                np.array([(-0.15, 0.42), (0.15, 0.42), (0.15, 0.46), (-0.15, 0.46)]),
                basket,
                "dark",
                detail=True,
            ),
            Part(ribbon(spine, half), joint(), "body"),
            *(Part(gore, joint(), "accent", detail=True) for gore in gores),
        ]


@dataclass(frozen=True, eq=False)
class Slime:
    """A soft blob that never stays the same, with two eyes and spots."""

    pulse: Beat
    waves: tuple[tuple[int, float, float, float], ...]
    markings: tuple[Polygon, ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Slime":
        """Return a random one."""
        waves = tuple(
            (
                count,
                float(rng.uniform(0.05, 0.2) / count**0.6),
                float(rng.uniform(0, 6.3)),
                float(rng.uniform(-0.12, 0.12)),
            )
            for count in (2, 3, 4, 5)
        )
        return cls(beat(rng, 0.15, 0.3), waves, spots(rng, 7, 0.6, 0.5, 0.08))

    def parts(self, time: float) -> list[Part]:
        """Return the blob, its spots and its eyes; see ``Shape``."""
        angle = np.linspace(0, 2 * np.pi, 100, endpoint=False)
        radius = 0.85 + sum(
            height * np.cos(count * angle + phase + rate * time) for count, height, phase, rate in self.waves
        )
        radius /= 0.85 + sum(height for _, height, _, _ in self.waves)
        squeeze = joint() @ np.diag([1.0, 0.94 + 0.06 * self.pulse.at(time), 1.0])
        outline = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        mouth = ribbon(np.array([(-0.16, 0.12), (0.0, 0.19), (0.16, 0.12)]), np.full(3, 0.03))
        return [
            Part(outline, squeeze, "body"),
            *(Part(marking, squeeze, "accent", detail=True) for marking in self.markings),
            *eye(squeeze, -0.2, -0.14, 0.12),
            *eye(squeeze, 0.2, -0.14, 0.12),
            Part(mouth, squeeze, "dark", detail=True),
        ]


@dataclass(frozen=True, eq=False)
class Flower:
    """A flower from above whose petals open and close a little."""

    sway: Beat
    petals: int

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Flower":
        """Return a random one."""
        return cls(beat(rng, 0.12, 0.22), int(rng.integers(5, 8)))

    def parts(self, time: float) -> list[Part]:
        """Return petals and middle; see ``Shape``."""
        parts = []
        for number in range(self.petals):
            wave = self.sway.at(time, 2 * number)
            petal = joint(angle=2 * np.pi * number / self.petals + 0.06 * wave)
            wide = 2.0 / self.petals
            outline = rounded(
                [
                    (-0.06, 0.1),
                    (-wide, 0.66),
                    (-0.5 * wide, 0.98),
                    (0.5 * wide, 0.98),
                    (wide, 0.66),
                    (0.06, 0.1),
                ]
            )
            vein = np.array([(-0.02, 0.25), (0.02, 0.25), (0.045, 0.72), (-0.045, 0.72)])
            parts += [
                Part(
                    outline,
                    petal,
                    ("body", "limb")[number % 2 * (self.petals % 2 == 0)],
                    tone=1 - 0.08 * (number % 3),
                ),
                Part(vein, petal, "accent", detail=True),
            ]
        return [
            *parts,
            Part(ellipse(0.27, 0.27), joint(), "accent"),
            *eye(joint(), -0.09, -0.04, 0.06),
            *eye(joint(), 0.09, -0.04, 0.06),
        ]


@dataclass(frozen=True, eq=False)
class Rocket:
    """A toy rocket with a window and a flickering flame."""

    flicker: Beat
    slim: float
    rings: tuple[Polygon, ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Rocket":
        """Return a random one."""
        slim = float(rng.uniform(0.24, 0.3))
        return cls(beat(rng, 0.5, 0.8), slim, bands(2, -0.42, -0.2, 1.2 * slim))

    def parts(self, time: float) -> list[Part]:
        """Return flame, fins, hull and window; see ``Shape``. It points to the right."""
        length = 0.24 + 0.07 * self.flicker.at(time)
        along = np.linspace(0, 1, 40)
        half = (
            self.slim
            * np.minimum(1, (1 - (1 - np.minimum(along / 0.5, 1)) ** 2))
            * (1 - 0.35 * np.maximum(along - 0.6, 0))
            + 0.01
        )
        hull = ribbon(np.stack([0.98 - 1.55 * along, 0 * along], axis=1), half)
        fin = rounded([(-0.2, 0.1), (-0.5, 0.6), (-0.74, 0.64), (-0.6, 0.1)])
        inner = rounded([(-0.5, -0.08), (-0.56 - 0.5 * length, 0), (-0.5, 0.08)])
        return [
            Part(rounded([(-0.46, -0.17), (-0.56 - 1.4 * length, 0), (-0.46, 0.17)]), joint(), "beak"),
            Part(inner, joint(), "light", detail=True),
            Part(fin, joint(), "limb"),
            Part(fin * (1, -1), joint(), "limb", tone=0.85),
            Part(hull, joint(), "body"),
            Part(hull[(hull[:, 0] > 0.55)], joint(), "accent", detail=True),
            *(Part(ring, joint(), "accent", detail=True) for ring in self.rings),
            Part(ellipse(0.14, 0.14, 0.24, 0, 28), joint(), "light", detail=True),
            Part(ellipse(0.1, 0.1, 0.24, 0, 28), joint(), "glass", detail=True),
        ]


def _digit(number: int) -> list[Polygon]:
    """Return a digit's strokes around 0, as on a display of seven segments."""
    across = {"top": -0.09, "middle": 0.0, "bottom": 0.09}
    upright = {
        "left-up": (-0.05, -0.09),
        "right-up": (0.05, -0.09),
        "left-down": (-0.05, 0),
        "right-down": (0.05, 0),
    }
    lit = {
        1: "right-up right-down",
        2: "top right-up middle left-down bottom",
        3: "top right-up middle right-down bottom",
        4: "left-up middle right-up right-down",
        5: "top left-up middle right-down bottom",
        6: "top left-up middle left-down right-down bottom",
        7: "top right-up right-down",
        8: "top left-up right-up middle left-down right-down bottom",
        9: "top left-up right-up middle right-down bottom",
    }[number].split()
    strokes = [((-0.05, across[name]), (0.05, across[name])) for name in lit if name in across]
    strokes += [((x, y), (x, y + 0.09)) for x, y in (upright[name] for name in lit if name in upright)]
    return [ribbon(np.array(stroke), np.full(2, 0.014)) for stroke in strokes]
