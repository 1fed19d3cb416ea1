"""The page that a study ends in: one file that needs nothing but a browser."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from samscope.analysis.bootstrap import RESAMPLES
from samscope.clips.disk import disk_errors_explained, whole_file
from samscope.figures.saving import FORMATS, rendered
from samscope.records.store import open_study
from samscope.report.absence_tables import absence_tables
from samscope.report.decoding_drawings import decoding_drawings
from samscope.report.decoding_tables import decoding_tables
from samscope.report.drawings import (
    Drawing,
    clip_drawing,
    map_drawings,
    pointer_drawings,
    separability_drawings,
    separability_overview,
    timecourse_drawings,
)
from samscope.report.facts import how_it_ran, subtitle, what_was_run
from samscope.report.findings import findings
from samscope.report.results import Results, compute_results
from samscope.report.tables import (
    accuracy_tables,
    folded_apart,
    separability_tables,
    spread_tables,
)
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
    """

    drawing: Drawing
    source: str
    width: int
    height: int


def write_report(folder: Path) -> Path:
    """Draw every figure, write every table and the page of a study, from its records alone.

    Args:
        folder: the study's folder, with ``records`` and ``study.json``. ``figures/*.png`` and ``*.svg``,
            ``tables/*.csv`` and ``report.html`` are written into it, each one whole or not at all.

    Returns:
        The page. What the study did not run is left out with a sentence that says why.

    Raises:
        UsageError: the folder is no study's.
        SamscopeError: its records are damaged, or nothing can be written there.
    """
    study = open_study(folder)
    results = compute_results(study)
    for name, table in results.tables.items():
        _write(folder / TABLES / f"{name}.csv", _csv(table))
    page = folder / PAGE
    html = _environment().get_template("page.html").render(_content(results, folder))
    _write(page, html.encode())
    return page


def _content(results: Results, folder: Path) -> dict[str, Any]:
    study = results.study
    separability_main, separability_more = folded_apart(separability_tables(results))
    accuracy_main, accuracy_more = folded_apart(accuracy_tables(results))
    absence_main, absence_more = folded_apart(absence_tables(results.absence_measures))
    decoding_main, decoding_more = folded_apart(decoding_tables(results.decoding_scores))
    distributions = _pictures(separability_drawings(results), folder)
    return {
        "title": f"samscope: {subtitle(study)}",
        "subtitle": subtitle(study),
        "style": Markup(files("samscope.report").joinpath("page.css").read_text(encoding="utf-8")),  # noqa: S704
        "findings": findings(results),
        "facts": what_was_run(study),
        "clips": _picture(clip_drawing(study), folder),
        "overview": _picture(separability_overview(results), folder),
        "separability_main": separability_main,
        "separability_more": separability_more,
        "transfer": transfer_table(results.transfer),
        "spreads": spread_tables(results),
        "timecourses": _pictures(timecourse_drawings(results), folder),
        "distributions": [picture for picture in distributions if picture.drawing.main],
        "distributions_more": [picture for picture in distributions if not picture.drawing.main],
        "maps": _pictures(map_drawings(study), folder),
        "pointers": _pictures(pointer_drawings(results), folder),
        "decoding_main": decoding_main,
        "decoding_more": decoding_more,
        "decoded": _pictures(decoding_drawings(study, results.decoding), folder),
        "accuracy_main": accuracy_main,
        "accuracy_more": accuracy_more,
        "absence_main": absence_main,
        "absence_more": absence_more,
        "tables": list(results.tables),
        "resamples": RESAMPLES,
        "making": how_it_ran(study),
    }


def _pictures(drawings: Sequence[Drawing], folder: Path) -> list[Picture]:
    return [_picture(drawing, folder) for drawing in drawings]


def _picture(drawing: Drawing, folder: Path) -> Picture:
    """Draw a figure into the study's folder; files of an older report go where it cannot be drawn."""
    paths = {file_format: folder / FIGURES / f"{drawing.name}.{file_format}" for file_format in FORMATS}
    if drawing.missing:
        for path in paths.values():
            with disk_errors_explained(path):
                path.unlink(missing_ok=True)
        return Picture(drawing, "", 0, 0)
    figure = drawing.draw()
    files_of = rendered(figure)
    for file_format, path in paths.items():
        _write(path, files_of[file_format])
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    source = f"data:image/svg+xml;base64,{b64encode(files_of['svg']).decode()}"
    return Picture(drawing, source, width, height)


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("samscope", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode()


def _write(path: Path, content: bytes) -> None:
    with whole_file(path) as unfinished:
        unfinished.write_bytes(content)
