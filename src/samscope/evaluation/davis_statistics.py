"""What the DAVIS evaluation says of the J or F of one object's frames: mean, recall and decay."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RECALL_ABOVE = 0.5
"""A frame is recalled where its measure is above this."""

_QUARTERS = 4


@dataclass(frozen=True)
class DavisStatistics:
    """Statistics of one measure over the frames of one object.

    Attributes:
        mean: over the frames, 0..1.
        recall: share of the frames above 0.5, 0..1.
        decay: mean of the first quarter less the mean of the last, -1..1; what is lost on the way.
    """

    mean: float
    recall: float
    decay: float


def davis_statistics(values: NDArray[np.float64]) -> DavisStatistics:
    """Return mean, recall and decay as the evaluation of DAVIS 2017 computes them.

    Its quarters are cut at the frames nearest to 1 + q (n - 1) / 4, halves rounded up, and neighbours share
    the frame at which they meet. From 257 frames on its own code goes astray, as it keeps these places in
    eight bits; this one does not.

    Args:
        values: float64 [n], J or F of the frames that count, at least one.
    """
    cuts = np.round(np.linspace(1, len(values), _QUARTERS + 1) + 1e-10).astype(np.int64) - 1
    first, last = values[: cuts[1] + 1], values[cuts[-2] :]
    return DavisStatistics(
        mean=float(values.mean()),
        recall=float((values > RECALL_ABOVE).mean()),
        decay=float(first.mean() - last.mean()),
    )
