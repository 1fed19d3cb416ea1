"""A threshold above which a frame is called absent, fitted on some frames to be tested on others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.statistics.combination import Combination, fitted_combinations


@dataclass(frozen=True, eq=False)
class Detector:
    """A rule that calls frames absent.

    Attributes:
        threshold: at this score or above it a frame is called absent; infinite where no frame ever is.
        combination: gives the log odds of absence from several features; None where the one feature is the
            score.
    """

    threshold: float
    combination: Combination | None = None

    def calls(self, features: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return bool [N], which frames with these features, finite float64 [N, F], are called absent."""
        if not len(features):
            return np.zeros(0, dtype=np.bool_)
        return np.asarray(_scores(features, self.combination) >= self.threshold, dtype=np.bool_)


def fitted_detectors(
    features: NDArray[np.float64], absent: NDArray[np.bool_], taught: NDArray[np.bool_]
) -> list[Detector] | None:
    """Fit detectors of absent frames: of several features the linear combination, then the threshold.

    Args:
        features: float64 [N, F], finite; higher means absent where there is only one.
        absent: bool [N], the truth.
        taught: bool [B, N], the frames that each of the detectors is fitted to.

    Returns:
        B detectors; None where one has only one kind of frame to learn from.
    """
    if not all(absent[rows].any() and not absent[rows].all() for rows in taught):
        return None
    several = features.shape[1] > 1
    combinations = fitted_combinations(features, absent, taught) if several else [None] * len(taught)
    return [
        Detector(youden_threshold(_scores(features[rows], combination), absent[rows]), combination)
        for rows, combination in zip(taught, combinations, strict=True)
    ]


def youden_threshold(scores: NDArray[np.float64], absent: NDArray[np.bool_]) -> float:
    """Return the threshold with the greatest sensitivity + specificity - 1 (W. J. Youden, 1950).

    That is the threshold with the greatest balanced accuracy, however rare absent frames are, and so the one
    that sets with other shares of absent frames can be compared by. It lies half-way between the two
    neighbouring scores that it parts; of equally good ones it is the highest.

    Args:
        scores: float64 [N], finite, higher where the object should be gone.
        absent: bool [N], the truth; both kinds occur.

    Returns:
        The threshold; infinite where none is better than calling no frame absent.
    """
    levels, of_frame = np.unique(-scores, return_inverse=True)
    called = np.cumsum(np.bincount(of_frame))
    absent_called = np.cumsum(np.bincount(of_frame[absent], minlength=len(levels)))
    others_called = called - absent_called
    gained = absent_called / absent_called[-1] - others_called / others_called[-1]
    best = int(gained.argmax())
    if gained[best] <= 0:
        return np.inf
    above, below = float(-levels[best]), float(-levels[best + 1])
    middle = below + (above - below) / 2
    return middle if middle > below else above


def _scores(features: NDArray[np.float64], combination: Combination | None) -> NDArray[np.float64]:
    if combination is None:
        return features[:, 0]
    return combination.log_odds(features)
