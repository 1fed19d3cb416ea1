"""Ctrl-C and a scheduler's termination, noted until a work is where it can stop."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


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

    heard = [
        number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is not signal.SIG_IGN
    ]
    before = {number: signal.signal(number, note) for number in heard}
    try:
        yield lambda: bool(noted)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
