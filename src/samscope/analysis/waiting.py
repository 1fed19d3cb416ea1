"""How long something takes that some clips end too early to see: the Kaplan-Meier estimate."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import CensoredData, ecdf

from samscope.analysis.arrays import codes
from samscope.analysis.bootstrap import UNDEFINED, Estimate, percentile_interval, resample_weights


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
    waits, ended = waits[known], ended[known]
    if not len(waits):
        return UNDEFINED
    members = codes(videos[known])
    count = int(members.max()) + 1
    value = _restricted_mean(waits, ended, horizon)
    drawn, of_resample = np.unique(resample_weights(count).astype(np.int64), axis=0, return_inverse=True)
    times = drawn[:, members]
    means = np.array([_restricted_mean(np.repeat(waits, of), np.repeat(ended, of), horizon) for of in times])
    low, high = percentile_interval(means[of_resample], count)
    return Estimate(value, float(low), float(high))


def _restricted_mean(waits: NDArray[np.float64], ended: NDArray[np.bool_], horizon: int) -> float:
    longer = ecdf(CensoredData(uncensored=waits[ended], right=waits[~ended])).sf
    return float(longer.evaluate(np.arange(horizon)).sum())
