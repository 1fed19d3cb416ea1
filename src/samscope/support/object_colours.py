"""Colours of objects, told apart with every common kind of colour vision."""

Colour = tuple[int, int, int]
"""Red, green and blue, 0..255."""

OBJECT_COLOURS: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (240, 228, 66),
    (0, 114, 178),
)
"""Okabe and Ito's, without black."""


def object_colour(number: int) -> Colour:
    """Return the colour of an object by its place among the objects, from 0; later ones begin again."""
    return OBJECT_COLOURS[number % len(OBJECT_COLOURS)]
