"""The kinds of made-up objects: what they look like and how they move."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from samscope.clips.synthetic.animals import (
    Beetle,
    Bird,
    Butterfly,
    Crab,
    Fish,
    Jellyfish,
    Snake,
    Turtle,
    Walker,
)
from samscope.clips.synthetic.outlines import Shape
from samscope.clips.synthetic.toys import Ball, Balloon, Car, Flower, Person, Rocket, Slime


@dataclass(frozen=True)
class Kind:
    """A kind of object.

    Attributes:
        drawn: draws one of random proportions and markings.
        moves: ``stands`` keeps it upright and low in the picture, ``flies`` upright anywhere; what ``turns``
            lies in any direction and turns slowly.
    """

    drawn: Callable[[np.random.Generator], Shape]
    moves: Literal["stands", "flies", "turns"]


KINDS: dict[str, Kind] = {
    "walker": Kind(Walker.drawn, "stands"),
    "fish": Kind(Fish.drawn, "flies"),
    "person": Kind(Person.drawn, "stands"),
    "beetle": Kind(Beetle.drawn, "turns"),
    "bird": Kind(Bird.drawn, "flies"),
    "car": Kind(Car.drawn, "stands"),
    "turtle": Kind(Turtle.drawn, "turns"),
    "balloon": Kind(Balloon.drawn, "flies"),
    "crab": Kind(Crab.drawn, "stands"),
    "ball": Kind(Ball.drawn, "turns"),
    "butterfly": Kind(Butterfly.drawn, "flies"),
    "slime": Kind(Slime.drawn, "flies"),
    "snake": Kind(Snake.drawn, "flies"),
    "flower": Kind(Flower.drawn, "turns"),
    "jellyfish": Kind(Jellyfish.drawn, "flies"),
    "rocket": Kind(Rocket.drawn, "turns"),
}
"""All kinds by name."""
