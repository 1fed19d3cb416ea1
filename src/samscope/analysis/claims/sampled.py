"""A statistic of a study's clips and of their source videos drawn again, to calculate with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Union

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.arrays import ratio
from samscope.analysis.bootstrap import Estimate, whole_and_resampled_estimate

Operand = Union["Sampled", float]


@dataclass(frozen=True, eq=False)
class Sampled:
    """A statistic under every row of one and the same weights of the source videos.

    Because the weights are the same, what is calculated from several of these keeps their pairing: the
    difference of two positions has the interval of a paired difference.

    Attributes:
        values: float64 [1 + RESAMPLES, ...], of all clips first; NaN where nothing defines it.
        clips: numbers of the clips (draws) that it rests on.
        videos: names of the source videos that it rests on.
        missing: why it is not defined; empty where it is.
    """

    values: NDArray[np.float64]
    clips: frozenset[int]
    videos: frozenset[str]
    missing: str = ""

    def __sub__(self, other: Operand) -> "Sampled":
        """Return the difference; of two, on what both rest on."""
        return self._with(other, np.subtract)

    def __truediv__(self, other: Operand) -> "Sampled":
        """Return the ratio, NaN where the denominator is not above 0."""
        return self._with(other, ratio)

    def __add__(self, other: Operand) -> "Sampled":
        """Return the sum."""
        return self._with(other, np.add)

    def __mul__(self, factor: float) -> "Sampled":
        """Return the product with a number."""
        return self._with(factor, np.multiply)

    def _with(
        self,
        other: Operand,
        combine: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]],
    ) -> "Sampled":
        missing = self.missing or (other.missing if isinstance(other, Sampled) else "")
        if missing:
            return undefined(len(self.values), missing)
        if isinstance(other, Sampled):
            return Sampled(
                combine(self.values, other.values),
                self.clips & other.clips,
                self.videos & other.videos,
            )
        number = np.full(self.values.shape, other)
        return Sampled(combine(self.values, number), self.clips, self.videos)

    @property
    def estimate(self) -> Estimate:
        """A single number with its 95 % interval; ``values`` is [1 + RESAMPLES]."""
        return whole_and_resampled_estimate(self.values, len(self.videos))


def undefined(rows: int, missing: str) -> Sampled:
    """Return a statistic that nothing defines, under as many rows of weights, and why."""
    return Sampled(np.full(rows, np.nan), frozenset(), frozenset(), missing)
