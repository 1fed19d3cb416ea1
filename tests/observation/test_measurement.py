from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from samscope.observation import measurement as measurement_module
from samscope.observation.measurement import MeasuredTogether, Measurement
from samscope.observation.measurement_cache import MeasurementCache


class Sums:
    """Adds two tensors up, and notes how many rows it did so for at once."""

    def __init__(self) -> None:
        self.rows: list[int] = []

    def __call__(self, one: Tensor, other: Tensor) -> Tensor:
        self.rows.append(len(one) if one.dim() > 1 else 0)
        return one.sum(-1) + other.sum(-1)

    def of(self, cache: MeasurementCache, names: Sequence[int], size: int = 4) -> list[Measurement[float]]:
        tensors = {name: torch.full((size,), float(name)) for name in names}
        return [Measurement(self, Tensor.item, (one, one), cache, name) for name, one in tensors.items()]


def test_on_a_cpu_it_is_measured_when_it_is_asked_for_and_once() -> None:
    sums, cache = Sums(), MeasurementCache()
    assert [one.value() for one in sums.of(cache, [1, 2]) + sums.of(cache, [2])] == [8, 16, 16]
    assert sums.rows == [0, 0]


def test_together_all_are_known_once_they_are_read() -> None:
    sums, cache = Sums(), MeasurementCache()
    together = MeasuredTogether([*sums.of(cache, [1, 2, 3]), *sums.of(cache, [3]), *sums.of(cache, [9], 7)])
    assert sums.rows == [3, 1]
    assert 1 not in cache
    together.read()
    assert [one.value() for one in sums.of(cache, [1, 2, 3, 9])] == [8, 16, 24, 126]
    assert sums.rows == [3, 1]


def test_what_is_known_is_not_measured_again() -> None:
    sums, cache = Sums(), MeasurementCache()
    sums.of(cache, [2])[0].value()
    MeasuredTogether(sums.of(cache, [1, 2, 3])).read()
    assert sums.rows == [0, 2]


def test_no_more_is_measured_at_once_than_memory_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurement_module, "_ELEMENTS_TOGETHER", 12)
    sums, cache = Sums(), MeasurementCache()
    MeasuredTogether([*sums.of(cache, range(7)), *sums.of(cache, [8, 9], 13)]).read()
    assert sums.rows == [2, 2, 3, 1, 1]


def test_an_error_comes_where_it_is_asked_for() -> None:
    def broken(*_: Any) -> Tensor:
        raise RuntimeError("no room")

    cache = MeasurementCache()
    with pytest.raises(RuntimeError, match="no room"):
        MeasuredTogether([Measurement(broken, Tensor.item, (torch.ones(1),), cache, "this")])
