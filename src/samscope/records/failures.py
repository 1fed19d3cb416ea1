"""What failed of a study while the rest went on: which clip, at what, and why."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from samscope.support.disk import whole_file
from samscope.support.errors import SamscopeError
from samscope.support.printable import printable

FAILURES_TABLE = "failures.csv"
"""In a study's folder, the clips that failed; not there where none did."""

Stage = Literal["making", "tracking"]
"""Where it failed: while the clip was made, or while its object was tracked."""

Kind = Literal["input", "memory", "unexpected"]
"""A file or an object that is not as it must be, too little memory, or an error that nobody foresaw."""


@dataclass(frozen=True)
class Failure:
    """One clip that failed.

    Attributes:
        draw: number of the draw.
        set: the clip's set.
        clip: the clip's name in its set.
        video: the source video.
        stage: where it failed.
        kind: what kind of reason it had.
        reason: the reason in one line.
    """

    draw: int
    set: str
    clip: str
    video: str
    stage: Stage
    kind: Kind
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return the failure as plain values, as ``study.json`` lists it."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Failure":
        """Return the failure that ``to_json`` wrote.

        Raises:
            KeyError: a value is missing.
        """
        return cls(**{field.name: values[field.name] for field in fields(cls)})

    def __str__(self) -> str:
        return f"{self.set} {self.clip}, {self.stage}: {self.reason}"


def reason_of(error: BaseException, kind: Kind) -> str:
    """Return an error as one line; one that was not foreseen with its type."""
    message = printable(" ".join(str(error).split()))
    if kind == "unexpected" or not message:
        return f"{type(error).__name__}: {message}" if message else type(error).__name__
    return message


def kind_of(error: BaseException, *, memory: bool) -> Kind:
    """Return the kind of an error.

    Args:
        error: what was raised.
        memory: whether too little memory was its reason.
    """
    if memory:
        return "memory"
    return "input" if isinstance(error, SamscopeError) else "unexpected"


def write_failures(file: Path, failures: Iterable[Failure]) -> None:
    """Write failures as CSV, a line each under the names of ``Failure``'s attributes.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    with whole_file(file) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, [field.name for field in fields(Failure)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(failure.to_json() for failure in failures)


def what_is_missing(manifest: Mapping[str, Any], folder: Path) -> str | None:
    """Say in a line that clips of a finished study are missing, or videos that it could have drawn from.

    Args:
        manifest: the content of its ``study.json`` or ``shard.json``.
        folder: its folder, where the reasons are.

    Returns:
        The line; None where nothing is missing.
    """
    failed, recorded = manifest.get("clips_failed", 0), manifest.get("clips_recorded", 0)
    unreadable = manifest.get("videos_unreadable", {})
    lines = []
    if failed:
        lines.append(
            f"{failed} of {failed + recorded} clips failed and are left out; the reasons are in "
            f"{folder / FAILURES_TABLE}"
        )
    if unreadable:
        lines.append(
            f"{len(unreadable)} of the videos cannot be read in full, and nothing was drawn from there; "
            f"the first, {next(iter(unreadable.values()))}"
        )
    return "; ".join(lines) or None
