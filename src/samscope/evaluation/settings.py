"""What an evaluation is asked for: values that can be written to ``evaluation.json``."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from samscope.support.errors import UsageError
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL

PromptName = Literal["mask", "point", "box"]

LEAST_FRAMES = 3
"""The DAVIS evaluation counts neither the first nor the last frame, so fewer leave none to score."""


@dataclass(frozen=True)
class EvaluationSettings:
    """What is scored on what, and how; the model computes in the mode ``exact``.

    Attributes:
        out: the folder that the result is written to.
        videos: a folder of videos with labels, as ``read_videos`` reads it.
        resolution: the folder's resolution where it has several; None for its 480p or its only one.
        subset: a list whose videos alone are used, as ``read_collection`` takes it; None for all videos.
        model: a SAM 2 as ``load_model`` takes it: name, folder or file.
        device: where it runs: ``cpu``, ``cuda``, ``cuda:1``, ..., or ``auto``.
        image_size: side of the model's square input in pixels; None for the model's own.
        memory: the model's memory rule, as ``rules.naming.memory_rule`` reads it; None for its own.
        prompt: what the first frame says of an object: its true mask, a click drawn inside it, or a box drawn
            about it.
        frames: how many frames of each video are tracked, from its first; None for all of them.
        seed: of clicks and boxes.
        threads: CPU threads; None for torch's own choice. The frame time is always taken at one.
        overwrite: whether an older result in ``out`` is replaced; not part of what ``evaluation.json`` holds.

    Raises:
        UsageError: a value is out of its range.
    """

    out: Path
    videos: Path
    resolution: str | None = None
    subset: str | None = None
    model: str = BUILT_IN_MODEL
    device: str = "cpu"
    image_size: int | None = None
    memory: str | None = None
    prompt: PromptName = "mask"
    frames: int | None = None
    seed: int = 0
    threads: int | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "videos", self.videos.expanduser())
        if self.prompt not in get_args(PromptName):
            raise UsageError(
                f"--prompt is {self.prompt!r}; it can be {', '.join(map(str, get_args(PromptName)))}"
            )
        if self.frames is not None and self.frames < LEAST_FRAMES:
            raise UsageError(
                f"--frames is {self.frames}; it must be at least {LEAST_FRAMES}, as the first and the last "
                "frame do not count"
            )
        if self.memory is not None:
            from samscope.trackers.rules.naming import memory_rule  # noqa: PLC0415 - it takes torch along

            memory_rule(self.memory)
        if self.seed < 0:
            raise UsageError(f"--seed is {self.seed}; it must be at least 0")
        if self.threads is not None and self.threads < 1:
            raise UsageError(f"--threads is {self.threads}; it must be at least 1")

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain values, the keys as in ``evaluation.json``."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        del values["overwrite"]
        return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}
