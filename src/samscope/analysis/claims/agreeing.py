"""Claims about curves that agree: figure 17 and figure 28 (paper, 4.3.2 and A.2.5)."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.claims.claim import Claim, measured
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.limits import ALIKE, NOTHING
from samscope.analysis.claims.rises import Curve, agreement, controlled_curve, paper_curve
from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.resampled import Resampled, shared_partners, undefined

_SETS = ("clean", "interjection", "object_removal", "context_removal")
"""The sets whose curves the paper draws together."""


def agreeing_claims() -> Iterator[Claim]:
    """Yield the claims about which curves look alike, whatever their height."""
    yield _claim(
        "curves-agree-at-4",
        section="4.3.2",
        quote="the object removal dataset is nearly identical to the four-frame interjection dataset plot",
        sentence="At position 4 the curves of interjection and object removal are nearly alike but for their "
        "height.",
        statistic="their correlation over frames at position 4",
        of_curves=partial(_alike, number=4),
        threshold=ALIKE,
    )
    for number in (1, 2, 3, 5):
        yield _claim(
            f"curves-agree-more-at-4-than-at-{number}",
            section="4.3.2",
            quote="As such, the results of the object features are the cleanest",
            sentence="The curves of interjection and object removal are more alike at position 4 than at "
            f"position {number}.",
            statistic=f"their correlation over frames at position 4 less that at position {number}",
            of_curves=partial(_more_alike, number=number),
        )
    yield _claim(
        "curves-at-5-like-1-and-2",
        section="A.2.5",
        quote="The dataset plots in Figure 28 more closely align with positions 1 or 2",
        sentence="The curves of the sets at position 5 are more like those at positions 1 and 2 than like "
        "those at position 4.",
        statistic="mean correlation over sets and frames with positions 1 and 2, less that with position 4",
        of_curves=_memory_like_the_scene,
    )


def _more_alike(curve_of: Curve, number: int) -> Resampled:
    return _alike(curve_of, 4) - _alike(curve_of, number)


def _alike(curve_of: Curve, number: int) -> Resampled:
    return agreement(curve_of("interjection", number), curve_of("object_removal", number))


def _memory_like_the_scene(curve_of: Curve) -> Resampled:
    first, second, fourth, fifth = (_pattern(curve_of, number) for number in (1, 2, 4, 5))
    return (agreement(fifth, first) + agreement(fifth, second)) * 0.5 - agreement(fifth, fourth)


def _pattern(curve_of: Curve, number: int) -> Resampled:
    """Return the curves of all sets, each as multiples of its mean over the frames, one after the other."""
    curves = [curve_of(set_name, number) for set_name in _SETS]
    missing = next((curve.missing for curve in curves if curve.missing), "")
    if missing:
        return undefined(missing)
    return Resampled(
        np.concatenate([_scaled(curve.values) for curve in curves], axis=1),
        curves[0].roles,
        frozenset.intersection(*(curve.clips for curve in curves)),
        frozenset.intersection(*(curve.videos for curve in curves)),
        shared_partners(curves),
    )


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return curves [R, T] as multiples of their mean over the frames that have a value."""
    defined = np.isfinite(values)
    return ratio(values, ratio(np.where(defined, values, 0.0).sum(axis=1), defined.sum(axis=1))[:, None])


def _claim(
    claim_id: str,
    *,
    section: str,
    quote: str,
    sentence: str,
    statistic: str,
    of_curves: Callable[[Curve], Resampled],
    threshold: float = NOTHING,
) -> Claim:
    """Return a claim whose statistic is calculated from curves: the paper's, or controlled ones."""

    def paper(evidence: Evidence) -> Resampled:
        return of_curves(partial(paper_curve, evidence))

    def control(evidence: Evidence) -> Resampled:
        return of_curves(partial(controlled_curve, evidence))

    return Claim(
        claim_id,
        "curves-agree",
        section,
        quote,
        sentence,
        statistic,
        "above",
        threshold,
        lambda evidence: measured(paper(evidence)),
        lambda evidence: measured(control(evidence)),
    )
