"""The page of a comparison: one file that needs nothing but a browser; tables and figures lie beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
    score_tables,
    separability_tables,
    settings_table,
)
from samscope.report.facts import subtitle
from samscope.report.glossary import GLOSSARY
from samscope.report.plates import Plate, plate_pieces, plates, write_table
from samscope.report.scripts import style_alone
from samscope.report.tables import folded_apart
from samscope.report.templates import templates
from samscope.report.wording import listed
from samscope.support.disk import write_whole
from samscope.support.progress import Progress, Silent
from samscope.support.side_by_side import Doing, one_by_one

PAGE = "comparison.html"


def write_comparison(
    folder: Path,
    comparison: Comparison,
    do: Doing = one_by_one,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
) -> Path:
    """Write every table, figure and the page of a comparison.

    Args:
        folder: ``tables/*.csv``, ``figures/*.png`` and ``*.svg`` and ``comparison.html`` are written into it.
        comparison: the studies.
        do: draws the figures.
        progress: hears of the stages ``figures`` and ``page``.

    Returns:
        The page. It carries its pictures, and all but the largest tables, in itself, so that it can be sent
        alone. What no study ran is left out with a sentence that says why.

    Raises:
        SamscopeError: nothing can be written there.
    """
    drawings = [
        draw(comparison)
        for draw in (claims_drawing, separability_drawing, rises_drawing, accuracy_drawing, absence_drawing)
    ]
    pieces = plate_pieces(drawings, folder)
    with progress.stage("figures", len(pieces)) as advance:
        figures = plates(drawings, folder, do(pieces, advance))
    with progress.stage("page"):
        tables = {name: write_table(folder, name, table) for name, table in comparison.tables.items()}
        html = templates().get_template(PAGE).render(_content(comparison, figures), tables=tables)
        page = folder / PAGE
        write_whole(page, html.encode())
    return page


def _content(comparison: Comparison, figures: Mapping[str, Plate]) -> dict[str, Any]:
    claims_main, claims_more = folded_apart(claims_tables(comparison))
    accuracy_main, accuracy_more = folded_apart(accuracy_tables(comparison))
    scores_main, scores_more = folded_apart(score_tables(comparison))
    return {
        "title": f"samscope: {listed(list(comparison.names))}",
        "subtitle": "; ".join(f"{name}: {subtitle(study)}" for name, study in comparison.studies.items()),
        "reference": comparison.reference,
        **style_alone(["comparison.css"]),
        "verdicts": VERDICTS,
        "glossary": GLOSSARY,
        "findings": comparison_findings(comparison),
        "pairing": pairing(comparison),
        "settings": settings_table(comparison),
        "claims_figure": figures["claims"],
        "claims_main": claims_main,
        "claims_more": claims_more,
        "separability_figure": figures["separability"],
        "separability": separability_tables(comparison),
        "rises_figure": figures["features"],
        "rises": rise_tables(comparison),
        "accuracy_figure": figures["accuracy"],
        "accuracy_main": accuracy_main,
        "accuracy_more": accuracy_more,
        "absence_figure": figures["absence"],
        "absence": absence_tables(comparison),
        "scores_main": scores_main,
        "scores_more": scores_more,
    }
