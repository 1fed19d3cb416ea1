"""Claims about how well absent frames stand apart: figures 18 to 30 (paper, A.1 and A.2)."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from samscope.analysis.claims.aurocs import AurocKey
from samscope.analysis.claims.beside_twin import AgainstTwin, against_twin
from samscope.analysis.claims.claim import Claim, HoldsIf, Measure, MeasureAgainstTwin, measured
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.limits import (
    CHANCE,
    COMPLETELY_SEPARABLE,
    EXTREMELY_SEPARABLE,
    INSEPARABLE,
    NOTHING,
)
from samscope.analysis.claims.places import PAPER_SPREAD, STEADY_SPREAD, paper_column
from samscope.analysis.contrasts import Against
from samscope.analysis.measurements import FEATURES, Spread
from samscope.analysis.resampled import Resampled, undefined
from samscope.analysis.ways import COMBINATION

Auroc = Callable[[str, int, str], Resampled]
"""Of a set's absent frames, at a position's number, by a feature or the combination."""

_SHORT_NAMES = {"interjection": "interjection", "object_removal": "removal"}
_IN_WORDS = {"interjection": "interjected frames", "object_removal": "frames with the object removed"}


def separable_claims() -> Iterator[Claim]:
    """Yield the claims about telling absent frames from the features at each position."""
    yield from _at_first()
    for set_name in _SHORT_NAMES:
        yield from _steps(set_name)
    for number in (1, 2):
        yield _scene_told_more_easily(number)
    for set_name in _SHORT_NAMES:
        yield _extremely(set_name)
        for number in (3, 4):
            yield _completely(set_name, number)
    for number in (1, 2):
        yield _combination_helps(number)
    yield _claim(
        "ratio-improves-on-distance",
        family="combination",
        section="A.1.2",
        sentence="The ratio of a distance to the one before tells interjected frames better than itself.",
        statistic="AUROC of the short-term ratio less that of the short-term distance, with interjection at "
        "position 1",
        of_aurocs=lambda auroc: auroc("interjection", 1, "ratio") - auroc("interjection", 1, "short"),
        rests_on_variance=False,
    )


def _at_first() -> Iterator[Claim]:
    claim = partial(_claim, family="separability-at-1", section="A.2.1")
    yield claim(
        "interjection-slightly-separable-at-1",
        sentence="At position 1 interjected frames are slightly separable.",
        statistic="AUROC of the combination with interjection at position 1",
        of_aurocs=lambda auroc: auroc("interjection", 1, COMBINATION),
        threshold=CHANCE,
    )
    yield claim(
        "interjection-not-fully-separable-at-1",
        sentence="They are not fully separable there.",
        statistic="AUROC of the combination with interjection at position 1",
        of_aurocs=lambda auroc: auroc("interjection", 1, COMBINATION),
        holds_if="below",
        threshold=COMPLETELY_SEPARABLE,
    )
    yield claim(
        "removal-inseparable-at-1",
        sentence="At position 1 frames with the object removed are inseparable from the others.",
        statistic="AUROC of the combination with object removal at position 1",
        of_aurocs=lambda auroc: auroc("object_removal", 1, COMBINATION),
        holds_if="below",
        threshold=INSEPARABLE,
    )


def _steps(set_name: str) -> Iterator[Claim]:
    claim = partial(_claim, family="separability-grows")
    short = _SHORT_NAMES[set_name]
    for number, section in ((2, "A.2.2"), (3, "A.2.3"), (4, "A.2.4")):
        yield claim(
            f"{short}-separability-grows-{number - 1}-to-{number}",
            section=section,
            sentence=f"{_IN_WORDS[set_name].capitalize()} are more separable at position {number} than at "
            f"position {number - 1}.",
            statistic=f"AUROC of the combination at position {number} less that at position {number - 1}",
            of_aurocs=partial(_step, set_name=set_name, more=number, less=number - 1),
        )
    yield claim(
        f"{short}-separability-falls-at-5",
        section="A.2.5",
        sentence=f"{_IN_WORDS[set_name].capitalize()} are less separable at position 5 than at position 4.",
        statistic="AUROC of the combination at position 4 less that at position 5",
        of_aurocs=partial(_step, set_name=set_name, more=4, less=5),
    )


def _step(auroc: Auroc, set_name: str, more: int, less: int) -> Resampled:
    return auroc(set_name, more, COMBINATION) - auroc(set_name, less, COMBINATION)


def _scene_told_more_easily(number: int) -> Claim:
    return _claim(
        f"interjection-more-separable-than-removal-at-{number}",
        family="scene-and-object",
        section="A.2.2",
        sentence=f"At position {number} interjected frames are more separable than frames with the object "
        "removed: the scene still counts.",
        statistic="AUROC of the combination with interjection less that with object removal",
        of_aurocs=lambda auroc: (
            auroc("interjection", number, COMBINATION) - auroc("object_removal", number, COMBINATION)
        ),
    )


def _combination_helps(number: int) -> Claim:
    return _claim(
        f"combination-helps-at-{number}",
        family="combination",
        section=f"A.2.{number}",
        sentence=f"At position {number} interjected frames are more separable by a linear combination of the "
        "features than by any of them.",
        statistic="AUROC of the combination less that of the best single feature, with interjection",
        of_aurocs=lambda auroc: (
            auroc("interjection", number, COMBINATION) - _best(auroc, "interjection", number)
        ),
    )


def _extremely(set_name: str) -> Claim:
    return _claim(
        f"{_SHORT_NAMES[set_name]}-extremely-separable-at-4",
        family="separability-complete",
        section="A.2.4",
        sentence=f"At position 4 {_IN_WORDS[set_name]} are extremely separable, even by a single feature.",
        statistic="AUROC of the best single feature at position 4",
        of_aurocs=lambda auroc: _best(auroc, set_name, 4),
        threshold=EXTREMELY_SEPARABLE,
    )


def _completely(set_name: str, number: int) -> Claim:
    return _claim(
        f"{_SHORT_NAMES[set_name]}-completely-separable-at-{number}",
        family="separability-complete",
        section={3: "A.2.3", 4: "A.2.4"}[number],
        sentence=f"At position {number} {_IN_WORDS[set_name]} are completely separable by the combination.",
        statistic=f"AUROC of the combination at position {number}",
        of_aurocs=lambda auroc: auroc(set_name, number, COMBINATION),
        threshold=COMPLETELY_SEPARABLE,
    )


def _best(auroc: Auroc, set_name: str, number: int) -> Resampled:
    """Return the AUROC of the feature whose AUROC over all clips is highest; the choice is not resampled."""
    known = [auroc(set_name, number, feature) for feature in FEATURES]
    return max(known, key=lambda of: float(np.nan_to_num(of.values[0], nan=-1.0)))


def _claim(
    claim_id: str,
    *,
    family: str,
    section: str,
    sentence: str,
    statistic: str,
    of_aurocs: Callable[[Auroc], Resampled],
    holds_if: HoldsIf = "above",
    threshold: float = NOTHING,
    rests_on_variance: bool = True,
) -> Claim:
    """Return a claim whose statistic is calculated from AUROCs, against either side of the contrast.

    It ``rests_on_variance`` unless it takes neither the long distance nor what is combined with it.
    """
    return Claim(
        claim_id,
        family,
        section,
        sentence,
        statistic,
        holds_if,
        threshold,
        _measure(of_aurocs, "present", PAPER_SPREAD),
        _measure(of_aurocs, "clean_gap", PAPER_SPREAD),
        steadier={
            "paper": _measure(of_aurocs, "present", STEADY_SPREAD),
            "gap control": _measure(of_aurocs, "clean_gap", STEADY_SPREAD),
        }
        if rests_on_variance
        else {},
        against_twin={
            "paper": _against_twin(of_aurocs, "present"),
            "gap control": _against_twin(of_aurocs, "clean_gap"),
        },
    )


def _measure(of_aurocs: Callable[[Auroc], Resampled], against: Against, spread: Spread) -> Measure:
    return lambda evidence: measured(of_aurocs(_aurocs(evidence, evidence.aurocs, against, spread)))


def _against_twin(of_aurocs: Callable[[Auroc], Resampled], against: Against) -> MeasureAgainstTwin:
    def measure(evidence: Evidence) -> AgainstTwin | None:
        beside = evidence.beside_twin
        if beside is None:
            return None
        model, twin = (
            of_aurocs(_aurocs(evidence, known, against, PAPER_SPREAD))
            for known in (beside.model, beside.twin)
        )
        return against_twin(model, twin)

    return measure


def _aurocs(
    evidence: Evidence, known: Mapping[AurocKey, Resampled], against: Against, spread: Spread
) -> Auroc:
    def auroc(set_name: str, number: int, score: str) -> Resampled:
        found = known.get((set_name, against, number, score, spread))
        return undefined(_why_none(evidence, set_name, number, score)) if found is None else found

    return auroc


def _why_none(evidence: Evidence, set_name: str, number: int, score: str) -> str:
    told = f"there is no AUROC of the {score} with {set_name} at position {number}"
    long = paper_column("long")
    if score in ("long", COMBINATION) and evidence.study.features[long].isna().all():
        return f"{told}: records of an older version have no {long}; run the study again"
    return told
