"""The page that a study ends in: one file that needs nothing but a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from samscope.analysis.bootstrap import RESAMPLES
from samscope.analysis.claims.limits import LEAST_VIDEOS
from samscope.clips.disk import disk_errors_explained, write_whole
from samscope.figures.choices import FigureChoices
from samscope.figures.saving import FORMATS, rendered
from samscope.records.store import Study, open_study
from samscope.report.absence_tables import absence_tables
from samscope.report.claims_table import families_table
from samscope.report.claims_view import claim_rows, claims_summary, family_rows
from samscope.report.curves import curves
from samscope.report.decoding_drawings import decoding_drawings
from samscope.report.decoding_tables import decoding_tables
from samscope.report.downloads import Download, csv, download
from samscope.report.drawings import (
    Drawing,
    separability_drawings,
    separability_overview,
    timecourse_drawings,
)
from samscope.report.example_drawings import (
    clip_drawing,
    map_drawings,
    overlay_drawings,
    pointer_drawings,
)
from samscope.report.facts import every_setting, failures, how_it_ran, subtitle, what_was_run
from samscope.report.findings import FINDINGS_TABLE, Finding, findings, findings_table
from samscope.report.frame_browser import ROOM, frame_browser
from samscope.report.pictures import figure_source
from samscope.report.printable_study import printable_study
from samscope.report.results import Results, compute_results
from samscope.report.room import room_left
from samscope.report.scripts import carried, inline
from samscope.report.tables import (
    accuracy_tables,
    folded_apart,
    reference_tables,
    separability_tables,
    spread_tables,
)
from samscope.report.templates import templates
from samscope.report.transfer_table import transfer_table

PAGE = "report.html"
FIGURES = "figures"
TABLES = "tables"


@dataclass(frozen=True)
class Picture:
    """A figure as it stands in the page.

    Attributes:
        drawing: what it is.
        source: the picture itself as a data URI; empty where it could not be drawn.
        width: its natural width in CSS pixels.
        height: its natural height.
        numbers: the numbers behind it; None where it shows frames alone, or could not be drawn.
    """

    drawing: Drawing
    source: str
    width: int
    height: int
    numbers: Download | None


def write_report(
    folder: Path,
    choices: FigureChoices = FigureChoices(),  # noqa: B008 - it is frozen
) -> Path:
    """Draw every figure, write every table and the page of a study, from its records alone.

    Args:
        folder: the study's folder, with ``records`` and ``study.json``. ``figures/*.png`` and ``*.svg``,
            ``tables/*.csv`` (those of the analysis, one with the numbers of each figure, and findings) and
            ``report.html`` are written into it, each one whole or not at all.
        choices: how the figures are drawn; the tables hold every way of measuring.

    Returns:
        The page. It carries its pictures, data, and all but the largest tables in itself, so that it can be
        sent alone. What the study did not run is left out with a sentence that says why.

    Raises:
        UsageError: the folder is no study's.
        SamscopeError: its records are damaged or do not hold what is chosen, or nothing can be written there.
    """
    results = compute_results(
        printable_study(open_study(folder, prompted_pointer=choices.prompted_pointer)), choices
    )
    found = findings(results)
    of_page = {FINDINGS_TABLE: findings_table(found), **results.tables}
    tables = {name: _table(folder, name, table) for name, table in of_page.items()}
    html = templates().get_template("page.html").render(_content(results, folder, tables, found))
    page = folder / PAGE
    write_whole(page, html.encode())
    return page


def _content(
    results: Results, folder: Path, tables: dict[str, Download], found: list[Finding]
) -> dict[str, Any]:
    study = results.study
    separability_main, separability_more = folded_apart(separability_tables(results))
    accuracy_main, accuracy_more = folded_apart(accuracy_tables(results))
    absence_main, absence_more = folded_apart(absence_tables(results.absence_measures))
    decoding_main, decoding_more = folded_apart(decoding_tables(results.decoding_scores))
    distributions, distributions_more = _apart(_pictures(separability_drawings(results), folder))
    timecourses, timecourses_more = _apart(_pictures(timecourse_drawings(results), folder))
    through_time = curves(results.timecourse, _middle(study))
    claims = claim_rows(results.claims)
    content = {
        "title": f"samscope: {subtitle(study)}",
        "subtitle": subtitle(study),
        "inline": inline(),
        "findings": found,
        "claims": claims,
        "families": family_rows(families_table(results.claims)),
        "claims_summary": claims_summary(claims),
        "facts": what_was_run(study),
        "clips": _picture(clip_drawing(study), folder),
        "overview": _picture(separability_overview(results), folder),
        "separability_main": separability_main,
        "separability_more": separability_more,
        "transfer": transfer_table(results.transfer),
        "spreads": [*spread_tables(results), *reference_tables(results)],
        "curves_data": carried(through_time) if through_time else None,
        "timecourses": timecourses,
        "timecourses_more": timecourses_more,
        "distributions": distributions,
        "distributions_more": distributions_more,
        "maps": _pictures(map_drawings(study, results.choices), folder),
        "pointers": _pictures(pointer_drawings(results), folder),
        "overlays": _pictures(overlay_drawings(study, results.choices), folder),
        "decoding_main": decoding_main,
        "decoding_more": decoding_more,
        "decoded": _pictures(decoding_drawings(study, results.decoding), folder),
        "accuracy_main": accuracy_main,
        "accuracy_more": accuracy_more,
        "absence_main": absence_main,
        "absence_more": absence_more,
        "tables": tables,
        "resamples": RESAMPLES,
        "least_videos": LEAST_VIDEOS,
        "making": how_it_ran(study),
        "failures": failures(study),
        "settings": every_setting(study),
    }
    browser = frame_browser(study, min(ROOM, room_left(content)))
    return {**content, "browser": browser, "browser_data": carried(browser.data) if browser else None}


def _middle(study: Study) -> list[int] | None:
    frames = study.frames.loc[study.frames["segment"] == "middle", "frame"]
    return [int(frames.min()), int(frames.max())] if len(frames) else None


def _apart(pictures: Sequence[Picture]) -> tuple[list[Picture], list[Picture]]:
    """Return the figures that are shown at once, and those that are folded away."""
    return [one for one in pictures if one.drawing.main], [one for one in pictures if not one.drawing.main]


def _pictures(drawings: Sequence[Drawing], folder: Path) -> list[Picture]:
    return [_picture(drawing, folder) for drawing in drawings]


def _picture(drawing: Drawing, folder: Path) -> Picture:
    """Draw a figure into the study's folder; files of an older report go where it cannot be drawn."""
    paths = {file_format: folder / FIGURES / f"{drawing.name}.{file_format}" for file_format in FORMATS}
    if drawing.missing:
        for path in (*paths.values(), folder / TABLES / f"{drawing.name}.csv"):
            with disk_errors_explained(path):
                path.unlink(missing_ok=True)
        return Picture(drawing, "", 0, 0, None)
    figure = drawing.draw()
    files_of = rendered(figure)
    for file_format, path in paths.items():
        write_whole(path, files_of[file_format])
    numbers = _table(folder, drawing.name, drawing.numbers()) if drawing.numbers else None
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    source = figure_source(files_of["svg"], files_of["png"], photographic=drawing.photographic)
    return Picture(drawing, source, width, height, numbers)


def _table(folder: Path, name: str, table: pd.DataFrame) -> Download:
    content = csv(table)
    write_whole(folder / TABLES / f"{name}.csv", content)
    return download(name, content)
