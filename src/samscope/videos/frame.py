"""A frame of a video that is tracked, and what a source of frames is, whatever it reads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Said = Callable[[str], None]
"""Hears, in one line, why a source gave fewer frames than it said that it has."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of an opened video.

    Attributes:
        index: 0, 1, ... in the order in which frames are yielded.
        number: of the frame in its source, from 0: 40 for a film's forty-first frame.
        seconds: when the source shows it, from its own beginning; None where the source has no time.
        pixels: uint8 [H, W, 3], RGB.
    """

    index: int
    number: int
    seconds: float | None
    pixels: NDArray[np.uint8]


class SourceFrame(NamedTuple):
    """One frame as its source has it: ``number``, ``seconds`` and ``pixels`` as in ``Frame``."""

    number: int
    seconds: float | None
    pixels: NDArray[np.uint8]


class FrameSource(Protocol):
    """What frames are read from: a film, a folder of pictures, a sequence of a data set, a camera."""

    @property
    def name(self) -> str:
        """What the source is called: a file's or folder's name without its ending."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of every frame in pixels."""

    @property
    def rate(self) -> float | None:
        """Frames a second, on average where it varies; None where the source has no time."""

    @property
    def count(self) -> int | None:
        """How many frames there are; None where that is not known, as of a camera."""

    @property
    def live(self) -> bool:
        """Whether frames are gone once they were read, so that it can be read only once."""

    def first_at(self, seconds: float) -> int | None:
        """Return the number of the first frame at a time or after it, ``count`` if there is none.

        None where the source has no time, or its frames' times are not known beforehand.
        """

    def read(self, start: int, stop: int | None, step: int, say: Said) -> Iterator[SourceFrame]:
        """Iterate over frames ``start``, ``start + step``, ... before ``stop``, holding one at a time.

        Args:
            start: number of the first frame, at least 0.
            stop: number that is not reached; None for all.
            step: at least 1.
            say: hears it where the source breaks off, stalls, or has frames that cannot be read; what could
                be read is yielded, and no error is raised.

        Raises:
            SamscopeError: nothing can be read at all.
        """
