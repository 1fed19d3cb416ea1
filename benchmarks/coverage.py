"""How often intervals hold the truth, and how often a family of tests says what is not so, on planted clips.

    python -m benchmarks.coverage            # the tables of docs/statistics.md, some minutes on one core
    python -m benchmarks.coverage --quick    # the same with few simulations, in seconds

Clips are planted whose truth is known: a clip has its source video's level, its partner's where it has one,
and its own. ``before`` draws source videos alone again and takes percentiles, widened for few videos; ``now``
is what the package does. With N simulations a coverage of 0.95 has a standard error of 0.22 / sqrt(N).
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.auroc import pooled_auroc
from samscope.analysis.statistics.bootstrap import Estimate, percentile_interval, resample_weights
from samscope.analysis.statistics.decisions import holm, p_value
from samscope.analysis.statistics.kaplan_meier import restricted_mean_wait
from samscope.analysis.statistics.resampled import Resampled, resampled
from samscope.analysis.statistics.resampling_plan import Plan, plan_of_videos

Floats = NDArray[np.float64]

SPREAD = 0.7
"""Standard deviation of the videos' levels, and of their partners'; that of a frame's noise is 1."""

ABSENT, PRESENT = 4, 12
"""Frames of either kind in a clip."""

HORIZON = 12
"""In frames, of the waits."""

FAMILY = 6
"""Tests of a family."""

RESAMPLES = 400
"""Draws of the former intervals here; a thousand change the tables in the third digit."""


@dataclass(frozen=True)
class Design:
    """How many videos make how many clips; without partners each clip hangs on its source alone."""

    videos: int
    clips: int
    partners: int = 0

    def __str__(self) -> str:
        """Return it in words."""
        lent = f" x {self.partners} partners" if self.partners else ""
        return f"{self.videos} videos{lent}, {self.clips} clips"


DESIGNS = (
    *(Design(videos, 2 * videos) for videos in (4, 5, 8, 12, 30)),
    Design(8, 16, 8),
    Design(9, 48, 9),
    Design(12, 24, 12),
    Design(24, 24, 24),
    Design(50, 100, 50),
)


@dataclass(frozen=True, eq=False)
class Planted:
    """Clips of one simulation: their plan, and the levels of their sources and of both together."""

    plan: Plan
    source: Floats
    together: Floats


@dataclass(frozen=True, eq=False)
class Measured:
    """A statistic now, and what takes weights of clips [R, C] to it, for the intervals before."""

    now: Resampled
    under: Callable[[Floats], Floats]


def planted(design: Design, rng: np.random.Generator) -> Planted:
    """Plant clips whose partners, where there are any, are never their own sources."""
    source = np.arange(design.clips) % design.videos
    level = SPREAD * rng.normal(size=design.videos)[source]
    if not design.partners:
        return Planted(plan_of_videos(source), level, level)
    partner = (source + rng.integers(1, design.partners, size=design.clips)) % design.partners
    plan = plan_of_videos(source, [[str(name)] for name in partner])
    return Planted(plan, level, level + SPREAD * rng.normal(size=design.partners)[partner])


def pooled(raised: float) -> Callable[[Planted, np.random.Generator], Measured]:
    """Return the AUROC of absent frames that source and partner move, against others that the source does."""

    def measured(clips: Planted, rng: np.random.Generator) -> Measured:
        count = len(clips.source)
        absent = raised + clips.together[:, None] + rng.normal(size=(count, ABSENT))
        present = clips.source[:, None] + rng.normal(size=(count, PRESENT))
        of_absent, of_other = (np.repeat(np.arange(count), frames) for frames in (ABSENT, PRESENT))
        now = pooled_auroc(absent.ravel(), of_absent, present.ravel(), of_other, clips.plan)
        ordered = np.sort(present, axis=1)
        wins = np.stack([np.searchsorted(row, absent).sum(axis=1) for row in ordered], axis=1)

        def under(weights: Floats) -> Floats:
            won = ((weights @ wins) * weights).sum(axis=1)
            return ratio(won, weights.sum(axis=1) ** 2 * ABSENT * PRESENT)

        return Measured(now, under)

    return measured


def waits(clips: Planted, rng: np.random.Generator) -> Measured:
    """Return the mean wait, by Kaplan and Meier, of clips that end 5 to 11 frames after the return."""
    chance = 1 - np.exp(-np.exp(clips.together - 1.2))
    until, seen = rng.geometric(chance) - 1, rng.integers(5, HORIZON, size=len(chance))
    ended, observed = until <= seen, np.minimum(until, seen).astype(np.float64)
    frames = np.arange(HORIZON)
    waiting, over = observed[:, None] >= frames, (observed[:, None] == frames) & ended[:, None]

    def under(weights: Floats) -> Floats:
        still, done = weights @ waiting, weights @ over
        return np.asarray(
            np.cumprod(np.where(still > 0, ratio(still - done, still), 1.0), axis=1).sum(axis=1)
        )

    return Measured(restricted_mean_wait(observed, ended, clips.plan, HORIZON), under)


def rises(clips: Planted, rng: np.random.Generator) -> Measured:
    """Return how far a feature rises: a mean as a multiple of another one, as most claims measure it."""
    before = np.exp(0.3 * rng.normal(size=len(clips.source)))
    risen = before * np.exp(0.3 * clips.together + 0.1 * rng.normal(size=len(before)))
    plan = clips.plan
    now = resampled(
        ratio(plan.totals(risen), plan.totals(before)), plan, np.ones(len(before), dtype=np.bool_)
    )
    return Measured(now, lambda weights: (weights @ risen) / (weights @ before))


STATISTICS: dict[str, Callable[[Planted, np.random.Generator], Measured]] = {
    "AUROC, moderate": pooled(1.0),
    "AUROC, high": pooled(3.0),
    "Kaplan-Meier wait": waits,
    "rise of a feature": rises,
}


@cache
def truth(name: str, *, partners: bool) -> float:
    """Return what a statistic is over all videos that there could be."""
    of_frames = SPREAD**2 * (2 + partners) + 2
    if name.startswith("AUROC"):
        return float(norm.cdf({"AUROC, moderate": 1.0, "AUROC, high": 3.0}[name] / np.sqrt(of_frames)))
    deviation = SPREAD * np.sqrt(1 + partners)
    if name.startswith("rise"):
        return float(np.exp(((0.3 * deviation) ** 2 + 0.1**2) / 2))
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    hazard = np.exp(deviation * nodes - 1.2)[:, None]
    longer = np.exp(-hazard * (np.arange(HORIZON) + 1))
    return float((weights @ longer / weights.sum()).sum())


def before(measured: Measured, plan: Plan) -> Estimate:
    """Return the former interval: source videos drawn again, percentiles widened for few of them."""
    videos = int(plan.sources.max()) + 1
    drawn = measured.under(resample_weights(videos, RESAMPLES)[:, plan.sources])
    low, high = percentile_interval(drawn, videos)
    return Estimate(float(measured.now.value), float(low), float(high))


def coverage(simulations: int) -> list[list[str]]:
    """Return rows: a design, then for each statistic the coverage before and now, with misses by side."""
    rows = []
    for design in DESIGNS:
        row = [str(design)]
        for name, measure in STATISTICS.items():
            expected = truth(name, partners=bool(design.partners))
            sides = {"before": [0, 0], "now": [0, 0]}
            for seed in range(simulations):
                rng = np.random.default_rng([seed, design.videos, design.clips])
                clips = planted(design, rng)
                measured = measure(clips, rng)
                for kind, estimate in (
                    ("before", before(measured, clips.plan)),
                    ("now", measured.now.estimate),
                ):
                    sides[kind][0] += estimate.low > expected
                    sides[kind][1] += estimate.high < expected
            row += [
                f"{1 - sum(missed) / simulations:.2f} ({missed[0] / simulations:.2f} + "
                f"{missed[1] / simulations:.2f})"
                for missed in sides.values()
            ]
        rows.append(row)
    return rows


def wrong_verdicts(simulations: int) -> list[list[str]]:
    """Return rows: a design, then how often a family with nothing to find decides anything, three ways.

    Each of its tests holds an AUROC against what it truly is, so that any verdict is a wrong one. The tests
    share half of their clips' levels.
    """
    rows = []
    for design in DESIGNS:
        expected = truth("AUROC, moderate", partners=bool(design.partners))
        wrong = np.zeros(3)
        for seed in range(simulations):
            rng = np.random.default_rng([seed, design.videos, design.clips, 1])
            shared = planted(design, rng)
            former, p_values = [], []
            for _ in range(FAMILY):
                other_clips = planted(design, rng)
                mixed = Planted(
                    shared.plan,
                    (shared.source + other_clips.source) / np.sqrt(2),
                    (shared.together + _moved(other_clips, shared.plan, design, rng)) / np.sqrt(2),
                )
                measured = pooled(1.0)(mixed, rng)
                interval = before(measured, shared.plan)
                former.append(interval.low > expected or interval.high < expected)
                p_values.append(p_value(measured.now.estimate, expected))
            decided = [any(former), min(p_values) < 0.05, float(np.nanmin(holm(p_values))) < 0.05]
            wrong += np.array(decided, dtype=np.float64)
        rows.append([str(design), *(f"{share:.2f}" for share in wrong / simulations)])
    return rows


def _moved(clips: Planted, plan: Plan, design: Design, rng: np.random.Generator) -> Floats:
    """Return levels as ``clips`` has them, with new ones of the partners that the plan has."""
    if not design.partners:
        return clips.source
    return np.asarray(clips.source + SPREAD * rng.normal(size=design.partners)[plan.partners[:, 0]])


def table(columns: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Print both tables, and return them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--simulations", type=int, default=500, help="of each cell (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="20 simulations of each cell")
    options = parser.parse_args(arguments)
    simulations = 20 if options.quick else options.simulations
    covered, wrong = coverage(simulations), wrong_verdicts(max(simulations // 2, 10))
    names = [f"{name}, {kind}" for name in STATISTICS for kind in ("before", "now")]
    print(
        f"Coverage of 95 % intervals, {simulations} simulations; in brackets: interval too high + too low.\n"
    )
    print(table(["", *names], covered))
    print(f"\nFamilies of {FAMILY} tests with nothing to find: share with any verdict.\n")
    print(table(["", "before", "new intervals", "new intervals, Holm"], wrong))
    return {"coverage": covered, "wrong": wrong}


if __name__ == "__main__":
    main()
