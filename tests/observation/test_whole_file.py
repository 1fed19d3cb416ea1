import errno
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from samscope.errors import SamscopeError
from samscope.observation.whole_file import explained, whole_file


def test_appears_whole_and_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.bin"
    for content in (b"first", b"second"):
        with whole_file(path) as file:
            file.write(content)
            file.flush()
            assert not path.exists() or path.read_bytes() == b"first"
        assert path.read_bytes() == content
    assert [one.name for one in path.parent.iterdir()] == ["file.bin"]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), whole_file(path) as file:  # noqa: PT012
        file.write(b"half of the n")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk(code: int) -> None:
    named = pytest.raises(SamscopeError, match=r"disk full: b\.bin does not fit into /data/a; free space")
    with named, explained(Path("/data/a/b.bin")):
        raise OSError(code, "No space left on device")


def test_disk_that_is_full_only_when_the_file_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_full(*_: Any, **__: Any) -> BinaryIO:
        return open("/dev/full", "wb")  # noqa: PTH123

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(SamscopeError, match="disk full"), whole_file(tmp_path / "file.bin") as file:
        file.write(b"buffered")
    assert list(tmp_path.iterdir()) == []


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    named = pytest.raises(SamscopeError, match=r"cannot write .*taken/file\.bin \((Not a dir|File exists)")
    with named, whole_file(tmp_path / "taken" / "file.bin"):
        pass
