"""The paper's claims and what a study says of each, as a table."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.claims.claim import Answer
from samscope.analysis.claims.every_claim import claim_answers
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
          (bootstrap over source videos; NaN with fewer than two);
        - ``holds_if``: where it lies if the claim is true: ``above`` or ``below`` the ``threshold``, or
          ``within`` minus and plus the threshold;
        - ``verdict``: ``holds`` or ``fails`` where the whole interval is on one side, else ``undecided``;
          null where the control has no meaning for the claim, and then all numbers are;
        - ``videos`` and ``clips`` that the value rests on;
        - ``reason``: why it is undecided or null; empty where it holds or fails.
    """
    table = pd.DataFrame(_rows(claim_answers(evidence)), columns=list(COLUMNS))
    return table.astype({"videos": "Int64", "clips": "Int64"})


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
