"""Work side by side on a CPU: threads of which each computes on one core.

PyTorch's own threads share every single operation, and wait for each other at its end. Where there is more
than one thing to do, cores that do one each get more done.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

import torch

from samscope.trackers.modes import Mode

P = ParamSpec("P")
T = TypeVar("T")

Run = Callable[[], None]


_MOST_CORES = 8
"""There is seldom more to do at once: six sets of a draw, and the frames to come."""


def usual_cores(device: torch.device, mode: Mode) -> int | None:
    """Return how many tasks a model computes side by side: as many as PyTorch has threads, up to eight.

    Those that ``Cores`` at work have taken from single operations count as well. None where a model does not:
    on other devices, and in the modes whose operations are the library's.
    """
    return cores_of(device, mode, None)


def cores_of(device: torch.device, mode: Mode, threads: int | None) -> int | None:
    """Return what ``usual_cores`` does, for so many threads in the place of PyTorch's."""
    if mode != "fast" or device.type != "cpu":
        return None
    return min(threads or _THREADS_EACH.of_the_process(), _MOST_CORES)


@contextmanager
def operations_on(threads: int | None) -> Iterator[None]:
    """Have PyTorch's operations use so many threads while the ``with`` lasts; None changes nothing."""
    before = torch.get_num_threads()
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        yield
    finally:
        if threads is not None:
            torch.set_num_threads(before)


class Cores:
    """Runs tasks in the order in which they come, as many at once as it has cores, while the ``with`` lasts.

    A task computes the same bits on however many cores others run beside it. One that has parts for others to
    take (``share``) gets the help of those that would take a new task. At the end of the ``with``, tasks that
    have not begun are cancelled, and those that have are waited for.

    While it lasts, an operation of PyTorch's uses one thread, in the whole process (an eighth of the threads
    where there are more than eight); afterwards as many as before.

    Args:
        count: how many cores; None to run each task at once, where it is handed over, with PyTorch's threads.
    """

    def __init__(self, count: int | None) -> None:
        self._tasks: deque[tuple[Future[Any], Run]] = deque()
        self._shared: list[_Shared] = []
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"samscope-core-{number}", daemon=True)
            for number in range(count or 0)
        ]

    def __enter__(self) -> "Cores":
        if self._threads:
            _THREADS_EACH.begin()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._changed:
            self._closed = True
            for future, _ in self._tasks:
                future.cancel()
            self._tasks.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        if self._threads:
            _THREADS_EACH.end()

    def run(self, task: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> "Future[T]":
        """Have a task run; its future has what it returns or raises."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = task(*arguments, **options)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        if not self._threads:
            run()
            return future
        with self._changed:
            self._tasks.append((future, run))
            self._changed.notify()
        return future

    def share(self, parts: Iterable[Run]) -> None:
        """Run parts of the task that calls it, together with those cores that would take a new task."""
        shared = _Shared(parts)
        with self._changed:
            self._shared.append(shared)
            self._changed.notify_all()
        shared.run()
        with self._changed:
            self._shared.remove(shared)
        _HERE.helped = help_received() + shared.wait()

    def _work(self) -> None:
        torch.set_num_threads(torch.get_num_threads())  # some libraries keep their number for each thread
        _HERE.cores = self
        while (run := self._next()) is not None:
            run()

    def _next(self) -> Run | None:
        """Return what to do next, as soon as there is something; None at the end."""
        with self._changed:
            while True:
                for shared in self._shared:
                    if not shared.is_taken:
                        return partial(shared.run, helping=True)
                if self._tasks:
                    return self._tasks.popleft()[1]
                if self._closed:
                    return None
                self._changed.wait()


class _ThreadsEach:
    """Keeps PyTorch's operations at a task's share of the threads from first ``begin`` to last ``end``.

    The number is one of the whole process, so that several ``Cores`` at once have to agree.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun, self._threads = 0, 0

    def of_the_process(self) -> int:
        """Return PyTorch's threads, as they are where no ``Cores`` are at work."""
        with self._lock:
            return self._threads if self._begun else torch.get_num_threads()

    def begin(self) -> None:
        with self._lock:
            if not self._begun:
                self._threads = torch.get_num_threads()
                torch.set_num_threads(max(1, self._threads // _MOST_CORES))
            self._begun += 1

    def end(self) -> None:
        with self._lock:
            self._begun -= 1
            if not self._begun:
                torch.set_num_threads(self._threads)


class _Shared:
    """Parts of a task, each run once by whoever takes it."""

    def __init__(self, parts: Iterable[Run]) -> None:
        self._left = deque(parts)
        self._running, self._helped = 0, 0.0
        self._error: BaseException | None = None
        self._done = threading.Condition()

    @property
    def is_taken(self) -> bool:
        """Whether no part is left to begin."""
        return not self._left

    def run(self, *, helping: bool = False) -> None:
        """Run parts until none is left to begin; after an error the others are left out."""
        while True:
            with self._done:
                if not self._left:
                    return
                part = self._left.popleft()
                self._running += 1
            begin = time.perf_counter()
            try:
                with torch.inference_mode():
                    part()
            except BaseException as error:
                with self._done:
                    self._error = self._error or error
                    self._left.clear()
            finally:
                with self._done:
                    self._running -= 1
                    self._helped += helping * (time.perf_counter() - begin)
                    self._done.notify_all()

    def wait(self) -> float:
        """Wait for the parts that others run, and return the seconds that they took for them.

        Raises:
            BaseException: the first error of a part.
        """
        with self._done:
            self._done.wait_for(lambda: not self._running)
            if self._error is not None:
                raise self._error
            return self._helped


_HERE = threading.local()
_THREADS_EACH = _ThreadsEach()


def share(parts: Iterable[Run]) -> None:
    """Run parts of what this thread does: with the help of other cores in a task of ``Cores``, else in turn.

    Args:
        parts: each writes into tensors of its own, without gradients, and computes the same wherever it runs.
    """
    cores: Cores | None = getattr(_HERE, "cores", None)
    if cores is not None:
        cores.share(parts)
        return
    for part in parts:
        part()


def help_received() -> float:
    """Return the seconds that other cores have spent so far on parts of what this thread does."""
    helped: float = getattr(_HERE, "helped", 0.0)
    return helped
