import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from samscope.support.errors import SamscopeError
from samscope.support.side_by_side import InProcesses, Piece, doing, one_by_one, usual_processes


def _square(number: int) -> int:
    return number * number


def _met(folder: Path, name: str, other: str) -> int:
    """Wait until the other piece is being done as well, and return this process."""
    (folder / name).touch()
    while not (folder / other).exists():
        time.sleep(0.01)
    return os.getpid()


def _fail() -> None:
    raise SamscopeError("a piece failed")


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_pieces(processes: int) -> None:
    heard: list[str] = []
    pieces = [Piece(f"piece {number}", partial(_square, number)) for number in range(5)]
    assert doing(processes, "json")(pieces, heard.append) == [0, 1, 4, 9, 16]
    assert sorted(heard) == [piece.name for piece in pieces]


def test_one_process_is_this_one() -> None:
    assert doing(1, "json") is one_by_one
    assert one_by_one([Piece("here", os.getpid)]) == [os.getpid()]


def test_this_process_and_another_work_at_once(tmp_path: Path) -> None:
    pieces = [Piece(name, partial(_met, tmp_path, name, other)) for name, other in ("ab", "ba")]
    processes = InProcesses(2)(pieces)
    assert os.getpid() in processes
    assert len(set(processes)) == 2


def test_more_processes_than_pieces() -> None:
    assert InProcesses(3)([Piece("only", partial(_square, 3))]) == [9]


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_of_a_piece_arrives(processes: int) -> None:
    with pytest.raises(SamscopeError, match="a piece failed"):
        doing(processes, "json")([Piece("fails", _fail), *[Piece("is slow", partial(time.sleep, 0.01))] * 20])


def test_what_waits_is_left_after_an_error() -> None:
    heard: list[str] = []
    later = [Piece("is slow", partial(time.sleep, 0.2))] * 20
    with pytest.raises(SamscopeError, match="a piece failed"):
        InProcesses(2)([Piece("fails", _fail), *later], heard.append)
    assert len(heard) < len(later)


_KILLED = """
import os
from functools import partial
from samscope.support.side_by_side import InProcesses, Piece
from tests.support.test_side_by_side import killed_beside
InProcesses(2)([Piece("one", partial(killed_beside, os.getpid()))] * 2)
"""


def killed_beside(first: int) -> None:
    """Kill the first process from another one; either would go on for a minute."""
    if os.getpid() != first:
        os.kill(first, signal.SIGKILL)
    time.sleep(60)


def test_no_process_stays_where_the_first_is_killed() -> None:
    """Whoever is left holds the standard output open, so that this would wait for it."""
    command = [sys.executable, "-c", _KILLED]
    killed = subprocess.run(command, check=False, stdout=subprocess.PIPE, timeout=30)
    assert killed.returncode == -signal.SIGKILL


_INTERRUPTED = """
import os
import signal
import sys
import time
from samscope.support.side_by_side import doing
doing(2, "samscope.figures.style")
time.sleep(float(sys.argv[1]))
try:
    os.killpg(0, signal.SIGINT)
    time.sleep(10)
except KeyboardInterrupt:
    os._exit(130)
"""


@pytest.mark.parametrize("seconds", ["0", "0.2"])
def test_ctrl_c_is_for_the_first_process_alone(seconds: str) -> None:
    """The others say nothing, whether they are still starting or wait for work, and end with the first."""
    command = [sys.executable, "-c", _INTERRUPTED, seconds]
    stopped = subprocess.run(command, check=False, capture_output=True, start_new_session=True, timeout=30)
    assert (stopped.returncode, stopped.stdout, stopped.stderr) == (130, b"", b"")


def test_the_environment_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)
    doing(2, "json")
    assert "PYTHONWARNINGS" not in os.environ
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    doing(2, "json")
    assert os.environ["PYTHONWARNINGS"] == "error"


def test_no_piece_no_process() -> None:
    assert doing(2, "json")([]) == []


def test_there_is_a_core() -> None:
    assert 1 <= usual_processes() <= 8
