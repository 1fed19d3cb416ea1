"""What the tracking of a film is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from samscope.support.errors import UsageError
from samscope.trackers.modes import Mode
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL


class Click(NamedTuple):
    """A click on a frame, in pixels."""

    x: float
    y: float


@dataclass(frozen=True)
class FilmSettings:
    """Which film is tracked, by which model, and how.

    Prompts are told by a file, or for one object by ``box``, ``point``, ``negative`` and ``mask``.

    Attributes:
        film: as ``open_video`` takes it.
        out: the folder that the result is written to.
        box: x_min, y_min, x_max, y_max of the object, in pixels of the frames as opened.
        point: clicks on it.
        negative: clicks beside it.
        mask: a PNG whose pixels other than 0 are the object.
        frame: index of the frame that these are told on.
        object_id: what the object is numbered, 1 to 255.
        prompts: a file of prompts, as ``read_prompts`` reads it; then none of the above is told.
        start: the first frame or time that is taken, as ``open_video`` takes it; and so
        end: the first that is not taken any more,
        every: one of so many frames is taken,
        max_side: pixels of the longer side at most.
        model: as ``load_model`` takes it.
        device: where it runs.
        image_size: side of the model's square input; None for its own.
        mode: how it computes; None for what is usual on the device.
        compile: whether its image encoder is compiled.
        memory: the memory rule; None for the model's own.
        as_released: track as the official predictor does.
        both_ways: track each object backwards as well, from its prompts to the first frame.
        threads: CPU threads; None for torch's own choice.
        exports: names of formats that are written beside the result.
        overwrite: whether an older result in ``out`` is replaced.

    Raises:
        UsageError: prompts are told twice, or not at all; or both ways are asked for as released.
    """

    film: str
    out: Path
    box: tuple[float, float, float, float] | None = None
    point: Sequence[Click] = ()
    negative: Sequence[Click] = ()
    mask: Path | None = None
    frame: int = 0
    object_id: int = 1
    prompts: Path | None = None
    start: str | None = None
    end: str | None = None
    every: int = 1
    max_side: int | None = None
    model: str = BUILT_IN_MODEL
    device: str = "cpu"
    image_size: int | None = None
    mode: Mode | None = None
    compile: bool = False
    memory: str | None = None
    as_released: bool = False
    both_ways: bool = False
    threads: int | None = None
    exports: Sequence[str] = ()
    overwrite: bool = False

    @property
    def reading(self) -> dict[str, Any]:
        """How ``open_video`` opens the film."""
        return {"start": self.start, "end": self.end, "every": self.every, "max_side": self.max_side}

    def __post_init__(self) -> None:
        prompt_options = [
            option
            for option, value in (
                ("--box", self.box),
                ("--point", self.point),
                ("--negative", self.negative),
                ("--mask", self.mask),
            )
            if value
        ]
        if self.prompts is not None and prompt_options:
            raise UsageError(f"{prompt_options[0]} beside --prompts: tell all prompts in {self.prompts}")
        if self.prompts is None and not prompt_options:
            raise UsageError(
                "which object? tell it by --box X0 Y0 X1 Y1, --point X,Y, --mask FILE or --prompts FILE"
            )
        if self.as_released and self.both_ways:
            raise UsageError(
                "--as-released beside --both-ways: there a second pass reads what the first left; leave "
                "one of them out, or take the passes of a TrackingSession"
            )
