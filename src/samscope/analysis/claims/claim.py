"""A claim of the paper, what was measured for it, and what follows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from samscope.analysis.bootstrap import Estimate
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.limits import LEAST_VIDEOS
from samscope.analysis.resampled import Resampled

Verdict = Literal["holds", "fails", "undecided"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

Definition = Literal["paper", "gap control"]
DEFINITIONS: tuple[Definition, ...] = get_args(Definition)
"""``paper``: features, references, spread (variance) and comparison as the paper has them. ``gap control``:
the same beside clean clips whose references are just as old."""

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
    """

    estimate: Estimate
    videos: int
    clips: int
    doubt: str = ""


def measured(statistic: Resampled, doubt: str = "") -> Measured:
    """Return what was measured from a statistic, ``values`` [1 + R]."""
    return Measured(
        statistic.estimate, len(statistic.videos), len(statistic.clips), doubt or statistic.missing
    )


Measure = Callable[[Evidence], Measured]


@dataclass(frozen=True)
class Claim:
    """A claim of the paper as a test.

    Attributes:
        id: its name, unique.
        family: the claims that it belongs with: together they are one thing that the paper says.
        section: where the paper says it.
        sentence: what it says, in our words.
        statistic: what is measured.
        holds_if: where the statistic lies if the claim is true.
        threshold: a constant of ``claims.limits``.
        paper: measures it as the paper defines it.
        gap_control: measures it under the gap control; None where that control has no meaning.
        no_control: why there is none; empty where there is one.
    """

    id: str
    family: str
    section: str
    sentence: str
    statistic: str
    holds_if: HoldsIf
    threshold: float
    paper: Measure
    gap_control: Measure | None = None
    no_control: str = ""

    def answer(self, evidence: Evidence, definition: Definition) -> "Answer":
        """Test the claim on a study.

        Args:
            evidence: what was gathered from the study's records.
            definition: the paper's, or under the gap control.
        """
        measure = self.paper if definition == "paper" else self.gap_control
        if measure is None:
            return Answer(self, definition, None, None, self.no_control)
        measured = measure(evidence)
        verdict, reason = decide(measured, self.holds_if, self.threshold)
        return Answer(self, definition, measured, verdict, reason)


@dataclass(frozen=True)
class Answer:
    """What a study says of a claim.

    Attributes:
        claim: the claim.
        definition: how it was tested.
        measured: the numbers; None where this definition has no meaning for the claim.
        verdict: what follows from them; None likewise.
        reason: why it is undecided, or has no verdict; empty where it holds or fails.
    """

    claim: Claim
    definition: Definition
    measured: Measured | None
    verdict: Verdict | None
    reason: str


def decide(measured: Measured, holds_if: HoldsIf, threshold: float) -> tuple[Verdict, str]:
    """Return the verdict that numbers allow, and for ``undecided`` the reason.

    A claim holds where the whole interval is on its side of the threshold, and fails where the whole of it is
    on the other.
    """
    estimate = measured.estimate
    if not np.isfinite(estimate.value):
        return "undecided", measured.doubt or "the records do not define it"
    if measured.doubt:
        return "undecided", measured.doubt
    if measured.videos < LEAST_VIDEOS:
        counted = f"{measured.videos} source video{'' if measured.videos == 1 else 's'}"
        return "undecided", f"{counted}; fewer than {LEAST_VIDEOS} decide nothing"
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
    return "undecided", "the interval spans the threshold"
