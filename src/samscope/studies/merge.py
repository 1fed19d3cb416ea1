"""Shards put together: one study, or comparison of rules, with the records that one run would have made."""

import heapq
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from samscope.records.encoding import encoding
from samscope.records.failures import FAILURES_TABLE, Failure, write_failures
from samscope.records.parts import Part, Parts, read_job, write_job
from samscope.records.schema import SCHEMAS
from samscope.records.store import RECORDS
from samscope.studies.identity import differences, job_digest
from samscope.studies.sharding import Shard
from samscope.support.disk import whole_file
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Progress, Timed
from samscope.support.provenance import cost_of, provenance
from samscope.support.result_folder import (
    PARTS,
    RULES_FILE,
    SHARD_FILE,
    STUDY_FILE,
    output_folder,
    partial_of,
    read_json,
    write_json,
)

MERGED_PARTS = "merged.jsonl"
"""In ``parts`` of a merged study, what was known of each part, one line each."""

DRAWS_A_FILE = 256
"""So many draws go into one Parquet file of a merged study: tens of megabytes, as object stores like it."""

BYTES_A_FILE = 2**28
"""A file ends with the draw whose tables in memory bring it to this."""

_DRAWS_AT_ONCE = 32
_TABLE_FILE = re.compile(rf"{RECORDS}/(?P<table>{'|'.join(SCHEMAS)})/part-\d{{5,}}\.parquet")
_OWN_FILE = re.compile(r"(records|tensors)/\w+/[^/\x00]+")


@dataclass(frozen=True)
class _Opened:
    """A finished shard: its folder, what it is, what was asked for, and its manifest."""

    folder: Path
    shard: Shard
    job: Mapping[str, Any]
    manifest: Mapping[str, Any]

    def parts(self) -> Iterator[tuple[Part, Path]]:
        """Iterate over the parts, ascending, and the shard's folder; each is read when it is its turn.

        Raises:
            SamscopeError: a part is missing or damaged.
        """
        parts = Parts(self.folder, job_digest(self.job))
        clips = 0
        for draw in parts.numbers():
            part = parts.read(draw)
            if part is None or not all(_OWN_FILE.fullmatch(name) for name in part.files):
                raise SamscopeError(
                    f"{self.folder}: the records of draw {draw} are missing or damaged; run shard "
                    f"{self.shard} again"
                )
            clips += part.clips + len(part.failures)
            yield part, self.folder
        told_clips = self.manifest.get("clips_recorded", 0) + self.manifest.get("clips_failed", 0)
        if clips != told_clips:
            raise SamscopeError(
                f"{self.folder}: has the records of {clips} clips, but its {SHARD_FILE} tells of "
                f"{told_clips}; run shard {self.shard} again"
            )


def run_merge(folders: Sequence[Path], out: Path, progress: Progress, *, overwrite: bool = False) -> Path:
    """Put the shards of a study, or of a comparison of memory rules, together.

    The study's tables equal those of a run without shards, value by value and row by row; maps and tensors
    are the same files. The tables of ``DRAWS_A_FILE`` draws go into one file, so that a large study is no
    heap of small files. A few draws are held in memory at a time.

    Args:
        folders: of all shards, in any order; written by ``samscope record --shard``.
        out: where the study is written.
        progress: hears of every draw.
        overwrite: whether an older result in ``out`` is replaced.

    Returns:
        ``out``.

    Raises:
        UsageError: a folder is no finished shard; shards are of different studies; one is missing, or is
            there twice.
        SamscopeError: a shard is damaged; no clip of the study was recorded; or nothing can be written.
    """
    shards = _in_order([_open(folder) for folder in folders])
    job = _common_job(shards)
    timed = Timed(progress)
    with output_folder(out, overwrite=overwrite, inputs=folders) as folder:
        write_job(folder, job, job_digest(job))
        with timed.stage("merging", sum(_drawn(shard) for shard in shards)) as advance:
            merged = _merge(shards, folder, advance)
        if not merged.clips:
            raise SamscopeError(
                f"none of {len(merged.failures)} clips could be recorded; {merged.failures[0]}"
            )
        if merged.failures:
            write_failures(folder / FAILURES_TABLE, merged.failures)
        run_facts = provenance(timed.seconds)
        work = cost_of(merged.made_facts)
        write_json(
            folder / (RULES_FILE if "rules" in job else STUDY_FILE),
            {
                **{name: value for name, value in shards[0].manifest.items() if name != "shard"},
                "out": str(out),
                "job_sha256": job_digest(job),
                "clips_recorded": merged.clips,
                "clips_failed": len(merged.failures),
                "failures": [failure.to_json() for failure in merged.failures],
                **run_facts,
                "peak_memory_bytes": max(run_facts["peak_memory_bytes"], work["peak_memory_bytes"]),
                "work": work,
                "shards": len(shards),
            },
        )
    return out


@dataclass(frozen=True)
class _Merged:
    """What the parts tell, summed up: clips recorded, failures, and where and at what cost they were made."""

    clips: int
    failures: list[Failure]
    made_facts: list[Mapping[str, Any]]


def _merge(shards: Sequence[_Opened], folder: Path, advance: Any) -> _Merged:
    clips = 0
    failures: list[Failure] = []
    made_facts: list[Mapping[str, Any]] = []
    before = -1
    with (
        whole_file(folder / PARTS / MERGED_PARTS) as unfinished,
        unfinished.open("w", encoding="utf-8") as lines,
        _tables(folder) as tables,
    ):
        for part, source in heapq.merge(
            *(shard.parts() for shard in shards), key=lambda part_and_folder: part_and_folder[0].draw
        ):
            if part.draw == before:
                raise SamscopeError(f"{source}: draw {part.draw} is in another shard too; run both again")
            before = part.draw
            tables.add(source, part)
            lines.write(json.dumps(part.to_json()) + "\n")
            clips += part.clips
            failures += part.failures
            made_facts.append(part.made)
            advance(f"draw {part.draw}")
    return _Merged(clips, failures, made_facts)


class _Tables:
    """Writes the tables of parts into files of many draws each, and puts their other files beside them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, list[pa.Table]] = {name: [] for name in SCHEMAS}
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._files = ExitStack()
        self._draws, self._bytes = 0, 0

    def add(self, source: Path, part: Part) -> None:
        """Add the records of a part, whose files lie in ``source``."""
        for name in part.files:
            table = _TABLE_FILE.fullmatch(name)
            if table:
                read = _read(source / name, table["table"])
                self._waiting[table["table"]].append(read)
                self._bytes += read.nbytes
            else:
                _put(source / name, self._folder / name)
        if not part.clips:
            return
        self._begin(part.draw)
        self._draws += 1
        if self._draws % _DRAWS_AT_ONCE == 0:
            self._flush()
        if self._draws == DRAWS_A_FILE or self._bytes >= BYTES_A_FILE:
            self.finish()

    def finish(self) -> None:
        """Finish the files that are being written."""
        self._flush()
        for writer in self._writers.values():
            writer.close()
        self._files.close()
        self._files, self._writers, self._draws, self._bytes = ExitStack(), {}, 0, 0

    def discard(self, error: BaseException) -> None:
        """Remove the files that are being written."""
        for writer in self._writers.values():
            writer.close()
        self._files.__exit__(type(error), error, error.__traceback__)

    def _begin(self, draw: int) -> None:
        """Begin the file of every table that has something waiting and no file yet."""
        for name in (
            name for name, waiting in self._waiting.items() if waiting and name not in self._writers
        ):
            path = self._folder / RECORDS / name / f"part-{draw:05d}.parquet"
            unfinished = self._files.enter_context(whole_file(path))
            self._writers[name] = pq.ParquetWriter(unfinished, SCHEMAS[name], **encoding(SCHEMAS[name]))

    def _flush(self) -> None:
        for name, waiting in self._waiting.items():
            if waiting:
                self._writers[name].write_table(pa.concat_tables(waiting))
            self._waiting[name] = []


@contextmanager
def _tables(folder: Path) -> Iterator[_Tables]:
    tables = _Tables(folder)
    try:
        yield tables
        tables.finish()
    except BaseException as error:
        tables.discard(error)
        raise


def _read(path: Path, name: str) -> pa.Table:
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise SamscopeError(f"{path} is damaged ({reason}); run its shard again") from error
    if not table.schema.equals(SCHEMAS[name]):
        raise SamscopeError(
            f"{path} has other columns than this version of samscope writes; run its shard again"
        )
    return table


def _put(source: Path, target: Path) -> None:
    """Give a file, which is never written to again, a second name, or copy it where that cannot be."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        with whole_file(target) as unfinished:
            shutil.copyfile(source, unfinished)


def _open(folder: Path) -> _Opened:
    if not (folder / SHARD_FILE).is_file():
        if not folder.exists() and not partial_of(folder).is_dir():
            raise UsageError(f"{folder}: no such folder; name what `samscope record --shard` has made")
        if (folder / STUDY_FILE).is_file() or (folder / RULES_FILE).is_file():
            raise UsageError(f"{folder} is a whole study; name what `samscope record --shard` has made")
        unfinished = partial_of(folder)
        if folder.name.endswith(".partial") or unfinished.is_dir():
            name = folder if folder.name.endswith(".partial") else unfinished
            raise UsageError(f"{name} is unfinished; go on with it by `samscope record --shard ... --resume`")
        raise UsageError(f"{folder} is no shard: it has no {SHARD_FILE}; name what `track --shard` has made")
    manifest = read_json(folder / SHARD_FILE)
    try:
        shard = Shard(manifest["shard"]["number"], manifest["shard"]["of"])
    except (KeyError, TypeError, UsageError) as error:
        raise SamscopeError(f"{folder / SHARD_FILE}: damaged; run the shard again") from error
    return _Opened(folder, shard, read_job(folder), manifest)


def _in_order(shards: Iterable[_Opened]) -> list[_Opened]:
    """Return shards by number, all of them.

    Raises:
        UsageError: they are of different numbers, one is missing, or one is there twice.
    """
    ordered = sorted(shards, key=lambda opened: opened.shard.number)
    if not ordered:
        raise UsageError("no shard is named; name the folders that `samscope record --shard` has made")
    first = ordered[0]
    for opened in ordered:
        if opened.shard.count != first.shard.count:
            raise UsageError(
                f"{opened.folder} is shard {opened.shard}, and {first.folder} is shard {first.shard}; "
                "name shards of one study"
            )
    for number, times in Counter(opened.shard.number for opened in ordered).items():
        if times > 1:
            same = [str(opened.folder) for opened in ordered if opened.shard.number == number]
            raise UsageError(f"shard {number}/{first.shard.count} is there twice: {same[0]} and {same[1]}")
    present = {opened.shard.number for opened in ordered}
    missing = [number for number in range(1, first.shard.count + 1) if number not in present]
    if missing:
        rest = f" and {len(missing) - 1} more are" if len(missing) > 1 else " is"
        raise UsageError(
            f"shard {missing[0]}/{first.shard.count}{rest} missing; run "
            f"`samscope record --shard {missing[0]}/{first.shard.count}` with the options of the others"
        )
    return ordered


def _common_job(shards: Sequence[_Opened]) -> dict[str, Any]:
    """Return the job that shards are of, without the shard.

    Raises:
        UsageError: they are of different jobs; the message names what differs.
    """
    jobs = [{name: value for name, value in opened.job.items() if name != "shard"} for opened in shards]
    for opened, job in zip(shards, jobs, strict=True):
        differing = differences(jobs[0], job)
        if differing:
            raise UsageError(
                f"{opened.folder} is of another study than {shards[0].folder}: {'; '.join(differing)}"
            )
    return jobs[0]


def _drawn(shard: _Opened) -> int:
    return len(Parts(shard.folder, job_digest(shard.job)).numbers())
