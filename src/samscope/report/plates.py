"""Figures as they stand in a page and lie beside it, drawn in whichever process is free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from samscope.figures.saving import FORMATS, rendered
from samscope.report.downloads import Download, csv, download
from samscope.report.drawings import Drawing
from samscope.report.pictures import Source, figure_source
from samscope.support.disk import disk_errors_explained, write_whole
from samscope.support.side_by_side import Piece

FIGURES = "figures"
TABLES = "tables"


@dataclass(frozen=True)
class Plate:
    """A figure as it stands in the page.

    Attributes:
        drawing: what it is.
        source: the picture itself; None where it could not be drawn.
        width: its natural width in CSS pixels.
        height: its natural height.
        numbers: the numbers behind it; None where it shows frames alone, or could not be drawn.
    """

    drawing: Drawing
    source: Source | None = None
    width: int = 0
    height: int = 0
    numbers: Download | None = None


Drawn = tuple[Source, int, int, Download | None]
"""Everything of a plate but its drawing."""


def plate_pieces(drawings: Sequence[Drawing], folder: Path) -> list[Piece]:
    """Return the drawing of figures as pieces of work, one for each that can be drawn, in their order.

    Args:
        drawings: the figures.
        folder: a study's folder: ``figures/*.png`` and ``*.svg`` and ``tables/*.csv`` are written into it.
    """
    return [
        Piece(drawing.name, partial(_draw, drawing, folder)) for drawing in drawings if not drawing.missing
    ]


def plates(drawings: Sequence[Drawing], folder: Path, drawn: Iterable[Drawn]) -> dict[str, Plate]:
    """Return figures as they stand in the page, by name of the drawing.

    Args:
        drawings: the figures.
        folder: the study's folder; files of an older report go where a figure cannot be drawn.
        drawn: what each of ``plate_pieces`` returned.

    Raises:
        SamscopeError: nothing can be written there.
    """
    results = iter(drawn)
    by_name = {}
    for drawing in drawings:
        if drawing.missing:
            _remove(drawing.name, folder)
        by_name[drawing.name] = Plate(drawing) if drawing.missing else Plate(drawing, *next(results))
    return by_name


def write_table(folder: Path, name: str, table: pd.DataFrame) -> Download:
    """Write a table as CSV into a study's folder, and return it as the page offers it.

    Raises:
        SamscopeError: nothing can be written there.
    """
    content = csv(table)
    write_whole(folder / TABLES / f"{name}.csv", content)
    return download(name, content)


def _draw(drawing: Drawing, folder: Path) -> Drawn:
    figure = drawing.draw()
    drawn = rendered(figure)
    for file_format, content in drawn.files.items():
        write_whole(folder / FIGURES / f"{drawing.name}.{file_format}", content)
    numbers = write_table(folder, drawing.name, drawing.numbers()) if drawing.numbers else None
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    source = figure_source(drawn.files["svg"], drawn.pixels, photographic=drawing.photographic)
    return source, width, height, numbers


def _remove(name: str, folder: Path) -> None:
    files = [folder / FIGURES / f"{name}.{file_format}" for file_format in FORMATS]
    for path in (*files, folder / TABLES / f"{name}.csv"):
        with disk_errors_explained(path):
            path.unlink(missing_ok=True)
