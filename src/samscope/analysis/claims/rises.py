"""How far a set's short-term distance stands above what it was, as the paper has it and under the control."""

from collections.abc import Callable

import numpy as np

from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.levels import Part, curve, level
from samscope.analysis.claims.positions import PLACES, SHORT
from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.resampled import CORRELATION, Resampled, shared_partners, undefined
from samscope.records.schema import GAP_SET

Rise = Callable[[str, int, Part], Resampled]
"""Of a set, at a position's number, over a part of its clips: 1 where nothing rises."""

Curve = Callable[[str, int], Resampled]
"""Of a set, at a position's number, frame by frame."""


def paper_rise(evidence: Evidence, set_name: str, number: int, part: Part, column: str = SHORT) -> Resampled:
    """Return a feature's mean over a part of the clips as a multiple of its mean over the prefix.

    Both are means over the clips and frames together, as the paper's curves are.
    """
    position = PLACES[number]
    return level(evidence, set_name, position, column, part) / level(
        evidence, set_name, position, column, "prefix"
    )


def controlled_rise(evidence: Evidence, set_name: str, number: int, part: Part) -> Resampled:
    """Return a rise as a multiple of the one that references just as old bring to the clean clips."""
    return paper_rise(evidence, set_name, number, part) / paper_rise(
        evidence, _just_as_old(set_name), number, part
    )


def paper_curve(evidence: Evidence, set_name: str, number: int) -> Resampled:
    """Return the mean of the short-term distance, frame by frame."""
    return curve(evidence, set_name, PLACES[number], SHORT)


def controlled_curve(evidence: Evidence, set_name: str, number: int) -> Resampled:
    """Return that mean as a multiple of the one that references just as old bring to the clean clips."""
    position = PLACES[number]
    return curve(evidence, set_name, position, SHORT) / curve(
        evidence, _just_as_old(set_name), position, SHORT
    )


def agreement(curve: Resampled, other: Resampled) -> Resampled:
    """Return Pearson's correlation over the frames of two curves; their heights do not count.

    Frames on which either has no value are left out, and under a row of weights without any of its values, or
    with a curve that does not vary, the correlation is NaN.
    """
    if curve.missing or other.missing:
        return undefined(curve.missing or other.missing)
    both = np.isfinite(curve.values[0]) & np.isfinite(other.values[0])
    chosen = (resampled_curve.values[:, both] for resampled_curve in (curve, other))
    first, second = (values - ratio(values.sum(axis=1), both.sum())[:, None] for values in chosen)
    scale = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return Resampled(
        np.clip(ratio((first * second).sum(axis=1), scale), -1.0, 1.0),
        curve.roles,
        curve.clips & other.clips,
        curve.videos & other.videos,
        shared_partners([curve, other]),
        bounds=CORRELATION,
    )


def _just_as_old(set_name: str) -> str:
    """Return the clean clips whose references are as old as those of a set.

    Where the object stays in sight every frame becomes a reference, as in the clean clips themselves. (Held
    against ``clean_gap`` with untouched references, the return of the context would be compared with itself.)
    """
    return GAP_SET if set_name in ABSENT_SETS else "clean"
