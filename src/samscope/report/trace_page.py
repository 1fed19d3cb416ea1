"""The page of a trace: answers, maps and tables; the same tables and figures lie beside it."""

import base64
import math
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from samscope.analysis.causes.answers import answers
from samscope.analysis.causes.cells import DIRECTIONS, middle_and_suffix_of, middle_of
from samscope.analysis.causes.effects import effects, pairs
from samscope.analysis.causes.outcomes import read_outcomes
from samscope.clips.clip import Timeline
from samscope.figures.causes import TRACE_FIGURES, causes_map
from samscope.figures.saving import rendered
from samscope.report.plates import FIGURES
from samscope.report.scripts import policy
from samscope.report.templates import templates
from samscope.support.disk import write_whole

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
    for name, table in tables.items():
        write_whole(folder / "tables" / f"{name}.csv", table.to_csv(index=False).encode())
    figures = {}
    for name, (direction, measure) in TRACE_FIGURES.items():
        if (measured["kind"] == direction).any():
            for kind, content in rendered(causes_map(measured, direction, measure)).items():
                write_whole(folder / FIGURES / f"{name}.{kind}", content)
                if kind == "png":
                    figures[f"{direction}, {measure}"] = base64.b64encode(content).decode()
    style = files("samscope.report").joinpath("page.css").read_text(encoding="utf-8")
    html = (
        templates()
        .get_template(PAGE)
        .render(
            style=Markup(style),  # noqa: S704 - the project's own file
            policy=policy(style),
            answers=[_shown(row) for row in answered.to_dict("records")],
            figures=figures,
            totals=[_shown_total(row) for row in totals.to_dict("records")],
            together=[
                f"{row['set']}, {row['kind']}, frames {row['first']} to {row['last']}: {row['edited']}"
                for row in tables["pairs"].to_dict("records")
                if row["only_together"]
            ],
            tables=TABLES,
        )
    )
    write_whole(folder / PAGE, html.encode())
    return folder / PAGE


def _shown(row: Mapping[Any, Any]) -> dict[Any, Any]:
    return {**row, "number": _number(row, "value", ("low", "high"))}


def _shown_total(row: Mapping[Any, Any]) -> dict[Any, Any]:
    return {
        **row,
        "number": _number(row, "share", ("share_low", "share_high")),
        "gained": _number(row, "gain", ("gain_low", "gain_high")),
    }


def _number(row: Mapping[Any, Any], value: str, ends: tuple[str, str]) -> str:
    """Return a number with its interval, or a hyphen."""
    numbers = [float(row[name]) for name in (value, *ends)]
    if not math.isfinite(numbers[0]):
        return "-"
    if not all(map(math.isfinite, numbers)):
        return f"{numbers[0]:.3f}"
    return f"{numbers[0]:.3f} [{numbers[1]:.3f}, {numbers[2]:.3f}]"
