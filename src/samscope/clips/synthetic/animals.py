"""Made-up animals: plain, articulated, with markings that stay where they are."""

from dataclasses import dataclass

import numpy as np

from samscope.clips.synthetic.outlines import (
    Beat,
    Joint,
    Part,
    Polygon,
    bands,
    ellipse,
    end_of,
    joint,
    limb,
    on,
    ribbon,
    rounded,
    spots,
)


def eye(base: Joint, x: float, y: float, size: float) -> list[Part]:
    """Return a white eye with a dark pupil that looks ahead."""
    return [
        Part(ellipse(size, size, x, y, 20), base, "light", detail=True),
        Part(ellipse(0.58 * size, 0.62 * size, x + 0.25 * size, y, 16), base, "dark", detail=True),
    ]


def beat(rng: np.random.Generator, slow: float, fast: float) -> Beat:
    """Return a beat of a rate between ``slow`` and ``fast`` radians a frame and of any phase."""
    return Beat(float(rng.uniform(slow, fast)), float(rng.uniform(0, 2 * np.pi)))


@dataclass(frozen=True, eq=False)
class Walker:
    """A four-legged animal from the side: legs bend and swing, the head nods, the tail wags."""

    gait: Beat
    height: float
    ear: float
    markings: tuple[Polygon, ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Walker":
        """Return a random one."""
        height = float(rng.uniform(0.24, 0.31))
        if rng.random() < 0.5:
            markings = spots(rng, int(rng.integers(5, 10)), 0.48, height, 0.085)
        else:
            markings = bands(
                int(rng.integers(4, 7)), -0.36, 0.34, 0.8 * height, float(rng.uniform(-0.08, 0.08))
            )
        return cls(beat(rng, 0.28, 0.45), height, float(rng.uniform(0.12, 0.2)), markings)

    def parts(self, time: float) -> list[Part]:
        """Return tail, legs, body, neck and head; see ``Shape``."""
        body = joint(-0.05, -0.12)
        head = joint(0.62, -0.5 + 0.03 * self.gait.at(time, 1), 0.12 * self.gait.at(time, 0.5))
        neck = np.arctan2(-(head[0, 2] - 0.34), head[1, 2] + 0.16)
        return [
            *self._leg(time, -0.36, 0.6, 0.7),
            *self._leg(time, 0.22, 3.6, 0.7),
            Part(limb(0.4, 0.07, 0.035), joint(-0.5, -0.22, 1.9 + 0.3 * self.gait.at(time, 2)), "limb"),
            Part(ellipse(0.54, self.height), body),
            *(Part(marking, body, "accent", detail=True) for marking in self.markings),
            *self._leg(time, -0.42, 3.8, 1.0),
            *self._leg(time, 0.3, 0.4, 1.0),
            Part(limb(0.42, 0.17, 0.13), joint(0.34, -0.16, neck)),
            Part(ellipse(0.2, 0.16), head),
            Part(ellipse(0.13, 0.09, 0.17, 0.06), head, "limb"),
            Part(ellipse(0.035, 0.03, 0.27, 0.03, 16), head, "dark", detail=True),
            Part(limb(self.ear, 0.07, 0.03), on(head, joint(-0.1, -0.08, 2.7)), "accent"),
            *eye(head, 0.05, -0.05, 0.045),
        ]

    def _leg(self, time: float, hip: float, shift: float, tone: float) -> list[Part]:
        upper = joint(hip, 0.02, 0.42 * self.gait.at(time, shift))
        lower = on(upper, joint(0, 0.3, 0.2 + 0.35 * self.gait.at(time, shift + 1.3)))
        return [
            Part(limb(0.32, 0.045, 0.055), lower, "limb", tone=tone),
            Part(ellipse(0.085, 0.05, 0.03, 0.34, 20), lower, "dark", tone=tone),
            Part(limb(0.3, 0.12, 0.075), upper, "body", tone=tone),
        ]


@dataclass(frozen=True, eq=False)
class Bird:
    """A bird in flight from the side; its wings beat."""

    flap: Beat
    plump: float
    crest: bool
    markings: tuple[Polygon, ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Bird":
        """Return a random one."""
        plump = float(rng.uniform(0.25, 0.32))
        return cls(
            beat(rng, 0.3, 0.5), plump, bool(rng.random() < 0.5), spots(rng, 7, 0.32, 0.7 * plump, 0.04)
        )

    def parts(self, time: float) -> list[Part]:
        """Return tail, wings, body, head and beak; see ``Shape``."""
        body, head = joint(0, 0.06, -0.08), joint(0.5, -0.12 + 0.02 * self.flap.at(time, 1.5))
        tail = joint(-0.46, 0.1, 0.1 * self.flap.at(time, 2))
        crest = [Part(limb(0.17, 0.05, 0.02), on(head, joint(-0.06, -0.14, 2.6)), "accent")] * self.crest
        return [
            self._wing(time, 0.12, 0.4, 0.66),
            Part(
                rounded([(0.1, -0.11), (0.1, 0.11), (-0.42, 0.19), (-0.34, 0.0), (-0.44, -0.16)]),
                tail,
                "limb",
            ),
            Part(ellipse(0.5, self.plump), body),
            Part(ellipse(0.34, 0.6 * self.plump, 0.1, 0.35 * self.plump), body, "light", detail=True),
            *(Part(marking, body, "accent", detail=True) for marking in self.markings),
            *crest,
            Part(rounded([(0.1, -0.08), (0.1, 0.09), (0.42, 0.05)]), head, "beak"),
            Part(ellipse(0.21, 0.2), head, "accent"),
            *eye(head, 0.06, -0.04, 0.05),
            self._wing(time, 0.0, 0.0, 1.0),
            self._feathers(time),
        ]

    def _hinge(self, time: float, shift: float) -> Joint:
        return joint(0.06, -0.06, 0.15) @ np.diag([1.0, 0.25 - 0.75 * self.flap.at(time, shift), 1.0])

    def _wing(self, time: float, x: float, shift: float, tone: float) -> Part:
        wing = rounded([(0.2, -0.08), (0.1, 0.45), (-0.3, 0.88), (-0.45, 0.66), (-0.4, 0.3), (-0.28, -0.06)])
        return Part(wing, on(joint(x, 0), self._hinge(time, shift)), "limb", tone=tone)

    def _feathers(self, time: float) -> Part:
        tip = rounded([(-0.02, 0.5), (-0.28, 0.8), (-0.4, 0.6), (-0.26, 0.42)])
        return Part(tip, self._hinge(time, 0.0), "dark", detail=True)


@dataclass(frozen=True, eq=False)
class Fish:
    """A fish from the side: a wave runs along its body and ends in the tail fin."""

    swim: Beat
    height: float
    markings: tuple[Polygon, ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Fish":
        """Return a random one."""
        height = float(rng.uniform(0.3, 0.42))
        striped = rng.random() < 0.6
        markings = (
            bands(int(rng.integers(2, 5)), -0.34, 0.36, 0.62 * height, float(rng.uniform(0, 0.1)))
            if striped
            else spots(rng, 8, 0.5, 0.8 * height, 0.06)
        )
        return cls(beat(rng, 0.25, 0.4), height, markings)

    def parts(self, time: float) -> list[Part]:
        """Return tail, fins and body; see ``Shape``."""
        body = joint(0.12, 0, 0.07 * self.swim.at(time, 1))
        tail = on(body, joint(-0.6, 0, 0.42 * self.swim.at(time)))
        fin = on(body, joint(0.12, 0.1, 0.9 + 0.4 * self.swim.at(time, 2)))
        along = np.linspace(0, 1, 40)
        half = self.height * np.sin(np.pi * along**0.72) ** 0.8 + 0.03
        bend = 0.1 * along**2 * self.swim.at(time, 0.8)
        outline = ribbon(np.stack([0.76 - 1.46 * along, bend], axis=1), half)
        back = rounded(
            [
                (0.3, -0.7 * self.height),
                (0.0, -1.5 * self.height),
                (-0.36, -1.2 * self.height),
                (-0.4, -0.4 * self.height),
            ]
        )
        mouth = np.array([(0.56, 0.08), (0.72, 0.05), (0.6, 0.12)])
        return [
            Part(back, body, "limb"),
            Part(
                rounded([(0.14, -0.07), (0.14, 0.07), (-0.36, 0.36), (-0.25, 0.0), (-0.36, -0.36)]),
                tail,
                "limb",
            ),
            Part(outline, body),
            *(Part(marking, body, "accent", detail=True) for marking in self.markings),
            Part(limb(0.26, 0.06, 0.11), fin, "limb"),
            Part(mouth, body, "dark", detail=True),
            *eye(body, 0.5, -0.1, 0.075),
        ]


@dataclass(frozen=True, eq=False)
class Snake:
    """A snake from above that winds along; rings mark its back."""

    wind: Beat
    turns: float
    thick: float
    rings: int

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Snake":
        """Return a random one."""
        return cls(
            beat(rng, 0.16, 0.28),
            float(rng.uniform(5.5, 8)),
            float(rng.uniform(0.12, 0.16)),
            int(rng.integers(7, 12)),
        )

    def parts(self, time: float) -> list[Part]:
        """Return body, rings and head; see ``Shape``."""
        along = np.linspace(0, 1, 80)
        wave = [self.wind.at(time, self.turns * place) for place in along]
        spine = np.stack([0.66 - 1.6 * along, (0.12 + 0.26 * along) * wave], axis=1)
        widths = self.thick * np.clip(1.06 - along**3, 0.12, 1)
        base = joint()
        heading = float(np.arctan2(spine[0, 1] - spine[3, 1], spine[0, 0] - spine[3, 0]))
        head = joint(spine[0, 0], spine[0, 1], heading)
        size = 1.25 * self.thick
        rings = []
        for number in range(self.rings):
            start = 6 + number * 66 // self.rings
            piece = slice(start, start + max(3, 33 // self.rings + 1))
            rings.append(Part(ribbon(spine[piece], widths[piece]), base, "accent", detail=True))
        return [
            Part(ribbon(spine, widths), base),
            *rings,
            Part(
                rounded([(-0.1, -size), (0.12, -size), (0.26, 0), (0.12, size), (-0.1, size)]), head, "limb"
            ),
            *eye(head, 0.08, -0.6 * size, 0.035),
            *eye(head, 0.08, 0.6 * size, 0.035),
        ]


@dataclass(frozen=True, eq=False)
class Crab:
    """A crab from the front: its legs trip, its claws open and close."""

    trip: Beat
    claw: float
    markings: tuple[Polygon, ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Crab":
        """Return a random one."""
        return cls(beat(rng, 0.3, 0.5), float(rng.uniform(0.18, 0.24)), spots(rng, 8, 0.44, 0.26, 0.05))

    def parts(self, time: float) -> list[Part]:
        """Return legs, claws, shell and eyes; see ``Shape``."""
        shell = joint(0, 0.06 + 0.02 * self.trip.at(time), 0.04 * self.trip.at(time, 1))
        stalks, eyes = [], []
        for side in (-1, 1):
            stalk = on(shell, joint(0.13 * side, -0.24, np.pi + 0.15 * side))
            stalks.append(Part(limb(0.16, 0.04, 0.035), stalk, "limb"))
            eyes.append(Part(ellipse(0.07, 0.07, *end_of(stalk, 0, 0.18), 20), joint(), "light"))
            eyes.append(Part(ellipse(0.035, 0.04, *end_of(stalk, 0, 0.17), 16), joint(), "dark", detail=True))
        return [
            *(leg for side in (-1, 1) for number in range(3) for leg in self._leg(time, side, number)),
            *(piece for side in (-1, 1) for piece in self._claw(time, side)),
            *stalks,
            Part(ellipse(0.5, 0.31), shell),
            *(Part(marking, shell, "accent", detail=True) for marking in self.markings),
            Part(
                ribbon(np.array([(-0.14, 0.14), (0.0, 0.18), (0.14, 0.14)]), np.full(3, 0.018)),
                shell,
                "dark",
                detail=True,
            ),
            *eyes,
        ]

    def _leg(self, time: float, side: int, number: int) -> list[Part]:
        swing = self.trip.at(time, 2.1 * number + (np.pi if side > 0 else 0))
        upper = joint(
            side * (0.42 - 0.07 * number), 0.12 + 0.06 * number, -side * (1.5 - 0.35 * number + 0.15 * swing)
        )
        lower = on(upper, joint(0, 0.28, side * (1.0 + 0.25 * swing)))
        return [
            Part(limb(0.3, 0.045, 0.022), lower, "limb", tone=0.85),
            Part(limb(0.28, 0.06, 0.05), upper, "limb", tone=0.9),
        ]

    def _claw(self, time: float, side: int) -> list[Part]:
        arm = joint(0.44 * side, -0.06, -side * (2.3 + 0.15 * self.trip.at(time, side)))
        hand = on(arm, joint(0, 0.36, side * 0.5))
        gape = 0.28 + 0.22 * self.trip.at(time, 2 * side)
        fingers = [(0.55 * gape, 1.0), (-0.55 * gape, 0.8)]
        return [
            Part(limb(0.32, 0.065, 0.06), arm, "limb"),
            *(
                Part(limb(0.24, 0.5 * self.claw * wide, 0.03), on(hand, joint(0, 0.06, turn)), "accent")
                for turn, wide in fingers
            ),
            Part(ellipse(0.72 * self.claw, 0.66 * self.claw), hand, "accent"),
        ]


@dataclass(frozen=True, eq=False)
class Beetle:
    """A beetle from above: six legs walk, feelers sway; spots or stripes mark its wing cases."""

    gait: Beat
    width: float
    markings: tuple[Polygon, ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Beetle":
        """Return a random one."""
        width = float(rng.uniform(0.4, 0.5))
        striped = rng.random() < 0.4
        markings = bands(3, -0.42, 0.34, 0.7 * width) if striped else spots(rng, 9, 0.5, width, 0.085)
        return cls(beat(rng, 0.3, 0.5), width, markings)

    def parts(self, time: float) -> list[Part]:
        """Return legs, feelers, wing cases and head; see ``Shape``."""
        body, head = joint(-0.1, 0), joint(0.46, 0, 0.12 * self.gait.at(time, 1))
        seam = np.array([(-0.6, -0.014), (0.55, -0.014), (0.55, 0.014), (-0.6, 0.014)])
        legs = []
        for side in (-1, 1):
            for number, place in enumerate((0.26, -0.08, -0.42)):
                swing = 0.3 * self.gait.at(time, np.pi * ((number + (side > 0)) % 2))
                hip = joint(
                    place,
                    0.62 * side * self.width,
                    (0 if side > 0 else np.pi) - 0.5 * side * (1 - number) + swing,
                )
                knee = on(hip, joint(0, 0.26, 0.55 * side * (number - 0.8)))
                legs += [
                    Part(limb(0.24, 0.04, 0.025), knee, "dark"),
                    Part(limb(0.26, 0.055, 0.04), hip, "dark"),
                ]
        feelers = [
            Part(
                limb(0.26, 0.03, 0.022),
                on(head, joint(0.12, 0.08 * side, -1.57 + 0.5 * side + 0.2 * self.gait.at(time, side))),
                "dark",
            )
            for side in (-1, 1)
        ]
        return [
            *legs,
            *feelers,
            Part(ellipse(0.2, 0.24), head, "limb"),
            Part(ellipse(0.62, self.width), body),
            *(Part(marking, body, "accent", detail=True) for marking in self.markings),
            Part(seam, body, "dark", detail=True),
            Part(ellipse(0.16, 0.8 * self.width, 0.44, 0), body, "limb", detail=True),
            *eye(head, 0.1, -0.12, 0.05),
            *eye(head, 0.1, 0.12, 0.05),
        ]


@dataclass(frozen=True, eq=False)
class Butterfly:
    """A butterfly from above that opens and closes its wings."""

    flap: Beat
    upper: Polygon
    lower: Polygon
    rings: tuple[tuple[float, float, float], ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Butterfly":
        """Return a random one."""
        wide, tall = rng.uniform(0.75, 0.86), rng.uniform(0.6, 0.7)
        upper = rounded(
            [
                (0.0, 0.08),
                (0.1, -0.1),
                (0.62 * wide, -tall),
                (wide, -0.7 * tall),
                (0.8 * wide, -0.02),
                (0.3, 0.1),
            ]
        )
        lower = rounded(
            [(0.0, -0.05), (0.7 * wide, 0.0), (0.75 * wide, 0.4), (0.4 * wide, 0.68), (0.15, 0.42)]
        )
        rings = ((0.62 * wide, -0.5 * tall, 0.13), (0.4 * wide, -0.2 * tall, 0.07), (0.5 * wide, 0.3, 0.11))
        return cls(beat(rng, 0.25, 0.4), upper, lower, rings)

    def parts(self, time: float) -> list[Part]:
        """Return feelers, wings and body; see ``Shape``."""
        wings = []
        for side in (-1, 1):
            base = joint() @ np.diag([side * (0.78 + 0.22 * self.flap.at(time)), 1.0, 1.0])
            wings += [Part(self.lower, base, "limb"), Part(self.upper, base, "body")]
            for x, y, size in self.rings:
                wings += [
                    Part(ellipse(size, size, x, y, 20), base, "accent", detail=True),
                    Part(ellipse(0.5 * size, 0.5 * size, x, y, 16), base, "dark", detail=True),
                ]
        feelers = [
            Part(limb(0.3, 0.025, 0.035), joint(0.03 * side, -0.36, np.pi + 0.4 * side), "dark")
            for side in (-1, 1)
        ]
        return [
            *feelers,
            *wings,
            Part(limb(0.66, 0.09, 0.06), joint(0, -0.22), "dark"),
            Part(ellipse(0.11, 0.11, 0, -0.32, 20), joint(), "dark"),
            *(part for side in (-1, 1) for part in eye(joint(), 0.06 * side, -0.34, 0.035)),
        ]


@dataclass(frozen=True, eq=False)
class Turtle:
    """A turtle from above that swims with four flippers."""

    paddle: Beat
    width: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Turtle":
        """Return a random one."""
        return cls(beat(rng, 0.2, 0.32), float(rng.uniform(0.42, 0.5)))

    def parts(self, time: float) -> list[Part]:
        """Return flippers, tail, head and shell; see ``Shape``."""
        shell, head = joint(-0.06, 0), joint(0.66, 0, 0.2 * self.paddle.at(time, 1))
        flippers = []
        for side in (-1, 1):
            facing = 0.0 if side > 0 else np.pi
            swing = side * 0.4 * self.paddle.at(time)
            flippers += [
                Part(limb(0.42, 0.12, 0.06), joint(0.3, 0.28 * side, facing - 0.2 * side + swing), "limb"),
                Part(
                    limb(0.28, 0.11, 0.07),
                    joint(-0.42, 0.26 * side, facing + 0.7 * side - 0.6 * swing),
                    "limb",
                ),
            ]
        plates = [(0.0, 0.0, 0.16), (0.33, 0.0, 0.11), (-0.33, 0.0, 0.11)]
        plates += [(x, y * self.width, 0.11) for x in (-0.2, 0.2) for y in (-0.55, 0.55)]
        hexagon = np.arange(6) * np.pi / 3
        return [
            *flippers,
            Part(limb(0.2, 0.06, 0.02), joint(-0.58, 0, 1.57 + 0.3 * self.paddle.at(time, 2)), "limb"),
            Part(ellipse(0.2, 0.16), head, "limb"),
            *eye(head, 0.08, -0.09, 0.04),
            *eye(head, 0.08, 0.09, 0.04),
            Part(ellipse(0.6, self.width), shell, "accent"),
            Part(ellipse(0.52, 0.86 * self.width), shell, "body", detail=True),
            *(
                Part(
                    (x, y) + size * np.stack([np.cos(hexagon), np.sin(hexagon)], axis=1),
                    shell,
                    "accent",
                    detail=True,
                )
                for x, y, size in plates
            ),
        ]


@dataclass(frozen=True, eq=False)
class Jellyfish:
    """A jellyfish whose bell pumps and whose arms trail behind."""

    pump: Beat
    arms: int
    markings: tuple[Polygon, ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Jellyfish":
        """Return a random one."""
        return cls(beat(rng, 0.18, 0.3), int(rng.integers(5, 8)), spots(rng, 6, 0.4, 0.24, 0.07))

    def parts(self, time: float) -> list[Part]:
        """Return arms and bell; see ``Shape``."""
        pulse = self.pump.at(time)
        wide, tall = 0.62 + 0.05 * pulse, 0.6 - 0.06 * pulse
        angle = np.linspace(np.pi, 2 * np.pi, 40)
        dome = np.stack([wide * np.cos(angle), -0.02 + tall * np.sin(angle)], axis=1)
        hem = np.linspace(1, -1, 40)
        edge = np.stack([wide * hem, 0.02 + 0.06 * np.abs(np.sin(3.5 * np.pi * hem))], axis=1)
        arms = []
        along = np.linspace(0, 1, 16)
        for number in range(self.arms):
            x = wide * 0.8 * (2 * number / (self.arms - 1) - 1)
            wave = 0.09 * along * np.array([self.pump.at(time, number - 4 * place) for place in along])
            spine = np.stack([x * (1 - 0.3 * along) + wave, 0.72 * along], axis=1)
            arms.append(
                Part(ribbon(spine, 0.085 - 0.055 * along), joint(), "limb", tone=0.8 + 0.2 * (number % 2))
            )
        spread = joint(0, -0.3) @ np.diag([1 + 0.08 * pulse, 1 - 0.1 * pulse, 1.0])
        return [
            *arms,
            Part(np.concatenate([dome, edge]), joint(), "body"),
            *(Part(marking, spread, "accent", detail=True) for marking in self.markings),
        ]
