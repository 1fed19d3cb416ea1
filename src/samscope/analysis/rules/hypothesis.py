"""What memories of frames without the object do to the frames after: the paper's hypothesis as claims.

The paper says (3.1.1) that frames without the object may be written to memory, which is then tarnished. The
``oracle`` rules keep such frames out by the labels, or keep them alone, memories and pointers apart.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.analysis.claims.claim import HoldsIf, decide, measured, p_of
from samscope.analysis.rules.scores import plan_of_sets, rule_measures
from samscope.analysis.statistics.bootstrap import LEVEL
from samscope.analysis.statistics.decisions import holm
from samscope.analysis.statistics.resampled import mean
from samscope.records.rule_records import RuleRecords

MEASURE = "j_suffix"

COLUMNS = (
    "claim",
    "sentence",
    "rule",
    "reference",
    "holds_if",
    "difference",
    "low",
    "high",
    "clips",
    "videos",
    "verdict",
    "reason",
    "p",
    "p_family",
)


@dataclass(frozen=True)
class RuleClaim:
    """A claim on how far one rule's J over the suffix is above another's.

    Attributes:
        id: its name, unique.
        sentence: what is tested.
        rule: the one rule.
        reference: the other.
        holds_if: where the difference lies if the claim is true, from 0.
    """

    id: str
    sentence: str
    rule: str
    reference: str
    holds_if: HoldsIf


CLAIMS = (
    RuleClaim(
        "absent_frames_spoil_the_suffix",
        "Without frames that lack the object in memory, the object is tracked better in the suffix.",
        "oracle",
        "sam2",
        "above",
    ),
    RuleClaim(
        "absent_frames_alone_are_worse",
        "With nothing but frames that lack the object in memory, but the prompted one, it is worse.",
        "oracle:write=absent",
        "sam2",
        "below",
    ),
    RuleClaim(
        "memories_spoil_the_suffix",
        "It is enough to keep the memories of such frames out, and to leave their pointers in.",
        "oracle:gates=memories",
        "sam2",
        "above",
    ),
    RuleClaim(
        "pointers_spoil_the_suffix",
        "It is enough to keep the pointers of such frames out, and to leave their memories in.",
        "oracle:gates=pointers",
        "sam2",
        "above",
    ),
    RuleClaim(
        "memories_more_than_pointers",
        "Memories of such frames do more harm than their pointers.",
        "oracle:gates=memories",
        "oracle:gates=pointers",
        "above",
    ),
)


def rule_claims(records: RuleRecords) -> pd.DataFrame:
    """Test the hypothesis on the clips whose object goes, by differences of J over the suffix clip by clip.

    Args:
        records: of clips that were tracked under several rules.

    Returns:
        One row a claim both of whose rules were run, with ``COLUMNS``: the ``difference`` with its 95 %
        interval over source and partner videos, the ``verdict`` as for every claim (``claims.claim``) and its
        ``reason``; all of them err together in one study of twenty (Holm's procedure, ``p_family``).
    """
    sets = [name for name in records.clips["set"].unique() if name in ABSENT_SETS]
    claims = [claim for claim in CLAIMS if {claim.rule, claim.reference} <= set(records.rules)]
    if not sets or not claims:
        return pd.DataFrame(columns=list(COLUMNS))
    plan = plan_of_sets(records.clips, sets)
    rules = {rule for claim in claims for rule in (claim.rule, claim.reference)}
    values = {rule: rule_measures(records, rule, sets).by_clip[MEASURE] for rule in sorted(rules)}
    differences = [measured(mean(values[claim.rule] - values[claim.reference], plan)) for claim in claims]
    p_values = [
        p_of(difference, claim.holds_if, 0.0) for claim, difference in zip(claims, differences, strict=True)
    ]
    rows = []
    for claim, difference, p, p_family in zip(claims, differences, p_values, holm(p_values), strict=True):
        verdict, reason = decide(difference, claim.holds_if, 0.0)
        if verdict in ("holds", "fails") and p_family > 1 - LEVEL:
            verdict = "undecided"
            reason = (
                f"its own interval leaves 0 out, but {int(np.isfinite(p_values).sum())} tests of this kind "
                f"are made at once, and one of them may by chance (Holm, p {p_family:.2g})"
            )
        rows.append(
            {
                "claim": claim.id,
                "sentence": claim.sentence,
                "rule": claim.rule,
                "reference": claim.reference,
                "holds_if": claim.holds_if,
                "difference": difference.estimate.value,
                "low": difference.estimate.low,
                "high": difference.estimate.high,
                "clips": difference.clips,
                "videos": difference.videos,
                "verdict": verdict,
                "reason": reason,
                "p": p,
                "p_family": float(p_family),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))
