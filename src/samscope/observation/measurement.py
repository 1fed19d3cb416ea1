"""What is measured of tensors: at once on a CPU, on a device that of many tracks together."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from samscope.observation.measurement_cache import MeasurementCache
from samscope.trackers.devices import CopyToHost
from samscope.trackers.grouping import balanced, grouped

Value = TypeVar("Value")

_ELEMENTS_TOGETHER = 1 << 25
"""Of the first tensors of what is measured together; each takes some twelve times 4 bytes meanwhile."""


@dataclass(frozen=True, eq=False)
class Measurement(Generic[Value]):
    """Something to be measured of tensors, unless it is in the cache.

    Attributes:
        compute: what is computed where the tensors lie: of ``tensors``, or of several measurements' stacked
            along a new first dimension, which the result has as well.
        read: makes the value of what was computed of one measurement, on the host.
        tensors: what is measured; not to be written to.
        cache: keeps the value.
        name: under which it does.
    """

    compute: Callable[..., Tensor]
    read: Callable[[Tensor], Value]
    tensors: tuple[Tensor, ...]
    cache: MeasurementCache
    name: Hashable

    def value(self) -> Value:
        """Return the value; where the cache has none, it is measured, and a device is waited for."""
        return self.cache.get(self.name, self._measured)

    def _measured(self) -> Value:
        if self.tensors[0].device.type == "cpu":
            return self.read(self.compute(*self.tensors))
        return self.read(self.compute(*(tensor[None] for tensor in self.tensors))[0].cpu())


class MeasuredTogether:
    """Measurements of tensors on one device: begun together, and their values known as soon as they are read.

    A device is not waited for until then, and then once. What is known already is not measured; what is
    measured of tensors of the same shapes is measured in batches.

    Args:
        measurements: of whatever kinds.
    """

    def __init__(self, measurements: Iterable[Measurement[Any]]) -> None:
        due = {
            (id(measurement.cache), measurement.name): measurement
            for measurement in measurements
            if measurement.name not in measurement.cache
        }
        self._batches: list[Sequence[Measurement[Any]]] = []
        for alike in grouped(due.values(), _kind):
            most = max(1, _ELEMENTS_TOGETHER // alike[0].tensors[0].numel())
            self._batches += balanced(alike, most)
        self._computed = CopyToHost([_together(batch) for batch in self._batches])

    def read(self) -> None:
        """Let the values be known; the device is waited for."""
        for batch, computed in zip(self._batches, self._computed.tensors(), strict=True):
            for measurement, tensor in zip(batch, computed, strict=True):
                measurement.cache.get(measurement.name, partial(measurement.read, tensor))


def _kind(measurement: Measurement[Any]) -> Hashable:
    return measurement.compute, *((tensor.shape, tensor.dtype) for tensor in measurement.tensors)


def _together(batch: Sequence[Measurement[Any]]) -> Tensor:
    columns = zip(*(measurement.tensors for measurement in batch), strict=True)
    with torch.no_grad():
        return batch[0].compute(*map(torch.stack, columns))


def as_it_is(tensor: Tensor) -> Tensor:
    """Return a tensor of which no more is asked than to be on the host."""
    return tensor
