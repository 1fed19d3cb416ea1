"""The names of the positions at which a SAM 2 tracker is observed (paper, 3.2), and what each one is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Position:
    """One place in the model.

    Attributes:
        name: the name in code, records and figures.
        number: the paper's number, 0 to 5.
        title: a short title for figures.
        meaning: what the tensor is, for S = 1024 (spatial sizes scale with S / 1024).
        spatial: whether the tensor is [channels, height, width], and not a vector.
        of_frame_alone: whether it depends on the frame alone, and on nothing that the model remembers.
    """

    name: str
    number: int
    title: str
    meaning: str
    spatial: bool = True
    of_frame_alone: bool = False


POSITIONS: tuple[Position, ...] = (
    Position(
        "frame",
        0,
        "Frame",
        "the resized, normalised frame that enters the model [3, S, S]",
        of_frame_alone=True,
    ),
    Position(
        "image_embeddings",
        1,
        "Image embeddings",
        "FPN level 0 after the mask decoder's conv_s0 [32, 256, 256]: a skip feature into the decoder",
        of_frame_alone=True,
    ),
    Position(
        "memory_conditioned",
        2,
        "After memory attention",
        "output of memory attention [256, 64, 64]; does not exist on the prompted frame",
    ),
    Position(
        "prompt_conditioned",
        3,
        "After prompt attention",
        "image side of the decoder's two-way transformer [256, 64, 64]; "
        "on a mask-prompted frame it only makes the pointer and is not compared",
    ),
    Position(
        "object_pointer",
        4,
        "Object pointer",
        "the pointer as stored [256]; one constant vector where the object score is at most 0",
        spatial=False,
    ),
    Position(
        "object_pointer_ungated",
        4,
        "Object pointer, ungated",
        "the pointer before the object-score gate [256]",
        spatial=False,
    ),
    Position(
        "memory_encoder_output",
        5,
        "Memory encoder output",
        "memory encoder output [64, 64, 64] before the no-object embedding and bf16 rounding",
    ),
    Position(
        "memory_features",
        5,
        "Memory features",
        "the memory as stored [64, 64, 64]: with the no-object embedding (SAM 2.1) and bf16 rounding",
    ),
)

POSITION_NAMES: tuple[str, ...] = tuple(position.name for position in POSITIONS)

BY_NAME: dict[str, Position] = {position.name: position for position in POSITIONS}

MAPPED: tuple[str, ...] = tuple(
    position.name for position in POSITIONS if position.spatial and position.number > 0
)
"""The positions with maps: 1, 2, 3 and 5. That of position 0 is the frame."""
