"""How long something takes that some clips end too early to see: the Kaplan-Meier estimate."""

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.arrays import codes, ratio
from samscope.analysis.bootstrap import (
    UNDEFINED,
    Estimate,
    whole_and_resampled_estimate,
    whole_and_resampled_weights,
)


def restricted_mean_wait(
    waits: NDArray[np.float64], ended: NDArray[np.bool_], videos: NDArray[np.str_], horizon: int
) -> Estimate:
    """Return the mean of the waits, none taken as longer than a horizon, with its interval.

    A wait is a whole number of frames. The mean of min(wait, horizon) is the sum over t = 0 .. horizon - 1 of
    S(t), the share of waits longer than t; S is the estimate of Kaplan and Meier (Nonparametric Estimation
    from Incomplete Observations, 1958), to which a clip counts as long as it is seen. Beyond the last frame
    that any clip is seen for, S stays level.

    Args:
        waits: float64 [N]; where it has ``ended`` the wait, where not the last frame on which it was seen to
            go on. NaN is left out.
        ended: bool [N], whether the end of the wait was seen.
        videos: [N], the source video of each wait.
        horizon: in frames, at least 1.

    Returns:
        The mean, 0..``horizon``, NaN without a wait; its interval is by bootstrap over source videos.
    """
    known = np.isfinite(waits)
    if not known.any():
        return UNDEFINED
    members = codes(videos[known])
    count = int(members.max()) + 1
    weights = whole_and_resampled_weights(count)
    means = weighted_mean_waits(waits[known], ended[known], members, weights, horizon)
    return whole_and_resampled_estimate(means, count)


def weighted_mean_waits(
    waits: NDArray[np.float64],
    ended: NDArray[np.bool_],
    groups: NDArray[np.int64],
    weights: NDArray[np.float64],
    horizon: int,
) -> NDArray[np.float64]:
    """Return the mean of the waits, as ``restricted_mean_wait`` defines it, under each row of weights.

    Args:
        waits: float64 [N], finite.
        ended: bool [N].
        groups: int [N], the group (source video) of each wait, a column of ``weights``.
        weights: float64 [R, V], how often each group counts.
        horizon: in frames.

    Returns:
        float64 [R]; NaN where a row takes no wait.
    """
    frames = np.arange(horizon)
    member = np.zeros((weights.shape[1], len(waits)))
    member[groups, np.arange(len(waits))] = 1
    waiting = weights @ (member @ (waits[:, None] >= frames))
    over = weights @ (member @ ((waits[:, None] == frames) & ended[:, None]))
    goes_on = np.where(waiting > 0, ratio(waiting - over, waiting), 1.0)
    means = np.cumprod(goes_on, axis=1).sum(axis=1)
    return np.where(weights @ member.sum(axis=1) > 0, means, np.nan)
