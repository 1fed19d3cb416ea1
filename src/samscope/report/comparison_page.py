"""The page of a comparison: one file that needs nothing but a browser; tables and figures lie beside it."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup

from samscope.figures.saving import rendered
from samscope.report.claims_view import VERDICTS
from samscope.report.comparison import Comparison
from samscope.report.comparison_drawings import (
    absence_drawing,
    accuracy_drawing,
    claims_drawing,
    rises_drawing,
    separability_drawing,
)
from samscope.report.comparison_findings import comparison_findings, pairing
from samscope.report.comparison_tables import (
    absence_tables,
    accuracy_tables,
    claims_tables,
    rise_tables,
    separability_tables,
    settings_table,
)
from samscope.report.downloads import csv, download
from samscope.report.drawings import Drawing
from samscope.report.facts import subtitle
from samscope.report.glossary import GLOSSARY
from samscope.report.pictures import figure_source
from samscope.report.scripts import policy
from samscope.report.tables import folded_apart
from samscope.report.templates import templates
from samscope.report.wording import listed
from samscope.support.disk import write_whole

PAGE = "comparison.html"
FIGURES = "figures"
TABLES = "tables"


def write_comparison(folder: Path, comparison: Comparison) -> Path:
    """Write every table, figure and the page of a comparison.

    Args:
        folder: ``tables/*.csv``, ``figures/*.png`` and ``*.svg`` and ``comparison.html`` are written into it.
        comparison: the studies.

    Returns:
        The page. It carries its pictures, and all but the largest tables, in itself, so that it can be sent
        alone. What no study ran is left out with a sentence that says why.

    Raises:
        SamscopeError: nothing can be written there.
    """
    contents = {name: csv(table) for name, table in comparison.tables.items()}
    for name, content in contents.items():
        write_whole(folder / TABLES / f"{name}.csv", content)
    page = folder / PAGE
    tables = {name: download(name, content) for name, content in contents.items()}
    html = templates().get_template(PAGE).render(_content(comparison, folder), tables=tables)
    write_whole(page, html.encode())
    return page


def _content(comparison: Comparison, folder: Path) -> dict[str, Any]:
    claims_main, claims_more = folded_apart(claims_tables(comparison))
    accuracy_main, accuracy_more = folded_apart(accuracy_tables(comparison))
    return {
        "title": f"samscope: {listed(list(comparison.names))}",
        "subtitle": "; ".join(f"{name}: {subtitle(of)}" for name, of in comparison.studies.items()),
        "reference": comparison.reference,
        **_style(),
        "verdicts": VERDICTS,
        "glossary": GLOSSARY,
        "findings": comparison_findings(comparison),
        "pairing": pairing(comparison),
        "settings": settings_table(comparison),
        "claims_figure": _picture(claims_drawing(comparison), folder),
        "claims_main": claims_main,
        "claims_more": claims_more,
        "separability_figure": _picture(separability_drawing(comparison), folder),
        "separability": separability_tables(comparison),
        "rises_figure": _picture(rises_drawing(comparison), folder),
        "rises": rise_tables(comparison),
        "accuracy_figure": _picture(accuracy_drawing(comparison), folder),
        "accuracy_main": accuracy_main,
        "accuracy_more": accuracy_more,
        "absence_figure": _picture(absence_drawing(comparison), folder),
        "absence": absence_tables(comparison),
    }


def _picture(drawing: Drawing, folder: Path) -> Mapping[str, Any]:
    """Draw a figure into the folder; return what the page shows of it."""
    if drawing.missing:
        return {"drawing": drawing, "numbers": None}
    figure = drawing.draw()
    of_format = rendered(figure)
    for file_format, content in of_format.items():
        write_whole(folder / FIGURES / f"{drawing.name}.{file_format}", content)
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    source = figure_source(of_format["svg"], of_format["png"], photographic=False)
    return {"drawing": drawing, "source": source, "width": width, "height": height, "numbers": None}


def _style() -> dict[str, Any]:
    """Return the page's style sheet, and a policy that allows it by its digest and loads nothing."""
    sheets = [
        files("samscope.report").joinpath(name).read_text(encoding="utf-8")
        for name in ("page.css", "comparison.css")
    ]
    style = "\n".join(sheets)
    return {"style": Markup(style), "policy": policy(style)}  # noqa: S704
