"""The parts of a study's records on disk, one a draw: which are finished, what made them, what failed.

``samscope.studies.identity`` says what a part is and where its files lie.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samscope.records.failures import Failure
from samscope.records.store import RECORDS, TENSORS, RecordWriter
from samscope.support.disk import UNFINISHED, sync, whole_file
from samscope.support.errors import SamscopeError
from samscope.support.reading import read_json_object
from samscope.support.result_folder import JOB_FILE, PARTS

if TYPE_CHECKING:
    from samscope.observation.observe import ClipRecords

UNREADABLE = "unreadable"
"""Stands in the place of a video's digest where a file of it could not be read."""

_FILE = re.compile(r"part-(?P<draw>\d{5,})\.json")


@dataclass(frozen=True)
class Part:
    """What is known of a finished part.

    Attributes:
        draw: number of the draw.
        job: digest of the job that it belongs to.
        inputs: by source video, the digest of the files that its clips were made of, or ``UNREADABLE``.
        clips: how many clips were recorded.
        failures: the clips that were not.
        files: path of each file of its records, within the study's folder, and its size in bytes.
        made: where, when and at what cost: ``provenance.made_here``.
    """

    draw: int
    job: str
    inputs: Mapping[str, str]
    clips: int
    failures: tuple[Failure, ...]
    files: Mapping[str, int]
    made: Mapping[str, Any]

    @property
    def settled(self) -> bool:
        """Whether it would be the same made again: no clip lacked memory, and every file could be read."""
        return UNREADABLE not in self.inputs.values() and all(f.kind != "memory" for f in self.failures)

    def to_json(self) -> dict[str, Any]:
        """Return the part as plain values."""
        return {
            "draw": self.draw,
            "job": self.job,
            "inputs": dict(self.inputs),
            "clips": self.clips,
            "failures": [failure.to_json() for failure in self.failures],
            "files": dict(self.files),
            "made": dict(self.made),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Part":
        """Return the part that ``to_json`` wrote.

        Raises:
            KeyError: a value is missing.
        """
        return cls(
            draw=values["draw"],
            job=values["job"],
            inputs=values["inputs"],
            clips=values["clips"],
            failures=tuple(map(Failure.from_json, values["failures"])),
            files=values["files"],
            made=values["made"],
        )


@dataclass(frozen=True)
class Parts:
    """The parts in a study's folder.

    Attributes:
        folder: the study's folder, finished or not.
        job: digest of the job; parts of another do not count.
    """

    folder: Path
    job: str

    def write(
        self,
        draw: int,
        records: Sequence["ClipRecords"],
        *,
        twin: Sequence["ClipRecords"] = (),
        failures: Sequence[Failure] = (),
        inputs: Mapping[str, str],
        made: Mapping[str, Any],
        tensors: Iterable[Path] = (),
    ) -> Part:
        """Write the records of a draw and, once they outlast a power cut, the part's own file.

        The part that ``standing`` names is left as it is, and returned.

        Args:
            draw: number of the draw.
            records: of its clips; where there are none no table is written.
            twin: what the random twin made of some of these clips.
            failures: as for ``Part``.
            inputs: as for ``Part``.
            made: as for ``Part``.
            tensors: files that were written beside the records and belong to them.

        Raises:
            SamscopeError: the disk is full, or nothing can be written there.
        """
        if (before := self.standing(draw, len(records))) is not None:
            return before
        files = [*tensors]
        if records:
            files += RecordWriter(self.folder).write(draw, records, twin)
        part = Part(
            draw=draw,
            job=self.job,
            inputs=inputs,
            clips=len(records),
            failures=tuple(failures),
            files={file.relative_to(self.folder).as_posix(): file.stat().st_size for file in files},
            made=made,
        )
        self.finish(part)
        return part

    def finished(self) -> dict[int, Part]:
        """Return the finished parts of the job by number of the draw, ascending."""
        parts = (self.read(draw) for draw in self.numbers())
        return {part.draw: part for part in parts if part is not None}

    def numbers(self) -> list[int]:
        """Return the numbers of the draws that have a part's file, ascending; some may not be finished."""
        names = (_FILE.fullmatch(path.name) for path in (self.folder / PARTS).glob("part-*.json"))
        return sorted(int(name["draw"]) for name in names if name)

    def read(self, draw: int) -> Part | None:
        """Return the part of a draw, or None where it is not finished or not of this job."""
        path = self._path(draw)
        try:
            part = Part.from_json(read_json_object(path))
            whole = all((self.folder / file).stat().st_size == size for file, size in part.files.items())
        except (SamscopeError, OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return part if whole and part.draw == draw and part.job == self.job else None

    def standing(self, draw: int, clips: int) -> Part | None:
        """Return the finished part of a draw that another attempt does not replace; None where it does.

        Args:
            draw: number of the draw.
            clips: how many clips the other attempt recorded.
        """
        part = self.read(draw)
        return part if part is not None and (part.settled or part.clips > clips) else None

    def finish(self, part: Part) -> None:
        """Write a part's own file, once its records outlast a power cut.

        Raises:
            SamscopeError: the disk is full, or nothing can be written there.
        """
        for folder in {(self.folder / file).parent for file in part.files}:
            sync(folder)
        path = self._path(part.draw)
        with whole_file(path) as unfinished:
            unfinished.write_text(json.dumps(part.to_json()) + "\n", encoding="utf-8")
        sync(path.parent)

    def sweep(self, kept: Iterable[Part]) -> list[Path]:
        """Remove what a killed process has left half-done.

        That is all records and parts but those of ``kept``, and whatever does not bear its name yet.

        Args:
            kept: finished parts.

        Returns:
            What was removed.
        """
        listed = {self.folder / PARTS / JOB_FILE}
        for part in kept:
            listed.add(self._path(part.draw))
            listed |= {self.folder / file for file in part.files}
        paths = [path for name in (PARTS, RECORDS, TENSORS) for path in (self.folder / name).rglob("*")]
        unnamed = set(self.folder.rglob(UNFINISHED))
        removed = [path for path in {*paths, *unnamed} if path not in listed and not path.is_dir()]
        for path in removed:
            path.unlink()
        return removed

    def _path(self, draw: int) -> Path:
        return self.folder / PARTS / f"part-{draw:05d}.json"


def write_job(folder: Path, job: Mapping[str, Any], digest: str) -> None:
    """Write the job of a study's folder.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    with whole_file(folder / PARTS / JOB_FILE) as unfinished:
        unfinished.write_text(json.dumps({"digest": digest, "job": job}, indent=1) + "\n", encoding="utf-8")


def read_job(folder: Path) -> dict[str, Any]:
    """Return the job of a study's folder.

    Raises:
        SamscopeError: it is missing or damaged.
    """
    file = folder / PARTS / JOB_FILE
    try:
        job = read_json_object(file)["job"]
    except (OSError, ValueError, KeyError) as error:
        raise SamscopeError(f"{file}: missing or damaged; start anew with --overwrite") from error
    if not isinstance(job, dict):
        raise SamscopeError(f"{file}: damaged; start anew with --overwrite")
    return job
