import threading
import time
from collections.abc import Generator, Iterator

import pytest

from samscope.support.ahead import ahead


@pytest.mark.parametrize("count", [0, 1, 3])
def test_items_come_in_their_order(count: int) -> None:
    with ahead((number**2 for number in range(20)), count) as items:
        assert list(items) == [number**2 for number in range(20)]


@pytest.mark.parametrize("count", [0, 2])
def test_an_error_comes_where_its_item_was_to_come(count: int) -> None:
    def broken() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    with ahead(broken(), count) as items:
        assert [next(items), next(items)] == [1, 2]
        with pytest.raises(OSError, match="the disk is gone"):
            next(items)


def test_no_more_are_made_than_asked_for() -> None:
    made: list[int] = []

    def counted() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    with ahead(counted(), 2) as items:
        assert next(items) == 0
        time.sleep(0.3)
        assert len(made) == 3
    assert len(made) <= 4


def test_they_are_made_while_others_are_used() -> None:
    second = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    with ahead(items(), 1) as made:
        assert next(made) == 1
        assert second.wait(timeout=5)


@pytest.mark.parametrize("count", [0, 1])
def test_what_makes_them_is_closed_when_no_more_are_wanted(count: int) -> None:
    closed = []

    def items() -> Generator[int]:
        try:
            yield from range(10)
        finally:
            closed.append(True)

    source = items()
    with ahead(source, count) as made:
        next(made)
    source.close()
    assert closed == [True]
    assert not any(thread.name.startswith("samscope-ahead") for thread in threading.enumerate())
