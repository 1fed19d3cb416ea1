import pytest

from samscope.trackers.grouping import balanced, grouped


@pytest.mark.parametrize(
    ("count", "size", "lengths"),
    [(66, 64, [33, 33]), (6, 8, [6]), (7, 3, [2, 2, 3]), (64, 64, [64]), (0, 4, []), (5, 1, [1] * 5)],
)
def test_batches_are_few_and_of_like_length(count: int, size: int, lengths: list[int]) -> None:
    parts = list(balanced(range(count), size))
    assert [len(part) for part in parts] == lengths
    assert [item for part in parts for item in part] == list(range(count))


def test_items_of_a_key_are_together_in_the_order_of_the_first_of_each() -> None:
    assert grouped("banana", str) == [["b"], ["a", "a", "a"], ["n", "n"]]
    assert grouped([], str) == []
