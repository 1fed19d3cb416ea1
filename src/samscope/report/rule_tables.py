"""The tables of memory rules: scores, differences from the first rule, claims and costs."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from samscope.analysis.rules.scores import ALL_ABSENT
from samscope.report.tables import Cell, Table, difference_cell
from samscope.report.wording import NONE, estimate, number, set_label

MEASURES: dict[str, tuple[str, float]] = {
    "j_present": ("J while present", 1.0),
    "j_after": ("J after its return", 1.0),
    "frames_until_found": ("Frames until found again", 1.0),
    "never_found": ("Not found again (% of clips)", 100.0),
    "missed_absence_by_mask": ("False masks while absent (% of frames)", 100.0),
    "written_absent": ("Written frames without the object (%)", 100.0),
    "read_absent": ("Read frames without the object (%)", 100.0),
}
"""What is shown first: title, and the factor from the tables' unit."""

BENCHMARKS: dict[str, tuple[str, float]] = {
    "mosev2_disappearance": ("MOSEv2 J&F, disappearance", 1.0),
    "mosev2_reappearance": ("MOSEv2 J&F, reappearance", 1.0),
    "vots_quality": ("VOTS quality", 1.0),
    "vots_accuracy": ("VOTS accuracy", 1.0),
    "vots_robustness": ("VOTS robustness", 1.0),
    "vots_absence_detection_quality_of_any_length": ("VOTS absence detection", 1.0),
}


def scored_set_label(set_name: str) -> str:
    """Return what is scored together, in words."""
    return "All sets whose object goes" if set_name == ALL_ABSENT else set_label(set_name)


def score_tables(scores: pd.DataFrame, rules: Sequence[str], set_name: str) -> list[Table]:
    """Return the scores on a set's clips, and how far each rule's are from the first rule's.

    Args:
        scores: as ``rule_scores``.
        rules: what the rules are called, in order.
        set_name: a set, or ``ALL_ABSENT``.
    """
    rows = scores.loc[scores["set"] == set_name]
    label = scored_set_label(set_name)
    rests = f"{rows['clips'].max()} clips of {rows['videos'].max()} source videos"
    tables = []
    for name, measures in (("scores", MEASURES), ("benchmarks", BENCHMARKS)):
        shown = {measure: factor for measure, factor in measures.items() if measure in set(rows["measure"])}
        if not shown:
            continue
        columns = ("Rule", *(title for title, _ in shown.values()))
        tables.append(
            Table(
                f"{name}-{set_name}",
                f"{label}: means over the frames of a clip, then over clips, with 95 % intervals over source "
                f"and partner videos; at most {rests}.",
                columns,
                _body(rows, rules, shown, "mean", ("low", "high")),
                "rule_scores",
            )
        )
        if len(rules) > 1:
            ends = ("difference_low", "difference_high")
            tables.append(
                Table(
                    f"{name}-differences-{set_name}",
                    f"{label}: less {rules[0]}, clip by clip. Tinted where the 95 % interval leaves out 0.",
                    columns,
                    _body(rows, rules[1:], shown, "difference", ends),
                    "rule_scores",
                )
            )
    return tables


def _body(
    rows: pd.DataFrame,
    rules: Sequence[str],
    measures: Mapping[str, tuple[str, float]],
    value: str,
    ends: tuple[str, str],
) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    by_rule = {(row["rule"], row["measure"]): row for _, row in rows.iterrows()}
    return tuple(
        (
            rule,
            tuple(
                _cell(by_rule.get((rule, measure)), factor, value, ends)
                for measure, (_, factor) in measures.items()
            ),
        )
        for rule in rules
    )


def _cell(row: Any, factor: float, value: str, ends: tuple[str, str]) -> Cell:
    if row is None:
        return Cell(NONE)
    middle, low, high = (factor * row[name] for name in (value, *ends))
    differs = value == "difference"
    return difference_cell(middle, low, high, 3 if factor == 1.0 else 1, tinted=differs, signed=differs)


def claims_table(claims: pd.DataFrame) -> Table | None:
    """Return the claims on memories without the object; None where none could be tested."""
    if claims.empty:
        return None
    body = tuple(
        (
            str(row["sentence"]),
            (
                Cell(f"{row['rule']} less {row['reference']}"),
                Cell(estimate(row["difference"], row["low"], row["high"], 3)),
                Cell(str(row["verdict"]), str(row["reason"])),
                Cell(f"{row['clips']} clips of {row['videos']} source videos"),
            ),
        )
        for _, row in claims.iterrows()
    )
    return Table(
        "claims",
        "The paper says that frames without the object may be written to memory, which is then tarnished "
        "(3.1.1). Tested by J over the suffix of the clips whose object goes, clip by clip.",
        ("Claim", "Rules", "Difference of J over the suffix", "Verdict", "Rests on"),
        body,
        "rule_claims",
    )


def costs_table(costs: pd.DataFrame) -> Table:
    """Return what each rule costs, and how that stands to the first rule's."""
    first = costs.iloc[0]
    body = tuple(
        (
            str(row["rule"]),
            (
                Cell(number(row["milliseconds"], 1)),
                Cell(number(row["milliseconds"] / first["milliseconds"])),
                Cell(number(row["bank_bytes"] / 2**20)),
                Cell(number(row["bank_bytes"] / first["bank_bytes"]) if first["bank_bytes"] else NONE),
            ),
        )
        for _, row in costs.iterrows()
    )
    return Table(
        "costs",
        f"One clip tracked alone, on one thread: median time of a frame, of which encoding takes "
        f"{number(first['encoding_milliseconds'], 1)} ms under every rule; and the most that memories and "
        "pointers take after any frame.",
        (
            "Rule",
            "Milliseconds a frame",
            f"against {first['rule']}",
            "Memory (MiB)",
            f"against {first['rule']} ",
        ),
        body,
        "rule_costs",
    )
