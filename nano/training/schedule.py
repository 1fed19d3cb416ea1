"""The learning rate over the steps of a run."""

import math


def learning_rate(step: int, *, steps: int, peak: float, warm_up: int, hold: float) -> float:
    """Return the rate of a step, counted from 0.

    It rises linearly over ``warm_up`` steps, stays at ``peak`` until the share ``hold`` of all steps is done,
    then falls along half a cosine to 0 at the end.
    """
    if step < warm_up:
        return peak * (step + 1) / warm_up
    start = max(hold * steps, warm_up)
    if step < start:
        return peak
    progress = min(1.0, (step - start) / max(steps - start, 1))
    return peak * 0.5 * (1 + math.cos(math.pi * progress))
