"""A part is finished when all of it is there, and not before."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from samscope.observation.observe import ClipRecords, observe
from samscope.records.failures import Failure
from samscope.records.parts import UNREADABLE, Part, Parts, read_job, write_job
from samscope.support.errors import SamscopeError
from tests.observation.fakes import FAKE_POSITIONS, fake_clip, fake_track

MADE = {"host": "here", "process": 1, "at": "2026-01-01T00:00:00+00:00", "seconds": 1.0}


@cache
def records(number: int) -> list[ClipRecords]:
    clip = fake_clip("clean", number=number)
    return [observe(fake_track(clip, number), clip, positions=FAKE_POSITIONS, maps=number == 0)]


def write(parts: Parts, number: int) -> None:
    parts.write(number, records(number), inputs={"goat": "12"}, made=MADE)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_parts_are_found_again(tmp_path: Path) -> None:
    parts = Parts(tmp_path, "job")
    assert parts.finished() == {}
    failure = Failure(1, "clean", "00001-x", "x", "making", "input", "damaged")
    parts.write(1, [], failures=[failure], inputs={}, made=MADE)
    write(parts, 0)
    found = parts.finished()
    assert list(found) == [0, 1]
    assert (found[0].clips, found[0].inputs, found[0].made) == (1, {"goat": "12"}, MADE)
    assert set(found[0].files) == {
        "records/maps/clean-00000.safetensors",
        *(f"records/{table}/part-00000.parquet" for table in ("clips", "frames", "features")),
    }
    assert (found[1].clips, found[1].failures, found[1].files) == (0, (failure,), {})


def test_parts_of_another_job_do_not_count(tmp_path: Path) -> None:
    write(Parts(tmp_path, "job"), 0)
    assert Parts(tmp_path, "other").finished() == {}


def break_table(folder: Path) -> None:
    table = folder / "records" / "frames" / "part-00000.parquet"
    table.write_bytes(table.read_bytes()[:-1])


def lose_maps(folder: Path) -> None:
    (folder / "records" / "maps" / "clean-00000.safetensors").unlink()


def break_part(folder: Path) -> None:
    part = folder / "parts" / "part-00000.json"
    part.write_text(part.read_text()[:-20])


def rename_part(folder: Path) -> None:
    (folder / "parts" / "part-00000.json").rename(folder / "parts" / "part-00007.json")


def empty_part(folder: Path) -> None:
    (folder / "parts" / "part-00000.json").write_text("[]")


@pytest.mark.parametrize("damage", [break_table, lose_maps, break_part, rename_part, empty_part])
def test_a_part_that_is_not_whole_is_not_finished_and_is_swept_away(damage: object, tmp_path: Path) -> None:
    assert callable(damage)
    parts = Parts(tmp_path, "job")
    write_job(tmp_path, {"clips": 2}, "job")
    write(parts, 1)
    before = files(tmp_path)
    write(parts, 0)
    damage(tmp_path)
    (tmp_path / "figures").mkdir()
    for half in ("records/clips/.part-00005.parquet.unfinished", "figures/.maps.svg.unfinished"):
        (tmp_path / half).write_text("half")
    assert list(parts.finished()) == [1]
    parts.sweep(parts.finished().values())
    assert files(tmp_path) == before
    write(parts, 0)
    assert list(parts.finished()) == [0, 1]


def test_only_a_part_that_would_be_another_made_again_is_replaced(tmp_path: Path) -> None:
    parts = Parts(tmp_path, "job")
    lost = Failure(0, "clean", "00000-x", "x", "tracking", "memory", "its memory is full")
    spoilt = replace(lost, kind="input", reason="damaged")

    def attempt(number: int, *failures: Failure, clips: int = 0, inputs: str = "12") -> Part:
        made = records(number)[:clips]
        return parts.write(number, made, failures=failures, inputs={"goat": inputs}, made=MADE)

    assert attempt(0, lost).settled is False
    assert attempt(0, spoilt, inputs=UNREADABLE).settled is False
    settled = attempt(0, clips=1)
    assert settled.settled
    assert attempt(0, lost) == parts.read(0) == settled
    assert attempt(1, spoilt) == attempt(1, clips=1) == parts.read(1)
    some = attempt(2, lost, clips=1)
    assert attempt(2, lost) == parts.read(2) == some, "an attempt with fewer clips replaces none"


def test_the_part_s_own_file_comes_last(tmp_path: Path) -> None:
    """What cannot be written whole leaves no finished part."""
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "clips").write_text("in the way")
    parts = Parts(tmp_path, "job")
    with pytest.raises(SamscopeError, match="cannot write"):
        write(parts, 0)
    assert parts.finished() == {}
    assert not (tmp_path / "parts").exists()


def test_a_part_nested_too_deeply_is_not_finished(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "part-00000.json").write_text("[" * 100_000)
    assert Parts(tmp_path, "job").finished() == {}


def test_the_job_reads_back_or_is_refused(tmp_path: Path) -> None:
    write_job(tmp_path, {"clips": 2}, "job")
    assert read_job(tmp_path) == {"clips": 2}
    for damaged in ("", "[]", "{}", json.dumps({"job": 3}), "[" * 100_000):
        (tmp_path / "parts" / "job.json").write_text(damaged)
        with pytest.raises(SamscopeError, match=r"job\.json: (missing or )?damaged; start anew"):
            read_job(tmp_path)
