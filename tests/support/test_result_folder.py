"""A result's folder appears whole, or not at all."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.result_folder import check_output, is_result, output_folder, read_json, write_json

NO_SPACE = "No space left on device"


def write_result(folder: Path, text: str = "new") -> None:
    (folder / "records.txt").write_text(text)
    write_json(folder / "study.json", {"samscope": "1"})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail(out: Path, error: BaseException, *, overwrite: bool = False) -> None:
    with output_folder(out, overwrite=overwrite) as folder:
        write_result(folder)
        raise error


def test_a_result_appears_only_at_the_end(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "down" / "study"
    with output_folder(out) as folder:
        write_result(folder)
        assert not out.exists()
    assert names(out) == ["records.txt", "study.json"]
    assert names(out.parent) == ["study"]
    assert is_result(out)


@pytest.mark.parametrize("error", [ValueError("a bug"), SamscopeError("a damaged file"), KeyboardInterrupt()])
def test_an_error_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        fail(tmp_path / "deep" / "study", error)
    assert names(tmp_path) == []


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    out = tmp_path / "study"
    out.mkdir()
    with output_folder(out) as folder:
        write_result(folder)
    assert names(tmp_path) == ["study"]
    assert is_result(out)


def test_a_result_is_kept_unless_it_may_be_replaced(tmp_path: Path) -> None:
    out = tmp_path / "study"
    with output_folder(out) as folder:
        write_result(folder, "old")
    with pytest.raises(UsageError, match=r"study: exists; .*--overwrite"), output_folder(out):
        pytest.fail("the refusal comes before the work")
    assert (out / "records.txt").read_text() == "old"
    with output_folder(out, overwrite=True) as folder:
        write_result(folder)
        assert (out / "records.txt").read_text() == "old"
    assert (out / "records.txt").read_text() == "new"
    assert names(tmp_path) == ["study"]


def test_the_old_result_stays_if_the_new_one_fails(tmp_path: Path) -> None:
    out = tmp_path / "study"
    with output_folder(out) as folder:
        write_result(folder, "old")
    with pytest.raises(ValueError, match="a bug"):
        fail(out, ValueError("a bug"), overwrite=True)
    assert (out / "records.txt").read_text() == "old"
    assert names(tmp_path) == ["study"]


def test_a_result_that_came_in_between_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "study"

    def study() -> None:
        with output_folder(out) as folder:
            write_result(folder)
            out.mkdir()
            write_result(out, "of another process")

    with pytest.raises(UsageError, match="exists"):
        study()
    assert (out / "records.txt").read_text() == "of another process"
    assert names(tmp_path) == ["study"]


def test_overwrite_leaves_alone_what_is_no_result(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.tex").write_text("years of work")
    (home / "study.json").write_text('{"name": "of another program"}')
    with pytest.raises(UsageError, match="no result of samscope"), output_folder(home, overwrite=True):
        pytest.fail("the refusal comes before the work")
    assert names(home) == ["study.json", "thesis.tex"]


def test_places_that_cannot_be_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "notes"
    file.write_text("")
    with pytest.raises(UsageError, match="a file is in the way"):
        check_output(file, overwrite=True)
    with pytest.raises(SamscopeError, match=r"cannot be written: .*notes"), output_folder(file / "study"):
        pytest.fail("the refusal comes before the work")
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    with pytest.raises(UsageError, match="the folder that you are in"):
        check_output(Path(), overwrite=False)
    with pytest.raises(SamscopeError, match="cannot be written"):
        check_output(tmp_path / ("x" * 300), overwrite=False)


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(SamscopeError, match=r"--out .*study: cannot be written: Permission denied"):
        output_folder(tmp_path / "study").__enter__()


def test_no_folder_is_left_where_ctrl_c_comes_as_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = Path.mkdir

    def mkdir_and_stop(path: Path, *arguments: Any, **options: Any) -> None:
        mkdir(path, *arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "mkdir", mkdir_and_stop)
    with pytest.raises(KeyboardInterrupt), output_folder(tmp_path / "results" / "study"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, NO_SPACE),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError(f"Error while serializing: I/O error: {NO_SPACE} (os error 28)"),
    ],
)
def test_a_full_disk_is_told_whichever_library_met_it(tmp_path: Path, error: Exception) -> None:
    out = tmp_path / "study"
    wrapped = SamscopeError("something could not be saved")
    wrapped.__cause__ = error
    with pytest.raises(SamscopeError, match=r"--out .*study: the disk is full; free some space") as caught:
        fail(out, wrapped)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


def test_unwritable_inputs_are_not_taken_for_the_output(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), output_folder(tmp_path / "study"):
        raise PermissionError(errno.EACCES, "Permission denied", "/elsewhere/model.safetensors")


def test_json_is_read_back_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "study.json"
    write_json(file, {"samscope": "1", "clips": 4})
    assert read_json(file) == {"samscope": "1", "clips": 4}
    assert json.loads(file.read_text())["clips"] == 4
    for damaged in ("", "[1]", '{"clips": 4}'):
        file.write_text(damaged)
        with pytest.raises(SamscopeError, match=r"study\.json: missing or damaged"):
            read_json(file)
