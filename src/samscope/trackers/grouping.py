"""What goes through a model together."""

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def grouped(items: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Return items of equal keys together, in the order of the first of each key."""
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def balanced(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield items in their order, in as few parts of at most ``size`` as can be, and these of like length."""
    parts = math.ceil(len(items) / size)
    for part in range(parts):
        yield items[part * len(items) // parts : (part + 1) * len(items) // parts]


def batches(items: Iterable[T], key: Callable[[T], Hashable], size: int) -> Iterator[Sequence[T]]:
    """Yield items of equal keys in batches of at most ``size``, in the order of the first of each key."""
    for group in grouped(items, key):
        yield from balanced(group, size)
