"""How often 95 % intervals over source videos hold the truth, on simulated videos whose truth is known.

Values of a video share a level of their own, so that intervals over frames would be far too narrow. With 200
simulations and a coverage of 0.95 the share that is seen has a standard error of 0.015; the bands allow for
the bootstrap's own shortfall with few videos besides.
"""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from samscope.analysis.comparison.statistic import difference
from samscope.analysis.statistics.auroc import pooled_auroc, within_rows_auroc
from samscope.analysis.statistics.bootstrap import Estimate
from samscope.analysis.statistics.resampled import mean
from samscope.analysis.statistics.resampling_plan import plan_of_videos

SIMULATIONS = 200
VIDEOS, CLIPS, FRAMES = 12, 3, 4
LEVEL = 0.7
"""Standard deviation of a video's own level; that of the noise of its frames is 1."""

Simulated = Callable[[np.random.Generator], Estimate]

_VIDEO = np.repeat(np.arange(VIDEOS), CLIPS)
PLAN = plan_of_videos(_VIDEO)


def _coverage(simulated: Simulated, truth: float) -> float:
    found = [simulated(np.random.default_rng(seed)) for seed in range(SIMULATIONS)]
    return float(np.mean([one.low <= truth <= one.high for one in found]))


def _clips(rng: np.random.Generator, shift: float = 0.0, frames: int = FRAMES) -> NDArray[np.float64]:
    """Return [VIDEOS * CLIPS, frames], values that share their video's level."""
    levels = shift + LEVEL * rng.normal(size=VIDEOS)[_VIDEO]
    return np.asarray(levels[:, None] + rng.normal(size=(len(_VIDEO), frames)))


def _pooled(rng: np.random.Generator) -> Estimate:
    absent, other = _clips(rng, 1.0), _clips(rng, frames=3 * FRAMES)
    of_absent, of_other = (np.repeat(np.arange(len(_VIDEO)), values.shape[1]) for values in (absent, other))
    return pooled_auroc(absent.ravel(), of_absent, other.ravel(), of_other, PLAN).estimate


def _within(rng: np.random.Generator) -> Estimate:
    """Frames of both kinds share their video's level, and how far absence raises them differs by video."""
    level, raised = (LEVEL * rng.normal(size=VIDEOS)[_VIDEO][:, None] for _ in range(2))
    absent = level + 1.0 + raised + rng.normal(size=(len(_VIDEO), FRAMES))
    other = level + rng.normal(size=(len(_VIDEO), 3 * FRAMES))
    return within_rows_auroc(absent, other, PLAN).estimate


def _difference(rng: np.random.Generator, *, paired: bool) -> Estimate:
    """The second study is better by 0.3; paired studies share the videos' levels, others have their own."""
    level = LEVEL * rng.normal(size=VIDEOS)[_VIDEO]
    other_level = level if paired else LEVEL * rng.normal(size=VIDEOS)[_VIDEO]
    better = 0.3 + 0.3 * rng.normal(size=VIDEOS)[_VIDEO]
    one = level + better + 0.2 * rng.normal(size=len(_VIDEO))
    other = other_level + 0.2 * rng.normal(size=len(_VIDEO))
    return difference(mean(one, PLAN), mean(other, PLAN), paired=paired).difference


def test_auroc_of_all_clips_together() -> None:
    apart = norm.cdf(1 / np.sqrt(2 * (1 + LEVEL**2)))
    assert 0.89 <= _coverage(_pooled, float(apart)) <= 0.99


def test_auroc_within_clips() -> None:
    apart = norm.cdf(1 / np.sqrt(2 + LEVEL**2))
    assert 0.89 <= _coverage(_within, float(apart)) <= 0.99


@pytest.mark.parametrize("paired", [True, False])
def test_differences_of_two_studies(paired: bool) -> None:
    assert 0.89 <= _coverage(lambda rng: _difference(rng, paired=paired), 0.3) <= 0.99


def test_taking_frames_for_videos_would_not_do() -> None:
    def over_frames(rng: np.random.Generator) -> Estimate:
        absent, other = _clips(rng, 1.0), _clips(rng, frames=3 * FRAMES)
        frames = plan_of_videos(np.arange(absent.size + other.size))
        of_absent, of_other = np.arange(absent.size), absent.size + np.arange(other.size)
        return pooled_auroc(absent.ravel(), of_absent, other.ravel(), of_other, frames).estimate

    apart = norm.cdf(1 / np.sqrt(2 * (1 + LEVEL**2)))
    found = [over_frames(np.random.default_rng(seed)) for seed in range(10)]
    assert np.mean([one.low <= apart <= one.high for one in found]) < 0.85
