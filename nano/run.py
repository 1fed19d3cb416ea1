"""The other job: train a small SAM 2, tell how far it is, and draw its curves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from nano.curves_figure import training_curves
from nano.training.checkpoint import LATEST, steps_done
from nano.training.log import last_entry, read_log
from nano.training.loop import LOG, run_training
from nano.training.settings import TrainingSettings
from samscope.figures.saving import rendered
from samscope.support.disk import whole_file
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Advance, StepProgress
from samscope.support.result_folder import disk_errors_named
from samscope.trackers.devices import device_at_hand

CURVES = "training"
"""Name of the curves' files, without their ends."""

_TOLD_EVERY = 50


@dataclass(frozen=True)
class Trained:
    """What a training came to.

    Attributes:
        written: the model's folder, or the checkpoint where it stopped before its last step.
        done: steps that are done.
        steps: steps of the whole run.
        skipped: how often, in the whole run, a source could not be used and another took its place.
        reason: the latest of their reasons that was met now; None where none was.
    """

    written: Path
    done: int
    steps: int
    skipped: int
    reason: str | None

    @property
    def finished(self) -> bool:
        """Whether the last step is done."""
        return self.done == self.steps

    def what_was_skipped(self) -> str:
        """Say in one line how often a source could not be used, and why the latest could not."""
        why = "" if self.reason is None else f"; the latest: {self.reason}"
        return f"sources that could not be used, and were replaced by others: {self.skipped}{why}"


def run_train(
    settings: TrainingSettings, progress: StepProgress, interrupted: Callable[[], bool], *, threads: int = 1
) -> Trained:
    """Train, or go on with the run in the folder ``settings.output``, and draw its curves there.

    Args:
        settings: the run.
        progress: hears of every step.
        interrupted: asked after every step; the run stops there, with a checkpoint, when it says yes.
        threads: CPU threads of each process.

    Raises:
        UsageError: an argument asks for something that does not exist or cannot be.
        SamscopeError: data, device or disk are not as they must be, or the loss is not finite.
            The latest checkpoint stays, and the run can go on from it.
    """
    torch.set_num_threads(threads)
    settings = replace(settings, device=str(device_at_hand(settings.device)))
    begun = _steps_before(settings)
    with disk_errors_named(f"--out {settings.output}", _ground(settings.output)):
        with progress.steps("training", settings.steps, done=begun, every=_TOLD_EVERY) as advance:
            listener = _Listener(advance, begun)
            written = _train(settings, listener, interrupted)
        with progress.stage("curves"):
            _draw_curves(settings.output)
    return Trained(
        written,
        listener.done,
        settings.steps,
        last_entry(settings.output / LOG, "training").get("skipped", 0),
        listener.reason,
    )


class _Listener:
    """Passes on what a training tells of its steps, and keeps what is asked for at its end."""

    def __init__(self, advance: Advance, done: int) -> None:
        self._advance = advance
        self.done = done
        self.reason: str | None = None

    def __call__(self, done: int, _steps: int, entry: dict[str, Any]) -> None:
        self.done = done
        self.reason = next(iter(entry["unusable"]), self.reason)
        self._advance(summary(entry))


def summary(entry: Mapping[str, Any]) -> str:
    """Return a step in a few words: its loss, its speed, and J at the latest evaluation, if there was one.

    Args:
        entry: what a training's progress is told of a step.
    """
    learned = next(name for name in ("clips", "pictures", "scenes") if name in entry)
    speed = entry[learned] / max(entry["seconds"], 1e-9)
    words = [f"loss {entry['total']:.3f}", f"{speed:.1f} {learned}/s"]
    overlap = entry["held_out"].get("overlap")
    return ", ".join(words if overlap is None else [*words, f"J {overlap:.3f}"])


def _steps_before(settings: TrainingSettings) -> int:
    """Return how many steps of the run are done already; see that its folder is one, and its end ahead."""
    out = settings.output
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out}: a file is in the way; name a folder")
    held = {path.name for path in out.iterdir() if not path.name.startswith(".")} if out.exists() else set()
    if held and not held & {LATEST, LOG}:
        raise UsageError(f"--out {out}: holds something else than a training run; name another folder")
    done = steps_done(out / LATEST)
    if done > settings.steps:
        raise UsageError(
            f"--steps is {settings.steps}, but the run in {out} has done {done}; ask for more, or name "
            "another folder"
        )
    return done


def _ground(folder: Path) -> Path:
    """Return the innermost folder above this one that is there."""
    return next((parent for parent in folder.parents if parent.exists()), folder)


def _train(settings: TrainingSettings, listener: _Listener, interrupted: Callable[[], bool]) -> Path:
    try:
        return run_training(settings, listener, interrupted)
    except torch.OutOfMemoryError as error:
        raise SamscopeError(
            f"--device {settings.device}: its memory is full; take a smaller --batch, or --device cpu"
        ) from error


def _draw_curves(folder: Path) -> None:
    figure = training_curves(read_log(folder / LOG))
    for file_format, content in rendered(figure).files.items():
        with whole_file(folder / f"{CURVES}.{file_format}") as unfinished:
            unfinished.write_bytes(content)
