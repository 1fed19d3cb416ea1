"""Independent pieces of work, done in several processes at once.

Threads gain nothing where most of the time goes to Python itself, as in drawing figures. This process works
too; the others are joblib's: fresh ones, so that neither a script without a main guard nor a process that
computes in threads is in their way; they stay for a while after the last piece and serve the next ones.
"""

import atexit
import gc
import os
import signal
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from multiprocessing import resource_tracker
from typing import Any, Protocol

from joblib import cpu_count
from joblib.externals.loky import get_reusable_executor
from threadpoolctl import threadpool_limits

from samscope.support.progress import Advance

_MOST_PROCESSES = 8
"""Each holds the libraries, some 250 MB."""

_IDLE_SECONDS = 300

_LOOK_EVERY = 2.0
"""Seconds after which a process sees at the latest that the one that it works for is gone."""

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""What keeps the libraries of a process to one core; this process holds its own to it meanwhile."""


@dataclass(frozen=True)
class Piece:
    """A piece of work.

    Attributes:
        name: what it is, told when it is done.
        do: does it; it can be sent to another process with all that it needs, and so can what it returns.
    """

    name: str
    do: Callable[[], Any]


Taken = tuple[int, Piece]
"""A piece that somebody does, and its number."""


class Doing(Protocol):
    """Does pieces of work that do not depend on each other."""

    def __call__(self, pieces: Sequence[Piece], advance: Advance = ...) -> list[Any]:
        """Return what each piece returns, in their order.

        Args:
            pieces: those that take longest come best first; the first one, which this process does, may hold
            much that it would take long to send.
            advance: hears the name of every piece as it is done.

        Raises:
            Exception: the first error of a piece.
        """


def one_by_one(pieces: Sequence[Piece], advance: Advance = lambda _: None) -> list[Any]:
    """Do pieces of work in this process, one after another."""
    results = []
    for piece in pieces:
        results.append(_answer(piece.do))
        advance(piece.name)
    return results


@dataclass(frozen=True)
class InProcesses:
    """Does pieces of work in several processes at once, of which this one is the first.

    Attributes:
        count: how many processes, at least 2.
    """

    count: int

    def begin(self, module: str) -> None:
        """Start the other processes, which import a module while this one goes on.

        Args:
            module: name of what most pieces need.
        """
        executor = self._executor(self.count - 1)
        with _interrupts_held():
            for _ in range(self.count - 1):
                executor.submit(_import, module)

    @staticmethod
    def _executor(worker_count: int) -> Executor:
        # What takes semaphores back from a process that was stopped short inherits this.
        with _set_meanwhile("PYTHONWARNINGS", "ignore:resource_tracker"):
            executor: Executor = get_reusable_executor(
                max_workers=worker_count,
                timeout=_IDLE_SECONDS,
                env=_ONE_THREAD,
                initializer=_end_with,
                initargs=(os.getpid(),),
            )
        return executor

    def __call__(self, pieces: Sequence[Piece], advance: Advance = lambda _: None) -> list[Any]:
        """Return what each piece returns, in their order; the same as ``one_by_one`` does."""
        if len(pieces) < 2:
            return one_by_one(pieces, advance)
        worker_count = self.count - 1
        executor = self._executor(worker_count)
        work = _Work(pieces, self.count)
        first = work.taken()
        with (
            threadpool_limits(limits=1),
            warnings.catch_warnings(),
            ThreadPoolExecutor(worker_count) as threads,
        ):
            # A process that has grown by 300 MB is replaced between two pieces, which loses nothing.
            warnings.filterwarnings("ignore", "A worker stopped while some jobs were given to the executor")
            elsewhere = [threads.submit(work.do_elsewhere, executor) for _ in range(worker_count)]
            work.do_here(first, advance)
            for thread in elsewhere:
                thread.result()
            work.tell(advance)
        return work.results()


class _Work:
    """Pieces that several threads take from: one does them here, the others have them done elsewhere."""

    def __init__(self, pieces: Sequence[Piece], processes: int) -> None:
        self._processes = processes
        self._waiting = deque(enumerate(pieces))
        self._results: dict[int, Any] = {}
        self._done: deque[str] = deque()

    def do_here(self, first: Taken | None, advance: Advance) -> None:
        """Do pieces, after a first one whichever waits longest, until none is left.

        Args:
            first: what was taken for this process.
            advance: hears, in this thread, of all pieces that are done meanwhile.

        Raises:
            BaseException: the error of a piece, or Ctrl-C; what still waits is left undone then.
        """
        with self._given_up_at_an_error():
            taken = first
            while taken:
                number, piece = taken
                self._keep(number, piece, _answer(piece.do))
                self.tell(advance)
                taken = self.taken()

    def do_elsewhere(self, executor: Executor) -> None:
        """Have pieces done in another process, likewise.

        The next one is sent while one is being done, as this process, busy itself, takes some 20 ms to send;
        but not of the last ones, which whoever is free takes.
        """
        sent: deque[tuple[int, Piece, Future[Any]]] = deque()
        with self._given_up_at_an_error():
            try:
                while True:
                    while len(sent) < self._most_sent() and (taken := self.taken()):
                        sent.append((*taken, executor.submit(_answer, taken[1].do)))
                    if not sent:
                        return
                    number, piece, answer = sent.popleft()
                    self._keep(number, piece, answer.result())
            finally:
                for *_, answer in sent:
                    answer.cancel()

    def _most_sent(self) -> int:
        return 2 if len(self._waiting) >= self._processes else 1

    def taken(self) -> Taken | None:
        """Take the piece that has waited longest, with its number; None where none is left."""
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def _keep(self, number: int, piece: Piece, answer: Any) -> None:
        self._results[number] = answer
        self._done.append(piece.name)

    @contextmanager
    def _given_up_at_an_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._waiting.clear()
            raise

    def tell(self, advance: Advance) -> None:
        """Tell of the pieces that were done since it was told last."""
        while self._done:
            advance(self._done.popleft())

    def results(self) -> list[Any]:
        """Return what each piece returned, in their order."""
        return [self._results[number] for number in sorted(self._results)]


def doing(processes: int, module: str) -> Doing:
    """Return what does pieces of work in so many processes; 1 is this one.

    Args:
        processes: how many; the others are started now.
        module: name of what most pieces need, which the others import first.
    """
    if processes == 1:
        return one_by_one
    several = InProcesses(processes)
    several.begin(module)
    return several


def _answer(do: Callable[[], Any]) -> Any:
    """Do a piece of work, and look for cycles of objects that nobody holds only after it.

    A figure makes so many objects that live until it is written that looking takes a tenth of its time, and
    libraries as many while they are imported.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        return do()
    finally:
        if enabled:
            gc.enable()


def _end_with(process: int) -> None:
    """End this process once the one that started it has: killed, it would leave it waiting for ever.

    At its usual end it leaves its libraries as they are, whose tidying the first process would wait for.
    """
    atexit.register(os._exit, 0)

    def watch() -> None:
        while os.getppid() == process:
            time.sleep(_LOOK_EVERY)
        os._exit(1)

    threading.Thread(target=watch, name="samscope-parent", daemon=True).start()


@contextmanager
def _set_meanwhile(name: str, value: str) -> Iterator[None]:
    """Set a variable of the environment, which processes that are started meanwhile inherit."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while processes are started: they never hear of it, and end with this one."""
    resource_tracker.ensure_running()  # or it begins with the first process, and lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _import(module: str) -> None:
    _answer(partial(import_module, module))


def usual_processes() -> int:
    """Return how many cores this process may use, at most ``_MOST_PROCESSES``."""
    return min(int(cpu_count()), _MOST_PROCESSES)
