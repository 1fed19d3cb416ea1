"""The page of a trace: answers, maps and tables; the same tables and figures lie beside it."""

from functools import partial
from pathlib import Path

import pandas as pd

from samscope.analysis.causes.answers import answers
from samscope.analysis.causes.cells import DIRECTIONS, middle_and_suffix_of, middle_of
from samscope.analysis.causes.effects import effects, pairs
from samscope.analysis.causes.outcomes import read_outcomes
from samscope.clips.clip import Timeline
from samscope.figures.causes import TRACE_FIGURES, causes_map, patched_title, trace_figure_title
from samscope.report.claims_view import VERDICTS
from samscope.report.drawings import Drawing
from samscope.report.glossary import GLOSSARY
from samscope.report.plates import plate_pieces, plates, write_table
from samscope.report.scripts import style_alone
from samscope.report.templates import templates
from samscope.report.trace_findings import trace_findings
from samscope.report.trace_tables import answers_table, totals_tables
from samscope.report.wording import set_label
from samscope.support.disk import write_whole
from samscope.support.side_by_side import one_by_one

PAGE = "trace.html"

TABLES = ("effects", "totals", "pairs", "answers")
"""Files ``tables/<name>.csv``."""


def write_trace_page(folder: Path, timeline: Timeline) -> Path:
    """Write a trace's tables, figures and page from its outcomes.

    Args:
        folder: of the trace; ``tables/*.csv``, ``figures/*.png`` and ``*.svg`` and ``trace.html`` are written
            into it. ``totals`` are those effects whose span is the whole middle, or it and the suffix.
        timeline: of its clips.

    Returns:
        The page, which carries its pictures in itself.

    Raises:
        SamscopeError: there are no outcomes, or nothing can be written there.
    """
    outcomes = read_outcomes(folder)
    measured = effects(outcomes)
    whole = [middle_of(timeline), middle_and_suffix_of(timeline)]
    totals = pd.concat(
        [
            measured.loc[
                (measured["first"] == span.first)
                & (measured["last"] == span.last)
                & measured["kind"].isin(DIRECTIONS)
            ]
            for span in whole
        ]
    )
    answered = answers(outcomes, timeline)
    tables = dict(zip(TABLES, (measured, totals, pairs(outcomes), answered), strict=True))
    written = {name: write_table(folder, name, table) for name, table in tables.items()}
    drawings = [
        _drawing(name, measured)
        for name, (direction, _) in TRACE_FIGURES.items()
        if (measured["kind"] == direction).any()
    ]
    figures = plates(drawings, folder, one_by_one(plate_pieces(drawings, folder)))
    html = (
        templates()
        .get_template(PAGE)
        .render(
            title="samscope: causes",
            **style_alone(["comparison.css", "rules.css"]),
            findings=trace_findings(totals, whole, answered),
            figures=figures.values(),
            totals=totals_tables(totals),
            together=[
                f"{set_label(row['set'])}, {row['kind']}, frames {row['first']} to {row['last']}: "
                f"{patched_title(row['edited'])}"
                for row in tables["pairs"].to_dict("records")
                if row["only_together"]
            ],
            answers=answers_table(answered),
            verdicts=VERDICTS,
            glossary=GLOSSARY,
            tables=written,
        )
    )
    write_whole(folder / PAGE, html.encode())
    return folder / PAGE


def _drawing(name: str, measured: pd.DataFrame) -> Drawing:
    direction, measure = TRACE_FIGURES[name]
    unit = "in percent of what the set costs" if measure == "share" else "in hundredths of J"
    return Drawing(
        name,
        trace_figure_title(name),
        "Rows: what is patched. Columns: on which frames. Each number is the effect on J over the suffix, "
        f"{unit}; a star where its 95 % interval leaves 0 out. Shares are left out where it is not certain "
        "that the set costs anything.",
        "Maps of effects, a panel a set; their numbers are in the table of effects.",
        partial(causes_map, measured, direction, measure),
        photographic=True,
    )
