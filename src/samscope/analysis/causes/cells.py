"""Which cells a trace has: what is patched, on which frames, and into which of two runs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from samscope.clips.clip import Timeline
from samscope.support.errors import UsageError

Direction = Literal["restore", "spoil"]
"""``restore``: the clean run's value is put into the transformed run; ``spoil``: the reverse."""
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

TOGETHER = "+"
"""Joins positions that are patched at once."""

BANK = f"object_pointer{TOGETHER}memory_features"
"""All that later frames read of a frame: restored throughout the middle, nothing of the middle is left."""

ALL_POSITIONS = (
    "image_embeddings",
    "memory_conditioned",
    "prompt_conditioned",
    "mask_tokens",
    "object_score",
    "object_pointer_ungated",
    "object_pointer",
    "memory_encoder_output",
    "memory_features",
    BANK,
)
"""What is patched where nobody says what; of a family that lacks some, the others."""

USUAL_SPANS = ("prefix-end", "middle-frames", "middle", "suffix-start", "middle-and-suffix")
"""The spans that are traced where nobody says which. The last one is for what stays there after the middle,
as an overlay's look-alikes do."""

SPANS = (*USUAL_SPANS, "suffix")
"""All spans that have a name: the prefix' last frame, each frame of the middle by itself, all of the middle,
the suffix' first frame, middle and suffix at once, all of the suffix."""

_NUMBERS = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, order=True)
class Span:
    """Frames that are patched together.

    Attributes:
        first: the first of them.
        last: the last one; the same where it is one frame.
    """

    first: int
    last: int

    @property
    def frames(self) -> range:
        """All of them."""
        return range(self.first, self.last + 1)

    def __str__(self) -> str:
        """Return ``12``, or ``12-15``."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True)
class Cell:
    """One run of a trace: values of one run are put into the other.

    Attributes:
        direction: which into which.
        position: names of sites, joined by ``TOGETHER`` where several are patched at once.
        span: on which frames.
    """

    direction: Direction
    position: str
    span: Span

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites that are patched."""
        return tuple(self.position.split(TOGETHER))


def middle_of(timeline: Timeline) -> Span:
    """Return the whole middle."""
    return Span(timeline.prefix, timeline.prefix + timeline.middle - 1)


def middle_and_suffix_of(timeline: Timeline) -> Span:
    """Return all frames from the middle's first on."""
    return Span(timeline.prefix, timeline.length - 1)


def parse_spans(names: Sequence[str], timeline: Timeline) -> tuple[Span, ...]:
    """Return the spans that are named, in order and each once.

    Args:
        names: of ``SPANS``, a frame (``13``), or a first and a last one (``12-14``).
        timeline: of the clips.

    Raises:
        UsageError: there is no such span, none is named, or frames are outside of the clip or on the prompt.
    """
    spans = [span for name in names for span in _spans(name, timeline)]
    if not spans:
        raise UsageError(f"--spans names none; expected some of {', '.join(SPANS)}, or frames such as 12-14")
    for span in spans:
        if not 1 <= span.first <= span.last < timeline.length:
            raise UsageError(
                f"--spans names {span}; expected frames from 1 (the prompt is on frame 0) to "
                f"{timeline.length - 1}, the earlier one first"
            )
    return tuple(sorted(set(spans)))


def _spans(name: str, timeline: Timeline) -> list[Span]:
    after = timeline.prefix + timeline.middle
    named = {
        "prefix-end": [Span(timeline.prefix - 1, timeline.prefix - 1)],
        "middle-frames": [Span(frame, frame) for frame in timeline.middle_frames],
        "middle": [middle_of(timeline)],
        "suffix-start": [Span(after, after)],
        "middle-and-suffix": [middle_and_suffix_of(timeline)],
        "suffix": [Span(after, timeline.length - 1)],
    }
    if name in named:
        return named[name]
    numbers = _NUMBERS.fullmatch(name)
    if numbers is None:
        raise UsageError(
            f"--spans names {name!r}; expected some of {', '.join(SPANS)}, or frames such as 13 or 12-14"
        )
    return [Span(int(numbers[1]), int(numbers[2] or numbers[1]))]


def check_positions(positions: Sequence[str], patched: Sequence[str]) -> None:
    """Refuse positions that cannot be patched.

    Args:
        positions: as for ``Cell``.
        patched: names of the model's sites that belong to a frame and have a tensor or a number.

    Raises:
        UsageError: a site is none of these, is named twice, or none is named.
    """
    if not positions:
        raise UsageError(f"--positions names none; expected some of {', '.join(patched)}")
    for position in positions:
        sites = position.split(TOGETHER)
        for site in sites:
            if site not in patched:
                raise UsageError(
                    f"--positions names {site!r}, which the model lacks or which cannot be patched; "
                    f"expected some of {', '.join(patched)}, or several joined by {TOGETHER}"
                )
        if len(set(sites)) < len(sites):
            raise UsageError(f"--positions: {position} names a position twice; name each once")


def usual_positions(there: Sequence[str]) -> tuple[str, ...]:
    """Return those of ``ALL_POSITIONS`` whose sites a model has."""
    return tuple(name for name in ALL_POSITIONS if set(name.split(TOGETHER)) <= set(there))


def cells_of(
    positions: Sequence[str], spans: Sequence[Span], directions: Sequence[Direction]
) -> tuple[Cell, ...]:
    """Return every cell of some positions, spans and directions."""
    return tuple(
        Cell(direction, position, span)
        for direction in directions
        for position in positions
        for span in spans
    )
