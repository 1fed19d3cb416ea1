"""Claims about how well absent frames stand apart: figures 18 to 30 (paper, A.1 and A.2)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from samscope.analysis.absence.contrasts import Against
from samscope.analysis.absence.detectors import COMBINATION
from samscope.analysis.claims.aurocs import AT_ONSET, BEST_SINGLE, AurocKey
from samscope.analysis.claims.beside_twin import AgainstTwin, against_twin
from samscope.analysis.claims.claim import (
    Claim,
    Definition,
    HoldsIf,
    Measure,
    MeasureAgainstTwin,
    Measured,
    measured,
)
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.limits import CHANCE, EXTREMELY_SEPARABLE, INSEPARABLE, NOTHING
from samscope.analysis.claims.positions import PAPER_SPREAD, STEADY_SPREAD, paper_column
from samscope.analysis.statistics.resampled import Resampled, undefined
from samscope.observation.kinds import Spread
from samscope.records.schema import GAP_SET

Auroc = Callable[[str, int, str], Resampled]
"""Of a set's absent frames, at a position's number, by a score of ``claims.aurocs``."""

_SHORT_NAMES = {"interjection": "interjection", "object_removal": "removal"}
_IN_WORDS = {"interjection": "interjected frames", "object_removal": "frames with the object removed"}

_COMPLETELY = {
    3: "by linearly combining the features, both the four-frame interjection and object removal datasets "
    "should be completely separable",
    4: "When linearly combining the available features, both the four-frame interjection and object removal "
    "datasets should be completely separable",
}
_STEPS = {
    2: ("A.2.2", "linearly combining these features results in a far more separable solution"),
    3: ("A.2.3", "the interjection region is now significantly more separable"),
    4: ("A.2.4", "the interjection frames in the object pointer space are extremely separable"),
}
_HELPS = {
    1: "are increasingly separable when using a linear combination of the three features",
    2: "Although the features are still not fully separable individually, linearly combining these features "
    "results in a far more separable solution",
}


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
    for set_name, number in (("interjection", 1), ("interjection", 2), ("object_removal", 2)):
        yield _combination_helps(set_name, number)
    for set_name in _SHORT_NAMES:
        yield _ratio_improves(set_name)


def _at_first() -> Iterator[Claim]:
    claim = partial(_auroc_claim, family="separability-at-1", section="A.2.1")
    yield claim(
        "interjection-slightly-separable-at-1",
        quote="the four-frame interjection plot regions are slightly separable",
        sentence="At position 1 interjected frames are slightly separable.",
        statistic="AUROC of the combination with interjection at position 1",
        of_aurocs=lambda auroc: auroc("interjection", 1, COMBINATION),
        threshold=CHANCE,
    )
    yield _margin_claim(
        "interjection-not-fully-separable-at-1",
        family="separability-at-1",
        section="A.2.1",
        quote="they are not fully separable at this stage",
        sentence="They are not fully separable there.",
        set_name="interjection",
        number=1,
        holds_if="below",
    )
    yield claim(
        "removal-inseparable-at-1",
        quote="The object removal dataset plot region are completely inseparable at this stage",
        sentence="At position 1 frames with the object removed are inseparable from the others.",
        statistic="AUROC of the combination with object removal at position 1",
        of_aurocs=lambda auroc: auroc("object_removal", 1, COMBINATION),
        holds_if="below",
        threshold=INSEPARABLE,
    )


def _steps(set_name: str) -> Iterator[Claim]:
    claim = partial(_auroc_claim, family="separability-grows")
    short, words = _SHORT_NAMES[set_name], _IN_WORDS[set_name]
    for number, (section, quote) in _STEPS.items():
        yield claim(
            f"{short}-separability-grows-{number - 1}-to-{number}",
            section=section,
            quote=quote,
            sentence=f"{words.capitalize()} are more separable at position {number} than at "
            f"position {number - 1}.",
            statistic=f"AUROC of the combination at position {number} less that at position {number - 1}",
            of_aurocs=partial(_step, set_name=set_name, more=number, less=number - 1),
        )
    yield claim(
        f"{short}-separability-falls-at-5",
        section="A.2.5",
        quote="the memory feature space shows results that are significantly worse than those of the object "
        "pointer",
        sentence=f"{words.capitalize()} are less separable at position 5 than at position 4.",
        statistic="AUROC of the combination at position 4 less that at position 5",
        of_aurocs=partial(_step, set_name=set_name, more=4, less=5),
    )
    yield claim(
        f"{short}-somewhat-separable-at-5",
        section="A.2.5",
        quote="are somewhat separable but not nearly as separable at the object pointer",
        sentence=f"{words.capitalize()} are somewhat separable at position 5.",
        statistic="AUROC of the combination at position 5",
        of_aurocs=lambda auroc: auroc(set_name, 5, COMBINATION),
        threshold=CHANCE,
    )


def _step(auroc: Auroc, set_name: str, more: int, less: int) -> Resampled:
    return auroc(set_name, more, COMBINATION) - auroc(set_name, less, COMBINATION)


def _scene_told_more_easily(number: int) -> Claim:
    return _auroc_claim(
        f"interjection-more-separable-than-removal-at-{number}",
        family="scene-and-object",
        section="A.2.2",
        quote="As in position 1, the four-frame interjection dataset is much more separable than the object "
        "removal dataset",
        sentence=f"At position {number} interjected frames are more separable than frames with the object "
        "removed: the scene still counts.",
        statistic="AUROC of the combination with interjection less that with object removal",
        of_aurocs=lambda auroc: (
            auroc("interjection", number, COMBINATION) - auroc("object_removal", number, COMBINATION)
        ),
    )


def _combination_helps(set_name: str, number: int) -> Claim:
    return _auroc_claim(
        f"combination-helps-at-{number}" + ("" if set_name == "interjection" else "-with-removal"),
        family="combination",
        section=f"A.2.{number}",
        quote=_HELPS[number],
        sentence=f"At position {number} {_IN_WORDS[set_name]} are more separable by a linear combination of "
        "the features than by any of them.",
        statistic="AUROC of the combination less that of the best single feature, both fitted and chosen on "
        f"other source videos, with {set_name.replace('_', ' ')}",
        of_aurocs=lambda auroc: auroc(set_name, number, COMBINATION) - auroc(set_name, number, BEST_SINGLE),
    )


def _ratio_improves(set_name: str) -> Claim:
    return _auroc_claim(
        "ratio-improves-on-distance" + ("" if set_name == "interjection" else "-with-removal"),
        family="combination",
        section="A.1.2",
        quote="less similar to the original video than the original video is to itself, thus improving the "
        "classification accuracy",
        sentence=f"The ratio of a distance to the one before tells the first of the {_IN_WORDS[set_name]} "
        "better than the distance itself.",
        statistic="AUROC of the short-term ratio less that of the short-term distance at position 1, first "
        f"frames without the object against those before, with {set_name.replace('_', ' ')}",
        of_aurocs=lambda auroc: auroc(set_name, 1, AT_ONSET["ratio"]) - auroc(set_name, 1, AT_ONSET["short"]),
        rests_on_variance=False,
    )


def _extremely(set_name: str) -> Claim:
    return _auroc_claim(
        f"{_SHORT_NAMES[set_name]}-extremely-separable-at-4",
        family="separability-complete",
        section="A.2.4",
        quote="extremely separable, even without a linear combination of features",
        sentence=f"At position 4 {_IN_WORDS[set_name]} are extremely separable, even by a single feature.",
        statistic="AUROC of the best single feature at position 4, chosen on other source videos",
        of_aurocs=lambda auroc: auroc(set_name, 4, BEST_SINGLE),
        threshold=EXTREMELY_SEPARABLE,
    )


def _completely(set_name: str, number: int) -> Claim:
    return _margin_claim(
        f"{_SHORT_NAMES[set_name]}-completely-separable-at-{number}",
        family="separability-complete",
        section={3: "A.2.3", 4: "A.2.4"}[number],
        quote=_COMPLETELY[number],
        sentence=f"At position {number} {_IN_WORDS[set_name]} are completely separable by the combination.",
        set_name=set_name,
        number=number,
    )


def _auroc_claim(
    claim_id: str,
    *,
    family: str,
    section: str,
    quote: str,
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

    def measure(against: Against, spread: Spread) -> Measure:
        return lambda evidence: measured(of_aurocs(_aurocs(evidence, evidence.aurocs, against, spread)))

    bare = Claim(
        claim_id,
        family,
        section,
        quote,
        sentence,
        statistic,
        holds_if,
        threshold,
        measure("present", PAPER_SPREAD),
        measure(GAP_SET, PAPER_SPREAD),
        against_twin={
            "paper": _against_twin(of_aurocs, "present"),
            "gap control": _against_twin(of_aurocs, GAP_SET),
        },
    )
    return _steadied(bare, measure) if rests_on_variance else bare


def _margin_claim(
    claim_id: str,
    *,
    family: str,
    section: str,
    quote: str,
    sentence: str,
    set_name: str,
    number: int,
    holds_if: HoldsIf = "above",
) -> Claim:
    """Return a claim about whether one threshold parts all absent frames from all others."""

    def measure(against: Against, spread: Spread) -> Measure:
        return lambda evidence: _margin(evidence, set_name, against, number, spread)

    bare = Claim(
        claim_id,
        family,
        section,
        quote,
        sentence,
        "lowest score of an absent frame less the highest of any other, in pooled standard deviations, by "
        f"the combination with {set_name.replace('_', ' ')} at position {number}; between what it becomes "
        "without any one video",
        holds_if,
        NOTHING,
        measure("present", PAPER_SPREAD),
        measure(GAP_SET, PAPER_SPREAD),
    )
    return _steadied(bare, measure)


def _steadied(claim: Claim, measure: Callable[[Against, Spread], Measure]) -> Claim:
    """Return a claim that decides nothing by the variance without a floor alone."""
    steadier: dict[Definition, Measure] = {
        "paper": measure("present", STEADY_SPREAD),
        "gap control": measure(GAP_SET, STEADY_SPREAD),
    }
    return replace(claim, steadier=steadier)


def _margin(evidence: Evidence, set_name: str, against: Against, number: int, spread: Spread) -> Measured:
    auroc = _aurocs(evidence, evidence.aurocs, against, spread)(set_name, number, COMBINATION)
    if auroc.missing:
        return measured(auroc)
    return Measured(
        evidence.margins[set_name, against, number, spread],
        len(auroc.videos),
        len(auroc.clips),
        partners=len(auroc.partners),
        ranges=True,
    )


def _against_twin(of_aurocs: Callable[[Auroc], Resampled], against: Against) -> MeasureAgainstTwin:
    def measure(evidence: Evidence) -> AgainstTwin | None:
        beside = evidence.beside_twin
        if beside is None:
            return None
        model, twin = (
            of_aurocs(_aurocs(evidence, aurocs, against, PAPER_SPREAD))
            for aurocs in (beside.model, beside.twin)
        )
        return against_twin(model, twin)

    return measure


def _aurocs(
    evidence: Evidence, aurocs: Mapping[AurocKey, Resampled], against: Against, spread: Spread
) -> Auroc:
    def auroc(set_name: str, number: int, score: str) -> Resampled:
        resampled_auroc = aurocs.get((set_name, against, number, score, spread))
        return (
            undefined(_why_none(evidence, set_name, number, score))
            if resampled_auroc is None
            else resampled_auroc
        )

    return auroc


def _why_none(evidence: Evidence, set_name: str, number: int, score: str) -> str:
    told = f"there is no AUROC of the {score} with {set_name} at position {number}"
    long = paper_column("long")
    if score in ("long", COMBINATION, BEST_SINGLE) and evidence.study.features[long].isna().all():
        return f"{told}: records of an older version have no {long}; run the study again"
    return told
