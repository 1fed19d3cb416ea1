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
    "partners",
    "clips",
    "p",
    "p_family",
    "unstable",
    "reason",
    "twin",
    "beyond_twin",
    "beyond_twin_low",
    "beyond_twin_high",
    "twin_videos",
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
        - ``verdict``: ``holds`` or ``fails`` where the whole interval is on one side and ``p_family`` is at
          most 0.05; ``too few videos`` where there are fewer than ``claims.limits.LEAST_VIDEOS`` sources, or
          partners where it hangs on these; else ``undecided``; null where the control has no meaning for the
          claim, and then all numbers are;
        - source ``videos``, ``partners`` (0 where it hangs on none) and ``clips`` that the value rests on;
        - ``p``: how often it would lie as far from the threshold, were that the truth (two-sided), and
          ``p_family``, the same by Holm's procedure for all tests of the family under one definition
          together; null where nothing is tested, and where the ends are what the value becomes without any
          one video (the ``statistic`` says so);
        - ``unstable``: whether it rests on the variance without a floor, which decides nothing that the
          variance with a floor does not;
        - ``reason``: why it is undecided or null; empty where it holds or fails;
        - ``twin``: the statistic of the random twin; ``beyond_twin``: the model's less the twin's on the
          clips that both have tracked, ``beyond_twin_low`` and ``beyond_twin_high`` of its 95 % interval;
          ``twin_videos``: source videos that both rest on. Null where the statistic is not calculated from
          AUROCs, or there is no twin. It changes no verdict.
    """
    table = pd.DataFrame(_rows(claim_answers(evidence), evidence), columns=list(COLUMNS))
    return table.astype(dict.fromkeys(("videos", "partners", "clips", "twin_videos"), "Int64"))


def families_table(claims: pd.DataFrame) -> pd.DataFrame:
    """Sum the claims up by what they say together.

    Args:
        claims: what ``claims_table`` returned.

    Returns:
        Two rows a family, in the paper's order, one for each ``definition``: ``family``; ``sentence``, what
        its claims say together; ``verdict``: ``holds`` where all of its claims hold, ``fails`` where any of
        them fails, ``too few videos`` where any has too few, else ``undecided``, and null where none has a
        verdict; and how many of its claims each verdict counts.
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
    if counts["too few videos"]:
        return "too few videos"
    if counts["undecided"]:
        return "undecided"
    return "holds" if counts["holds"] else None


def _rows(tested: list[Answer], evidence: Evidence) -> Iterator[dict[str, Any]]:
    for answer in tested:
        claim, measured = answer.claim, answer.measured
        yield {
            "claim": claim.id,
            "family": claim.family,
            "section": claim.section,
            "sentence": claim.sentence,
            "definition": answer.definition,
            "statistic": claim.statistic,
            "value": measured.estimate.value if measured else np.nan,
            "low": measured.estimate.low if measured else np.nan,
            "high": measured.estimate.high if measured else np.nan,
            "holds_if": claim.holds_if,
            "threshold": claim.threshold,
            "verdict": answer.verdict,
            "videos": measured.videos if measured else None,
            "partners": measured.partners if measured else None,
            "clips": measured.clips if measured else None,
            "p": answer.p,
            "p_family": answer.p_family,
            "unstable": bool(claim.steadier),
            "reason": answer.reason,
            **_beyond_twin(answer, evidence),
        }


def _beyond_twin(answer: Answer, evidence: Evidence) -> dict[str, Any]:
    measure = answer.claim.against_twin.get(answer.definition)
    against_twin = None if measure is None else measure(evidence)
    return {
        "twin": against_twin.twin if against_twin else np.nan,
        "beyond_twin": against_twin.beyond.value if against_twin else np.nan,
        "beyond_twin_low": against_twin.beyond.low if against_twin else np.nan,
        "beyond_twin_high": against_twin.beyond.high if against_twin else np.nan,
        "twin_videos": against_twin.videos if against_twin else None,
    }
