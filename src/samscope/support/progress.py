"""How a long work tells how far it is."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from samscope.support.printable import printable

_logger = logging.getLogger(__name__)

Advance = Callable[[str], None]
"""Called when one more piece of a stage is done, with its name."""


class Progress(Protocol):
    """Hears of the stages of a work, one after another."""

    def stage(self, title: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """Begin a stage.

        Args:
            title: what is done, such as ``tracking``.
            total: how many pieces it has; None where it is one piece.
        """


class StepProgress(Progress, Protocol):
    """Hears of a long work's steps as well, which may go on where an earlier work has stopped."""

    def steps(self, title: str, total: int, *, done: int, every: int) -> AbstractContextManager[Advance]:
        """Begin a stage of steps.

        Args:
            title: what is done, such as ``training``.
            total: steps in all.
            done: steps that an earlier work has done.
            every: where no bar can be shown, so many steps lie between the lines that tell of one.
        """


class Silent:
    """Tells nothing."""

    def stage(self, title: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """Begin a stage that nobody hears of."""
        return nullcontext(lambda _: None)

    def steps(self, title: str, total: int, *, done: int, every: int) -> AbstractContextManager[Advance]:
        """Begin a stage of steps that nobody hears of."""
        return nullcontext(lambda _: None)


class Timed:
    """Passes the stages on and takes their times.

    Args:
        progress: hears of the stages.

    Attributes:
        seconds: by title, how long each finished stage took.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Begin a stage that is heard of elsewhere."""
        begin = time.perf_counter()
        with self._progress.stage(title, total) as advance:
            yield advance
        self.seconds[title] = round(time.perf_counter() - begin, 3)


class Logged:
    """Writes a line to the log when a stage begins and when it has ended."""

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Begin a stage and tell of it; its pieces are not told one by one."""
        _logger.info("%s begins", title, extra={"stage": title, "total": total})
        begin = time.perf_counter()
        yield lambda _: None
        seconds = round(time.perf_counter() - begin, 3)
        _logger.info("%s has ended", title, extra={"stage": title, "seconds": seconds})


class OnConsole:
    """Shows a bar for each stage on a terminal; anywhere else one line for each, and for some of its steps.

    Args:
        console: where it is shown; standard error by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Begin a stage and show it until the ``with`` ends."""
        if not self._console.is_terminal:
            counted = "" if total is None else f" ({total})"
            self._print(f"{title}{counted}")
            yield lambda _: None
            return
        with self._bar(title, total, 0, keeps_piece=False) as advance:
            yield advance

    @contextmanager
    def steps(self, title: str, total: int, *, done: int, every: int) -> Iterator[Advance]:
        """Begin a stage of steps and show it until the ``with`` ends."""
        if self._console.is_terminal:
            with self._bar(title, total, done, keeps_piece=True) as advance:
                yield advance
            return
        self._print(f"{title} ({total}, {done} done)" if done else f"{title} ({total})")

        def tell(piece: str) -> None:
            nonlocal done
            done += 1
            if done % every == 0 or done == total:
                self._print(f"{title} {done} of {total}: {piece}")

        yield tell

    def _print(self, line: str) -> None:
        self._console.print(printable(line), highlight=False, soft_wrap=True, markup=False, emoji=False)

    @contextmanager
    def _bar(self, title: str, total: int | None, done: int, *, keeps_piece: bool) -> Iterator[Advance]:
        width = min(40, max(10, self._console.width - 72))
        columns = [TextColumn("{task.description:<10}", markup=False), BarColumn(width)]
        if total is not None:
            columns = [*columns, MofNCompleteColumn(), TimeRemainingColumn()]
        with RichProgress(
            *columns,
            TimeElapsedColumn(),
            TextColumn("{task.fields[piece]}", markup=False),
            console=self._console,
        ) as bars:
            task = bars.add_task(title, total=total, completed=done, piece="")

            def advance(piece: str) -> None:
                bars.update(task, advance=1, piece=printable(piece))

            yield advance
            if not keeps_piece:
                bars.update(task, total=total or 1, completed=total or 1, piece="")
