"""A claim of the paper, what was measured for it, and what follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from samscope.analysis.claims.beside_twin import AgainstTwin
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.limits import LEAST_VIDEOS
from samscope.analysis.statistics.bootstrap import LEVEL, Estimate
from samscope.analysis.statistics.decisions import holm, p_value, videos_needed
from samscope.analysis.statistics.resampled import Resampled

Verdict = Literal["holds", "fails", "undecided", "too few videos"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

Definition = Literal["paper", "gap control"]
DEFINITIONS: tuple[Definition, ...] = get_args(Definition)
"""``paper``: features, references, spread (variance) and comparison as the paper has them. ``gap control``:
the same beside clean clips whose references are just as old: ``clean_gap`` for sets whose object goes, and
the clean clips as they are for those that show it throughout."""

HoldsIf = Literal["above", "below", "within"]
"""Where the statistic lies if the claim is true; ``within``: between minus and plus the threshold."""


@dataclass(frozen=True)
class Measured:
    """A claim's statistic on a study.

    Attributes:
        estimate: the statistic with its 95 % interval (over source and partner videos); NaN where the records
            do not define it.
        videos: source videos that every part of it rests on.
        clips: clips that it rests on.
        doubt: why it cannot decide the claim whatever it is; empty where it can.
        partners: partner videos that it rests on; 0 where it hangs on none.
        ranges: the ends beside it are no interval of chance, but what it becomes without any one video: it
            has no p-value, and is no test of its family's.
    """

    estimate: Estimate
    videos: int
    clips: int
    doubt: str = ""
    partners: int = 0
    ranges: bool = False

    @property
    def fewest(self) -> int:
        """Source or partner videos, whichever are fewer."""
        return min(self.videos, self.partners) if self.partners else self.videos


def measured(statistic: Resampled, doubt: str = "") -> Measured:
    """Return what was measured from a statistic, ``values`` [1 + R]."""
    return Measured(
        statistic.estimate,
        len(statistic.videos),
        len(statistic.clips),
        doubt or statistic.missing,
        len(statistic.partners),
    )


Measure = Callable[[Evidence], Measured]
MeasureAgainstTwin = Callable[[Evidence], AgainstTwin | None]


@dataclass(frozen=True)
class Claim:
    """A claim of the paper as a test.

    Attributes:
        id: its name, unique.
        family: the claims that it belongs with: together they are one thing that the paper says.
        section: where the paper says it.
        quote: what it says, in the paper's words.
        sentence: the same in ours, as what is tested.
        statistic: what is measured.
        holds_if: where the statistic lies if the claim is true.
        threshold: a constant of ``claims.limits``.
        paper: measures it as the paper defines it.
        gap_control: measures it under the gap control; None where that control has no meaning.
        no_control: why there is none; empty where there is one.
        steadier: where the statistic rests on the variance without a floor, the same with a floor, for each
            definition: that variance is unstable, and decides nothing that the other does not. Else empty.
        never_fails: why no number refutes it; empty where one can.
        against_twin: of a statistic that is calculated from AUROCs, how far it is beyond the random twin's,
            for each definition; it is told beside the verdict, which is about what the paper says.
    """

    id: str
    family: str
    section: str
    quote: str
    sentence: str
    statistic: str
    holds_if: HoldsIf
    threshold: float
    paper: Measure
    gap_control: Measure | None = None
    no_control: str = ""
    steadier: Mapping[Definition, Measure] = field(default_factory=dict)
    never_fails: str = ""
    against_twin: Mapping[Definition, MeasureAgainstTwin] = field(default_factory=dict)

    @property
    def refuted_by(self) -> str:
        """What would refute it."""
        if self.never_fails:
            return f"nothing here: {self.never_fails}"
        limit = f"{self.threshold:g}"
        if self.holds_if == "within":
            return f"an interval wholly beyond {limit} or -{limit}"
        return f"an interval wholly {'below' if self.holds_if == 'above' else 'above'} {limit}"

    def answer(self, evidence: Evidence, definition: Definition) -> "Answer":
        """Test the claim on a study, by itself.

        Args:
            evidence: what was gathered from the study's records.
            definition: the paper's, or under the gap control.
        """
        return answer_family([self], evidence, definition)[0]


@dataclass(frozen=True)
class Answer:
    """What a study says of a claim.

    Attributes:
        claim: the claim.
        definition: how it was tested.
        measured: the numbers; None where this definition has no meaning for the claim.
        verdict: what follows from them; None likewise.
        reason: why it is undecided, or has no verdict; empty where it holds or fails.
        p: how often the statistic would lie as far from the threshold, were that the truth; NaN where it is
            not tested.
        p_family: the same by Holm's procedure for all tests of the family together; it decides.
    """

    claim: Claim
    definition: Definition
    measured: Measured | None
    verdict: Verdict | None
    reason: str
    p: float = np.nan
    p_family: float = np.nan


def answer_family(claims: Sequence[Claim], evidence: Evidence, definition: Definition) -> list[Answer]:
    """Test the claims of a family together, so that all of them err in one study of twenty.

    Args:
        claims: of one family.
        evidence: what was gathered from the study's records.
        definition: the paper's, or under the gap control.
    """
    measures = [claim.paper if definition == "paper" else claim.gap_control for claim in claims]
    measured = [None if measure is None else measure(evidence) for measure in measures]
    p_values = [
        np.nan if own is None else p_of(own, claim.holds_if, claim.threshold)
        for claim, own in zip(claims, measured, strict=True)
    ]
    answers = []
    for claim, own, p, p_family in zip(claims, measured, p_values, holm(p_values), strict=True):
        if own is None:
            answers.append(Answer(claim, definition, None, None, claim.no_control))
            continue
        verdict, reason = decide(own, claim.holds_if, claim.threshold)
        if verdict in ("holds", "fails") and p_family > 1 - LEVEL:
            tests = int(np.isfinite(p_values).sum())
            verdict, reason = (
                "undecided",
                (
                    f"its own interval leaves the threshold out, but {tests} tests of this kind are made at "
                    f"once, and one of them may by chance (Holm, p {p_family:.2g})"
                ),
            )
        if verdict == "fails" and claim.never_fails:
            verdict, reason = "undecided", claim.never_fails
        steadier = claim.steadier.get(definition)
        if verdict in ("holds", "fails") and steadier is not None:
            with_floor, why = decide(steadier(evidence), claim.holds_if, claim.threshold)
            if with_floor != verdict:
                told = why or f"it {with_floor}"
                verdict, reason = (
                    "undecided",
                    (
                        f"it {verdict} by the variance without a floor alone, which is unstable; "
                        f"with one {told}"
                    ),
                )
        answers.append(Answer(claim, definition, own, verdict, reason, p, float(p_family)))
    return answers


def p_of(measured: Measured, holds_if: HoldsIf, threshold: float) -> float:
    """Return the p-value of what a claim's numbers would decide; NaN where they can decide nothing.

    For ``within`` it is the larger one of both ends where the value lies between them.
    """
    estimate = measured.estimate
    if measured.ranges or measured.doubt or measured.fewest < LEAST_VIDEOS or not np.isfinite(estimate.value):
        return np.nan
    if holds_if != "within":
        return p_value(estimate, threshold)
    ends = p_value(estimate, -threshold), p_value(estimate, threshold)
    if abs(estimate.value) <= threshold:
        return max(ends)
    return ends[1] if estimate.value > threshold else ends[0]


def decide(measured: Measured, holds_if: HoldsIf, threshold: float) -> tuple[Verdict, str]:
    """Return the verdict that numbers allow by themselves, and the reason where it is neither of both.

    A claim holds where the whole interval is on its side of the threshold, and fails where the whole of it is
    on the other.
    """
    estimate = measured.estimate
    if not np.isfinite(estimate.value):
        return "undecided", measured.doubt or "the records do not define it"
    if measured.fewest < LEAST_VIDEOS:
        return "too few videos", measured.doubt or f"{_counted(measured)}; {LEAST_VIDEOS} are needed"
    if measured.doubt:
        return "undecided", measured.doubt
    if not estimate.has_interval:
        return "undecided", "there is no interval"
    low, high = estimate.low, estimate.high
    if holds_if == "within":
        holds, fails = -threshold <= low and high <= threshold, low > threshold or high < -threshold
    elif holds_if == "above":
        holds, fails = low > threshold, high < threshold
    else:
        holds, fails = high < threshold, low > threshold
    if holds or fails:
        return ("holds" if holds else "fails"), ""
    if measured.ranges:
        reason = "it hangs on one video, without which it is on the other side of the threshold"
    else:
        reason = f"the interval spans the threshold{_would_do(measured, holds_if, threshold)}"
    return "undecided", reason


def _counted(measured: Measured) -> str:
    kinds = [("source", measured.videos), *([("partner", measured.partners)] if measured.partners else [])]
    return " and ".join(f"{count} {kind} video{'' if count == 1 else 's'}" for kind, count in kinds)


def _would_do(measured: Measured, holds_if: HoldsIf, threshold: float) -> str:
    """Say how many videos would decide it, were the value to stay what it is."""
    ends = (-threshold, threshold) if holds_if == "within" else (threshold,)
    needed = [videos_needed(measured.estimate, end, measured.fewest) for end in ends]
    if None in needed:
        return ""
    both = "source and partner videos" if measured.partners else "source videos"
    return f"; some {max(count or 0 for count in needed)} {both} would decide it, were the value to stay"
