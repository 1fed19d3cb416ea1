"""The tables of a trace's page: its claims, and what each position does throughout a span."""

from typing import Any

import pandas as pd

from samscope.analysis.causes.cells import Span
from samscope.figures.causes import patched_title
from samscope.report.tables import Cell, Table, difference_cell
from samscope.report.wording import NONE, estimate, set_label

_DIRECTIONS = {"restore": "Clean into transformed", "spoil": "Transformed into clean"}


def answers_table(answers: pd.DataFrame) -> Table:
    """Return the claims of a trace.

    Args:
        answers: as ``analysis.causes.answers.answers``.
    """
    rows = tuple(
        (
            sentence(str(row["sentence"])),
            (
                Cell(_value(row), f"holds above {row['threshold']:g}"),
                Cell(str(row["verdict"]), str(row["reason"])),
                Cell(sentence(str(row["statistic"]))),
                Cell(f"{row['clips']} clips of {row['videos']} source videos" if row["clips"] else NONE),
            ),
        )
        for row in answers.to_dict("records")
    )
    return Table(
        "answers",
        "Each claim holds where the 95 % interval of what is measured lies above its threshold, and fails "
        "where it lies below; claims of one kind are decided together (Holm).",
        ("Claim", "Measured", "Verdict", "What is measured", "Rests on"),
        rows,
        "answers",
    )


def totals_tables(totals: pd.DataFrame) -> list[Table]:
    """Return what each position does throughout whole spans, a table a set.

    Args:
        totals: rows of ``analysis.causes.effects.effects``.
    """
    tables = []
    for name in dict.fromkeys(totals["set"]):
        own = totals.loc[totals["set"] == name]
        columns = list(dict.fromkeys(zip(own["kind"], own["first"], own["last"], strict=True)))
        by_cell = {
            (row["edited"], row["kind"], row["first"], row["last"]): row for row in own.to_dict("records")
        }
        rows = tuple(
            (
                patched_title(edited),
                tuple(_gain(by_cell.get((edited, *column))) for column in columns),
            )
            for edited in dict.fromkeys(own["edited"])
        )
        costs = own.iloc[0]
        lost = estimate(costs["lost"], costs["lost_low"], costs["lost_high"], 3)
        tables.append(
            Table(
                f"totals-{name}",
                f"{set_label(name)}, which costs {lost} of J over the suffix: J that is won back where clean "
                "values are put into transformed clips, and lost where transformed ones are put into clean "
                f"clips. Tinted where the 95 % interval leaves out 0. At most {own['clips'].max()} clips of "
                f"{own['videos'].max()} source videos.",
                (
                    "Position",
                    *(f"{_DIRECTIONS[kind]}, frames {Span(first, last)}" for kind, first, last in columns),
                ),
                rows,
                "totals",
            )
        )
    return tables


def sentence(text: str) -> str:
    """Return a text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def _value(row: dict[Any, Any]) -> str:
    return estimate(float(row["value"]), float(row["low"]), float(row["high"]), 3)


def _gain(row: dict[Any, Any] | None) -> Cell:
    if row is None:
        return Cell(NONE)
    return difference_cell(row["gain"], row["gain_low"], row["gain_high"], 3, signed=False)
