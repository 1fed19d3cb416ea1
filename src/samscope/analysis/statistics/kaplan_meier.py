"""How long something takes that some clips end too early to see: the Kaplan-Meier estimate."""

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.resampled import Resampled, resampled, undefined
from samscope.analysis.statistics.resampling_plan import Plan


def restricted_mean_wait(
    waits: NDArray[np.float64], ended: NDArray[np.bool_], plan: Plan, horizon: int
) -> Resampled:
    """Return the mean of the waits, none taken as longer than a horizon, as a plan takes the clips.

    A wait is a whole number of frames. The mean of min(wait, horizon) is the sum over t = 0 .. horizon - 1 of
    S(t), the share of waits longer than t; S is the estimate of Kaplan and Meier (Nonparametric Estimation
    from Incomplete Observations, 1958), to which a clip counts as long as it is seen. Beyond the last frame
    that any clip is seen for, S stays level.

    Args:
        waits: float64 [C]; where it has ``ended`` the wait, where not the last frame on which it was seen to
            go on. NaN is left out.
        ended: bool [C], whether the end of the wait was seen.
        plan: for those clips.
        horizon: in frames, at least 1.

    Returns:
        The mean, 0..``horizon``, NaN where a row takes no wait; undefined where there is none.
    """
    defined = np.isfinite(waits)
    if not defined.any():
        return undefined("no clip has a wait")
    frames = np.arange(horizon)
    reached = np.where(defined, waits, -1)[:, None]
    waiting = plan.totals(reached >= frames)
    over = plan.totals((reached == frames) & ended[:, None])
    goes_on = np.where(waiting > 0, ratio(waiting - over, waiting), 1.0)
    means = np.where(plan.totals(defined) > 0, np.cumprod(goes_on, axis=1).sum(axis=1), np.nan)
    return resampled(means, plan, defined, bounds=(0.0, float(horizon)))
