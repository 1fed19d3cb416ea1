"""Working ahead: items are made by a thread of their own while the ones before them are used."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

Item = TypeVar("Item")

_END: Any = object()


@contextmanager
def ahead(items: Iterable[Item], count: int) -> Iterator[Iterator[Item]]:
    """Have items made ahead of their use, in their order, while the ``with`` lasts.

    Python's threads share one core for Python code; but arrays, images and the kernels of a device are worked
    on outside of it, so that a device computes while the host decodes, measures and writes.

    Args:
        items: makes them; it is run by another thread, and closed by it in the end.
        count: how many are made or in the making before they are asked for; with 0 there is no thread, and
            each is made when it is asked for.

    Yields:
        The items. An error of their making is raised where the item was to come.
    """
    source = iter(items)
    if count < 1:
        yield source
        return
    with ThreadPoolExecutor(1, "samscope-ahead") as maker:
        begun = deque(maker.submit(next, source, _END) for _ in range(count))

        def made_items() -> Iterator[Item]:
            while (item := begun.popleft().result()) is not _END:
                begun.append(maker.submit(next, source, _END))
                yield item

        try:
            yield made_items()
        finally:
            for item in begun:
                item.cancel()
            maker.submit(getattr(source, "close", lambda: None)).result()
