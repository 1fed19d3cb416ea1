"""An unfinished study is kept, found again, refused or discarded; a finished one appears at the end."""

from pathlib import Path
from typing import Any

import pytest

from samscope.records.parts import Parts
from samscope.studies.work_folder import Workplace, workplace
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.result_folder import what_is_kept, write_json
from tests.records.test_parts import records

JOB: dict[str, Any] = {"clips": 2, "seed": 0, "videos": {}}
MADE: dict[str, Any] = {"seconds": 1.0}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_part(parts: Parts, draw: int) -> None:
    parts.write(draw, records(draw), inputs={}, made=MADE)


def finish(place: Workplace) -> None:
    write_json(place.folder / "study.json", {"samscope": "1"})
    place.finish()


def begun(place: Workplace, job: dict[str, Any] | None = None) -> Parts:
    parts = place.begin(JOB if job is None else job)
    assert parts is not None
    return parts


def stop(out: Path, error: BaseException, *, draws: int = 1, **how: Any) -> None:
    """Begin a study that an error stops after some draws."""
    with workplace(out, **how) as place:
        parts = begun(place)
        for draw in range(draws):
            write_part(parts, draw)
        raise error


ALL_WAYS: list[dict[str, Any]] = [{}, {"resume": True}, {"overwrite": True}]

STOPS = [ValueError("a bug"), SamscopeError("a damaged file"), KeyboardInterrupt()]


def test_a_study_appears_only_at_the_end(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "study"
    with workplace(out) as place:
        write_part(begun(place), 0)
        assert not out.exists()
        finish(place)
    assert names(out) == ["parts", "records", "study.json"]
    assert names(out.parent) == ["study"]


@pytest.mark.parametrize("error", STOPS)
def test_before_the_first_record_nothing_is_left(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        stop(tmp_path / "deep" / "study", error, draws=0)
    assert names(tmp_path) == []


@pytest.mark.parametrize("error", STOPS)
def test_records_outlast_any_stop_and_go_on(tmp_path: Path, error: BaseException) -> None:
    out = tmp_path / "study"
    with pytest.raises(type(error)):
        stop(out, error)
    assert names(tmp_path) == ["study.partial"]
    assert what_is_kept(out) == f"an unfinished study lies in {out}.partial, with 1 of 2 draws done"
    with workplace(out, resume=True) as place:
        parts = begun(place)
        assert list(parts.finished()) == [0]
        write_part(parts, 1)
        finish(place)
    assert names(tmp_path) == ["study"]
    assert what_is_kept(out) is None
    assert list(Parts(out, parts.job).finished()) == [0, 1]


def test_half_done_files_are_swept_away(tmp_path: Path) -> None:
    out = tmp_path / "study"
    with pytest.raises(KeyboardInterrupt):
        stop(out, KeyboardInterrupt())
    for half in ("records/frames/part-00001.parquet", "records/clips/.part-00001.parquet.unfinished"):
        path = tmp_path / "study.partial" / half
        path.parent.mkdir(exist_ok=True)
        path.write_text("half")
    with workplace(out, resume=True) as place:
        begun(place)
        found = {path.name for path in (place.folder / "records").rglob("*") if path.is_file()}
        assert found == {"part-00000.parquet", "clean-00000.safetensors"}


def test_without_resume_it_says_what_lies_there(tmp_path: Path) -> None:
    out = tmp_path / "study"
    with pytest.raises(KeyboardInterrupt):
        stop(out, KeyboardInterrupt())
    with (
        pytest.raises(UsageError, match=r"1 of 2 draws done; go on with --resume, or discard it with"),
        workplace(out),
    ):
        pytest.fail("the refusal comes before the work")
    assert names(tmp_path) == ["study.partial"]


def test_overwrite_discards_it_only_when_the_new_one_can_begin(tmp_path: Path) -> None:
    out = tmp_path / "study"
    with pytest.raises(KeyboardInterrupt):
        stop(out, KeyboardInterrupt())

    def fail_early() -> None:
        with workplace(out, overwrite=True):
            raise UsageError("no such model")

    with pytest.raises(UsageError, match="no such model"):
        fail_early()
    assert what_is_kept(out) is not None
    with workplace(out, overwrite=True) as place:
        assert begun(place).finished() == {}
        finish(place)
    assert names(tmp_path) == ["study"]


def test_another_job_is_refused_with_what_differs(tmp_path: Path) -> None:
    out = tmp_path / "study"
    with pytest.raises(KeyboardInterrupt):
        stop(out, KeyboardInterrupt())

    def go_on() -> None:
        with workplace(out, resume=True) as place:
            place.begin({**JOB, "seed": 1, "videos": {"goat": [9, 4, 5]}})

    with pytest.raises(UsageError, match="seed was 0 and is 1; video goat is new; ask for the same again"):
        go_on()
    assert what_is_kept(out) is not None


def test_resume_begins_where_there_is_nothing_and_leaves_what_is_finished(tmp_path: Path) -> None:
    out = tmp_path / "study"
    with workplace(out, resume=True) as place:
        write_part(begun(place), 0)
        finish(place)
    with workplace(out, resume=True) as place:
        assert place.begin(JOB) is None

    def go_on() -> None:
        with workplace(out, resume=True) as place:
            place.begin({**JOB, "seed": 1})

    with pytest.raises(UsageError, match="study was begun as another study: seed was 0 and is 1"):
        go_on()
    assert names(tmp_path) == ["study"]
    with workplace(out, resume=True, overwrite=True) as place:
        assert place.begin(JOB) is None
        assert begun(place, {**JOB, "seed": 1}).finished() == {}


def test_the_old_study_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "study"
    with workplace(out) as place:
        write_part(begun(place), 0)
        finish(place)
    with pytest.raises(KeyboardInterrupt):
        stop(out, KeyboardInterrupt(), overwrite=True)
    assert names(tmp_path) == ["study", "study.partial"]
    with pytest.raises(UsageError, match=r"exists; .*--overwrite"), workplace(out, resume=True):
        pytest.fail("the refusal comes before the work")
    with workplace(out, resume=True, overwrite=True) as place:
        write_part(begun(place), 1)
        finish(place)
    assert names(tmp_path) == ["study"]
    assert len(list((out / "records" / "clips").iterdir())) == 2


def test_a_kill_between_the_two_renames_loses_nothing(tmp_path: Path) -> None:
    out = tmp_path / "study"
    with pytest.raises(KeyboardInterrupt):
        stop(out, KeyboardInterrupt())
    old = tmp_path / ".study.replaced"
    old.mkdir()
    (old / "study.json").write_text("{}")
    with workplace(out, resume=True) as place:
        begun(place)
        finish(place)
    assert names(tmp_path) == ["study"]


def test_something_else_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "study.partial").mkdir()
    (tmp_path / "study.partial" / "thesis.tex").write_text("years of work")
    for how in ALL_WAYS:
        with (
            pytest.raises(UsageError, match=r"study\.partial is in the way, and is no unfinished study"),
            workplace(tmp_path / "study", **how),
        ):
            pytest.fail("the refusal comes before the work")
    assert names(tmp_path / "study.partial") == ["thesis.tex"]
    assert names(tmp_path) == ["study.partial"]


def test_two_at_once_are_one_too_many(tmp_path: Path) -> None:
    out = tmp_path / "study"
    with workplace(out) as place:
        begun(place)
        for how in ALL_WAYS:
            with pytest.raises(UsageError, match=r"process \d+ on .* is writ"), workplace(out, **how):
                pytest.fail("the refusal comes before the work")
        assert place.folder.is_dir()
    with workplace(tmp_path / "other"):
        pass
