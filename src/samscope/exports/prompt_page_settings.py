"""What a page to draw prompts on is asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samscope.support.errors import UsageError


@dataclass(frozen=True)
class PromptPageSettings:
    """Of which film prompts are to be drawn, and on how many of its frames.

    Attributes:
        film: as ``open_video`` takes it.
        out: the page; None for ``FILM-prompts.html`` in the working directory.
        frames: how many can be drawn on at most, from 1.
        start: the first frame or time that is taken, as ``open_video`` takes it; and so
        end: the first that is not taken any more,
        every: one of so many frames is taken,
        max_side: pixels of the longer side at most.
        overwrite: whether an older page is replaced.

    Raises:
        UsageError: ``frames`` is below 1.
    """

    film: str
    out: Path | None = None
    frames: int = 24
    start: str | None = None
    end: str | None = None
    every: int = 1
    max_side: int | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise UsageError(f"--frames is {self.frames}; at least 1 can be drawn on")

    @property
    def reading(self) -> dict[str, Any]:
        """How ``open_video`` opens the film."""
        return {"start": self.start, "end": self.end, "every": self.every, "max_side": self.max_side}
