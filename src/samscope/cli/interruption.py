"""Ctrl-C and a scheduler's termination, noted until a work is where it can stop."""

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_TO_HEAR_OF_IT = 0.5
"""Seconds within which the thread has heard of a signal that the program has heard of."""
_TO_SAY_SO = 0.5
"""Seconds that a program has to say that it has stopped, and to end."""


@contextmanager
def interruption_noted(tell: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Note the first Ctrl-C or termination while the context is open; a second one interrupts at once.

    A signal that this process ignores, as shells make their background jobs do, stays ignored.

    Args:
        tell: called at the first.

    Yields:
        A function that says whether there was one.

    Raises:
        KeyboardInterrupt: at the second.
    """
    noted: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        noted.append(number)
        if len(noted) > 1:
            raise KeyboardInterrupt
        tell()

    caught = [
        number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is not signal.SIG_IGN
    ]
    before = {number: signal.signal(number, note) for number in caught}
    try:
        yield lambda: bool(noted)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def leaving_within(seconds: float, last_words: Callable[[], None], status: int) -> Iterator[None]:
    """See to it that the process ends soon after Ctrl-C or a termination, whatever it is doing.

    Python hands a signal to the program between two steps of the interpreter alone; one call of a library may
    take longer than a user will wait, and so may the end of a process that has loaded large ones. So a thread
    hears of the signal as well, and ends the process when the time is over. That is safe where everything is
    written under another name first: it is no worse than a kill.

    Signals must have handlers in Python; one that is ignored stays ignored.

    Args:
        seconds: what the program may take to stop by itself.
        last_words: called in the thread before the process ends, if the context is still open then.
        status: what the process then exits with.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    closed = threading.Event()
    interrupted = threading.Event()

    def watch() -> None:
        while number := os.read(reading, 1):
            if number[0] in (signal.SIGINT, signal.SIGTERM):
                interrupted.set()
                if not closed.wait(seconds):
                    last_words()
                else:
                    time.sleep(_TO_SAY_SO)
                os._exit(status)
            if closed.is_set():
                return

    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, name="interruption", daemon=True)
    watcher.start()
    try:
        yield
    except KeyboardInterrupt:
        if interrupted.wait(_TO_HEAR_OF_IT):
            atexit.register(_leave, status)  # before the end of the libraries, which takes long
        raise
    finally:
        closed.set()
        signal.set_wakeup_fd(before)
        if not interrupted.is_set():
            os.write(writing, b"\0")
            watcher.join()
            os.close(reading)
            os.close(writing)


def _leave(status: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
