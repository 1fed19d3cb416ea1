"""Commands of Python in processes that begin with the libraries imported, which takes most of their time.

One process imports the libraries, and nothing of samscope; each command runs in a fork of it, in its folder
and with its own path of modules, as ``python -m module`` or ``python -c code`` would.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from select import select
from tempfile import NamedTemporaryFile
from typing import IO, Any

_LIBRARIES = (
    "av",
    "cv2",
    "hypothesis",
    "matplotlib.pyplot",
    "pandas",
    "pyarrow.dataset",
    "pydantic",
    "pytest",
    "rich",
    "scipy.stats",
    "skimage.measure",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "torch",
    "transformers.models.sam2_video.modeling_sam2_video",
    "typer",
)


@dataclass(frozen=True)
class Done:
    """What a command came to.

    Attributes:
        status: as a shell knows it; the negative number of a signal that ended it.
        text: what it wrote to standard output and to standard error.
    """

    status: int
    text: str


@dataclass(frozen=True, eq=False)
class Running:
    """A command that runs, the leader of a session of its own.

    Attributes:
        pid: of its process.
        output: what it writes.
        statuses: where the process that it was forked from tells its status when it ends.
    """

    pid: int
    output: Path
    statuses: IO[bytes]

    def has_ended(self) -> bool:
        """Whether it has; ``wait`` has not been called."""
        return bool(select([self.statuses], [], [], 0)[0])

    def wait(self) -> Done:
        """Return what it came to, once it has ended; to be called once."""
        return Done(int(self.statuses.readline()), self.output.read_bytes().decode(errors="replace"))


def run_ready(arguments: Sequence[str], folder: Path, paths: Sequence[Path]) -> Done:
    """Run ``python`` with ``-m module`` or ``-c code`` and what comes after it.

    Args:
        arguments: those of ``python``.
        folder: that it runs in.
        paths: where it looks for modules first, as ``PYTHONPATH`` says it.
    """
    with NamedTemporaryFile() as output:
        return _start(arguments, folder, paths, Path(output.name)).wait()


@contextmanager
def started_ready(arguments: Sequence[str], folder: Path, paths: Sequence[Path]) -> Iterator[Running]:
    """Start ``python``, for a block that waits for it; where the block fails, it is killed.

    Args:
        arguments: as for ``run_ready``.
        folder: as there.
        paths: as there.
    """
    with NamedTemporaryFile() as output:
        running = _start(arguments, folder, paths, Path(output.name))
        try:
            yield running
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            _server.cache_clear()
            raise


def _start(arguments: Sequence[str], folder: Path, paths: Sequence[Path], output: Path) -> Running:
    asked = {
        "arguments": list(arguments),
        "folder": str(folder),
        "paths": [str(path) for path in paths],
        "output": str(output),
    }
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(f"{json.dumps(asked)}\n".encode())
    return Running(int(server.stdout.readline()), output, server.stdout)


@cache
def _server() -> "subprocess.Popen[bytes]":
    """Start what imports the libraries; it ends when this process does."""
    server = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )
    atexit.register(server.communicate)  # which closes its standard input, and waits
    return server


def _serve() -> None:
    for library in _LIBRARIES:
        importlib.import_module(library)
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.setsid()
            os._exit(_status(json.loads(line)))
        _tell(child)
        _tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _status(asked: dict[str, Any]) -> int:
    """Do what is asked for in this process, and return its status."""
    output = os.open(asked["output"], os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(asked["folder"])
    os.environ["PYTHONPATH"] = os.pathsep.join(asked["paths"])
    # Its plugins that libraries have imported already hold no assertions of ours.
    os.environ["PYTEST_ADDOPTS"] = "-W ignore::pytest.PytestAssertRewriteWarning"
    kind, what, *more = asked["arguments"]
    sys.path[0:1] = [asked["folder"] if kind == "-m" else "", *asked["paths"]]
    sys.argv = [kind, *more]
    try:
        if kind == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            exec(what, {"__name__": "__main__"})  # noqa: S102
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # told as Python tells it
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    _serve()
