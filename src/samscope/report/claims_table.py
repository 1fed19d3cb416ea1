"""The paper's claims and what a study says of each, as a table."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.claims.claim import VERDICTS, Answer, Verdict
from samscope.analysis.claims.every_claim import FAMILIES, claim_answers
from samscope.analysis.claims.evidence import Evidence

COLUMNS = (
    "claim",
    "family",
    "section",
    "sentence",
    "definition",
    "statistic",
    "value",
    "low",
    "high",
    "holds_if",
    "threshold",
    "verdict",
    "videos",
    "clips",
    "reason",
)

FAMILY_COLUMNS = ("family", "sentence", "definition", "verdict", *VERDICTS)


def claims_table(evidence: Evidence) -> pd.DataFrame:
    """Test the paper's claims on a study.

    Args:
        evidence: what ``analysis.claims.evidence.gather`` made of its records and results.

    Returns:
        Two rows a claim, in the paper's order, one for each ``definition``: ``paper`` tests it as the paper
        defines it, ``gap control`` beside clean clips whose references are just as old. Columns (those of
        ``tables/claims.csv``):

        - ``claim``: its id; ``family``: what it is a part of; ``section`` of the paper; ``sentence``: what
          the paper says, in our words;
        - ``statistic``: what is measured; ``value`` of it, ``low`` and ``high`` of its 95 % interval
          (over source and partner videos; NaN with fewer than two of either);
        - ``holds_if``: where it lies if the claim is true: ``above`` or ``below`` the ``threshold``, or
          ``within`` minus and plus the threshold;
        - ``verdict``: ``holds`` or ``fails`` where the whole interval is on one side, else ``undecided``;
          null where the control has no meaning for the claim, and then all numbers are;
        - ``videos`` and ``clips`` that the value rests on;
        - ``reason``: why it is undecided or null; empty where it holds or fails.
    """
    table = pd.DataFrame(_rows(claim_answers(evidence)), columns=list(COLUMNS))
    return table.astype({"videos": "Int64", "clips": "Int64"})


def families_table(claims: pd.DataFrame) -> pd.DataFrame:
    """Sum the claims up by what they say together.

    Args:
        claims: what ``claims_table`` returned.

    Returns:
        Two rows a family, in the paper's order, one for each ``definition``: ``family``; ``sentence``, what
        its claims say together; ``verdict``: ``holds`` where all of its claims hold, ``fails`` where any of
        them fails, else ``undecided``, and null where none has a verdict; and how many of its claims
        ``holds``, ``fails`` and ``undecided`` count.
    """
    rows = []
    for (family, definition), of_family in claims.groupby(["family", "definition"], sort=False):
        counts = {str(verdict): int((of_family["verdict"] == verdict).sum()) for verdict in VERDICTS}
        rows.append(
            {
                "family": family,
                "sentence": FAMILIES[str(family)],
                "definition": definition,
                "verdict": _together(counts),
                **counts,
            }
        )
    return pd.DataFrame(rows, columns=list(FAMILY_COLUMNS))


def _together(counts: dict[str, int]) -> Verdict | None:
    if counts["fails"]:
        return "fails"
    if counts["undecided"]:
        return "undecided"
    return "holds" if counts["holds"] else None


def _rows(tested: list[Answer]) -> Iterator[dict[str, Any]]:
    for one in tested:
        claim, found = one.claim, one.measured
        yield {
            "claim": claim.id,
            "family": claim.family,
            "section": claim.section,
            "sentence": claim.sentence,
            "definition": one.definition,
            "statistic": claim.statistic,
            "value": found.estimate.value if found else np.nan,
            "low": found.estimate.low if found else np.nan,
            "high": found.estimate.high if found else np.nan,
            "holds_if": claim.holds_if,
            "threshold": claim.threshold,
            "verdict": one.verdict,
            "videos": found.videos if found else None,
            "clips": found.clips if found else None,
            "reason": one.reason,
        }
