"""The page of a comparison of memory rules: one file that needs nothing but a browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from samscope.analysis.rules.scores import ALL_ABSENT
from samscope.report.claims_view import VERDICTS
from samscope.report.glossary import GLOSSARY
from samscope.report.plates import plate_pieces, plates, write_table
from samscope.report.rule_drawings import differences_drawing, every_set_drawing
from samscope.report.rule_sides import PartingShown
from samscope.report.rule_tables import claims_table, costs_table, score_tables
from samscope.report.scripts import style_alone
from samscope.report.templates import templates
from samscope.support.disk import write_whole
from samscope.support.printable import printable
from samscope.support.side_by_side import one_by_one

PAGE = "rules.html"

COSTS_TABLE = "rule_costs"
"""What each rule costs, in ``tables``: the only numbers of the page that cannot be had from the records."""


@dataclass(frozen=True, eq=False)
class RulesContent:
    """What the page says.

    Attributes:
        rules: what the rules are called; the first is what the others are held against.
        facts: what was run.
        scores: as ``rule_scores``.
        claims: as ``rule_claims``.
        costs: one row a rule, as ``studies.rule_costs.RuleCost``; None where they are not there.
        parting: the clip on which two rules part most; None where it is not shown.
        parting_missing: why it is not; empty where it is.
        videos: how many source videos there are.
        failed: clips that failed, and are in no number.
    """

    rules: tuple[str, ...]
    facts: Mapping[str, Any]
    scores: pd.DataFrame
    claims: pd.DataFrame
    costs: pd.DataFrame | None
    parting: PartingShown | None
    parting_missing: str
    videos: int
    failed: int


def write_rules(folder: Path, content: RulesContent) -> Path:
    """Write the tables, figures and the page of a comparison of rules.

    Args:
        folder: ``tables/*.csv``, ``figures/*.png`` and ``*.svg`` and ``rules.html`` are written into it.
        content: what is said.

    Returns:
        The page, which carries its pictures and tables in itself.

    Raises:
        SamscopeError: nothing can be written there.
    """
    named = {"rule_scores": content.scores, "rule_claims": content.claims, COSTS_TABLE: content.costs}
    tables = {name: write_table(folder, name, table) for name, table in named.items() if table is not None}
    drawings = [draw(content.scores, content.rules) for draw in (differences_drawing, every_set_drawing)]
    figures = plates(drawings, folder, one_by_one(plate_pieces(drawings, folder)))
    html = (
        templates()
        .get_template(PAGE)
        .render(
            title=f"samscope: {len(content.rules)} memory rules",
            **style_alone(["comparison.css", "rules.css"]),
            rules=content.rules,
            facts=_facts(content),
            differences=figures["rule-differences"],
            every_set=figures["rule-differences-by-set"],
            main=score_tables(content.scores, content.rules, _first_set(content)),
            sets=[
                table
                for name in content.scores["set"].unique()
                if name != _first_set(content)
                for table in score_tables(content.scores, content.rules, str(name))
            ],
            claims=claims_table(content.claims),
            costs=None if content.costs is None else costs_table(content.costs),
            verdicts=VERDICTS,
            glossary=GLOSSARY,
            parting=content.parting,
            parting_missing=content.parting_missing,
            tables=tables,
        )
    )
    page = folder / PAGE
    write_whole(page, html.encode())
    return page


def _first_set(content: RulesContent) -> str:
    sets = [str(name) for name in content.scores["set"].unique()]
    return ALL_ABSENT if ALL_ABSENT in sets else sets[0]


def _facts(content: RulesContent) -> list[tuple[str, str]]:
    facts = [
        (
            name.replace("_", " "),
            printable(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)),
        )
        for name, value in content.facts.items()
    ]
    facts.append(("source videos", str(content.videos)))
    if content.failed:
        facts.append(("clips that failed", str(content.failed)))
    return facts
