"""Runs of neighbouring frames: how long the object is gone at a time, and how long it stays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.statistics.arrays import ratio


@dataclass(frozen=True, eq=False)
class Stretches:
    """The stretches of neighbouring frames of C clips, N of them, clip by clip and in order of time.

    Attributes:
        numbers: int [C, T], the number of the stretch that a frame lies in, from 1; 0 where it lies in none.
        clips: int [N], the row of the clip that each stretch lies in.
        starts: int [N], its first frame.
        stops: int [N], the frame after its last.
    """

    numbers: NDArray[np.int64]
    clips: NDArray[np.int64]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]

    def means(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return float64 [N], the mean over each stretch of the finite of the values [C, T]; NaN without."""
        defined = (self.numbers > 0) & np.isfinite(values)
        numbers, count = self.numbers[defined], len(self.clips) + 1
        sums = np.bincount(numbers, weights=values[defined], minlength=count)
        return ratio(sums, np.bincount(numbers, minlength=count))[1:]


def stretches(inside: NDArray[np.bool_]) -> Stretches:
    """Find the stretches of neighbouring frames of each clip that are ``inside``, bool [C, T]."""
    edges = np.diff(inside.astype(np.int8), axis=1, prepend=0, append=0)
    clips, starts = np.nonzero(edges == 1)
    _, stops = np.nonzero(edges == -1)
    begun = np.cumsum(edges[:, :-1] == 1).reshape(inside.shape)
    return Stretches(np.where(inside, begun, 0), clips, starts, stops)
