"""Working ahead: items are made by a thread of their own while the ones before them are used."""

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")

_PATIENCE = 0.1
"""Seconds between looks at whether anybody still wants the items."""


@contextmanager
def ahead(items: Iterable[Item], count: int) -> Iterator[Iterator[Item]]:
    """Have items made ahead of their use, in their order, while the ``with`` lasts.

    Python's threads share one core for Python code; but arrays, images and the kernels of a device are worked
    on outside of it, so that a device computes while the host decodes, measures and writes.

    Args:
        items: makes them; it is run by another thread, and closed by it in the end.
        count: how many may wait to be used, besides the one in the making; with 0 there is no thread, and
            each is made when it is asked for.

    Yields:
        The items. An error of their making is raised where the item was to come.
    """
    if count < 1:
        yield iter(items)
        return
    maker = _Maker(items, count)
    try:
        yield maker.made()
    finally:
        maker.stop()


class _Maker(Generic[Item]):
    """A thread that fills a queue, until its items end or nobody wants any more."""

    def __init__(self, items: Iterable[Item], count: int) -> None:
        self._items = items
        self._waiting: queue.Queue[tuple[Item] | BaseException | None] = queue.Queue(count)
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._fill, name="samscope-ahead", daemon=True)
        self._thread.start()

    def made(self) -> Iterator[Item]:
        """Yield the items as they come."""
        while (entry := self._waiting.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            yield entry[0]

    def stop(self) -> None:
        """Let the item in the making be the last one, and wait for it."""
        self._unwanted.set()
        self._thread.join()

    def _fill(self) -> None:
        items = iter(self._items)
        try:
            for item in items:
                if not self._handed_over((item,)):
                    return
        except BaseException as error:
            self._handed_over(error)
        else:
            self._handed_over(None)
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    def _handed_over(self, entry: tuple[Item] | BaseException | None) -> bool:
        """Put an entry into the queue as soon as there is room; False if nobody wants it."""
        while not self._unwanted.is_set():
            try:
                self._waiting.put(entry, timeout=_PATIENCE)
            except queue.Full:
                continue
            return True
        return False
