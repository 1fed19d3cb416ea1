"""A lock is held by one process, and by none that has died."""

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from samscope.support.errors import UsageError
from samscope.support.lock import locked

HOLD = """
import sys, time
from pathlib import Path
from samscope.support.lock import locked
with locked(Path(sys.argv[1]), "held"):
    print("locked", flush=True)
    time.sleep(600)
"""


def holder(file: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    return process


def test_the_second_is_refused_and_told_by_whom(tmp_path: Path) -> None:
    file = tmp_path / ".study.lock"
    with holder(file) as process:
        with (
            pytest.raises(UsageError, match=rf"--out study: process {process.pid} on \S+ \(since .*wait"),
            locked(file, "--out study"),
        ):
            pytest.fail("two hold one lock")
        process.kill()


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    file = tmp_path / ".study.lock"
    with holder(file) as process:
        process.kill()
    assert file.exists()
    with locked(file, "--out study"):
        assert str(os.getpid()) in file.read_text()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_nothing_is_left_after_an_error(tmp_path: Path, error: BaseException) -> None:
    def fail() -> None:
        with locked(tmp_path / ".study.lock", "--out study"):
            raise error

    with pytest.raises(type(error)):
        fail()
    assert list(tmp_path.iterdir()) == []
    with locked(tmp_path / ".study.lock", "--out study"):
        pass


def test_nothing_is_left_where_ctrl_c_comes_with_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire = FileLock.acquire

    def acquire_and_stop(lock: FileLock) -> None:
        acquire(lock)
        raise KeyboardInterrupt

    file = tmp_path / "lock"
    monkeypatch.setattr(FileLock, "acquire", acquire_and_stop)
    with pytest.raises(KeyboardInterrupt), locked(file, "--out study"):
        pass
    monkeypatch.undo()
    assert not file.exists()
    with locked(file, "--out study"):
        assert file.exists()


def test_a_damaged_lock_file_still_locks(tmp_path: Path) -> None:
    file = tmp_path / ".study.lock"
    with locked(file, "one"):
        file.write_text("{")
        with pytest.raises(UsageError, match="another process is writing there"), locked(file, "two"):
            pytest.fail("two hold one lock")


def test_a_lock_whose_file_was_replaced_is_taken_again(tmp_path: Path) -> None:
    """A waiting process must not hold the lock of a file that its last holder has removed."""
    file = tmp_path / ".study.lock"
    with locked(file, "one"):
        file.unlink()
        with locked(file, "two"), pytest.raises(UsageError), locked(file, "three"):
            pytest.fail("two hold one lock")


def test_a_file_system_without_locks_is_written_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", flock)
    with locked(tmp_path / ".study.lock", "--out study"):
        assert "this file system has no locks (Function not implemented)" in caplog.text
    assert list(tmp_path.iterdir()) == []
