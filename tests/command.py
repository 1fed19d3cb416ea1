"""Running the command line in tests, on small videos and a small model."""

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import command as benchmarks_command
from nano import command as nano_command
from samscope.cli.main import run
from tests.clips.folders import moving_square, save_video
from tests.small_model import small_network

SHORT = ("--prefix", "3", "--middle", "2", "--suffix", "3")
"""Options for clips of 8 frames."""


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    status: int
    out: str
    err: str


def samscope(*arguments: str | Path) -> Outcome:
    """Run ``samscope`` in this process."""
    return _outcome(run, arguments)


def nano(*arguments: str | Path) -> Outcome:
    """Run ``python -m nano`` in this process."""
    return _outcome(nano_command.run, arguments)


def benchmarks(*arguments: str | Path) -> Outcome:
    """Run ``python -m benchmarks`` in this process."""
    return _outcome(benchmarks_command.run, arguments)


def _outcome(command: Callable[[Sequence[str]], int], arguments: Sequence[str | Path]) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = command([str(argument) for argument in arguments])
    return Outcome(status, out.getvalue(), err.getvalue())


def message(outcome: Outcome) -> str:
    """Return the one line that tells an error; the lines before it are those of the stages."""
    lines = [line for line in outcome.err.splitlines() if line.startswith("samscope: ")]
    assert len(lines) == 1, outcome.err
    assert outcome.err.splitlines()[-1] == lines[0], outcome.err
    return lines[0].removeprefix("samscope: ")


def save_videos(folder: Path, names: Sequence[str] = ("first", "second", "third"), frames: int = 12) -> Path:
    """Write a DAVIS-format folder of videos with one moving square each."""
    for name in names:
        save_video(folder, name, *moving_square(frames, size=(64, 96)))
    return folder


def save_model(folder: Path) -> Path:
    """Write the small model as ``save_pretrained`` does."""
    small_network().save_pretrained(folder)
    return folder
