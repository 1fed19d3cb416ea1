import errno
import threading
from pathlib import Path

import pytest

from samscope.support.disk import whole_file, whole_folder
from samscope.support.errors import SamscopeError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_file_appears_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "a.txt"
    with whole_file(path) as unfinished:
        unfinished.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert names(path.parent) == ["a.txt"]


def test_folder_appears_at_the_end_and_replaces_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "clip"
    for content in ("old", "new"):
        with whole_folder(path) as unfinished:
            (unfinished / content).write_text(content)
    assert names(path) == ["new"]
    assert names(path.parent) == ["clip"]


def test_leftovers_of_an_interrupted_run_do_not_get_in(tmp_path: Path) -> None:
    (tmp_path / ".clip.unfinished").mkdir()
    (tmp_path / ".clip.unfinished" / "stale").write_text("x")
    with whole_folder(tmp_path / "clip") as unfinished:
        (unfinished / "new").write_text("x")
    assert names(tmp_path) == ["clip"]
    assert names(tmp_path / "clip") == ["new"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("x")])
def test_nothing_is_left_of_what_fails_and_the_old_stays(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "folder").mkdir()

    def fail_in_file() -> None:
        with whole_file(tmp_path / "file") as unfinished:
            unfinished.write_text("half")
            raise error

    def fail_in_folder() -> None:
        with whole_folder(tmp_path / "folder") as unfinished:
            (unfinished / "half").write_text("half")
            raise error

    for fail in (fail_in_file, fail_in_folder):
        with pytest.raises(type(error)):
            fail()
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "old"
    assert names(tmp_path / "folder") == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_says_so(tmp_path: Path, number: int) -> None:
    def fill() -> None:
        with whole_folder(tmp_path / "clip"):
            raise OSError(number, "No space left on device")

    with pytest.raises(
        SamscopeError, match=r"disk full: clip does not fit into .*; free space or name another"
    ):
        fill()
    assert names(tmp_path) == []


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    def write() -> None:
        with whole_file(tmp_path / "file" / "a.txt") as unfinished:
            unfinished.write_text("x")

    with pytest.raises(
        SamscopeError, match=r"cannot write .*a\.txt \(.+\); mend that or name another folder"
    ):
        write()


def test_who_reads_while_it_is_written_sees_the_old_or_the_new(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    contents = [bytes([letter]) * 500_000 for letter in b"ab"]
    page.write_bytes(contents[0])
    seen: list[bytes] = []
    written = threading.Event()

    def read() -> None:
        while not written.is_set():
            seen.append(page.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(40):
        with whole_file(page) as unfinished:
            unfinished.write_bytes(contents[turn % 2])
    written.set()
    reader.join()
    assert seen
    assert set(seen) <= set(contents)
