"""One figure of a study drawn again, without the rest of its report."""

from pathlib import Path

from samscope.figures.catalogue import draw_figure, named_figure
from samscope.figures.choices import FigureChoices
from samscope.figures.entry import Asked
from samscope.figures.saving import rendered
from samscope.records.store import open_study
from samscope.report.plates import FIGURES
from samscope.report.printable_study import printable_study
from samscope.support.disk import write_whole


def redraw(
    folder: Path,
    name: str,
    choices: FigureChoices = FigureChoices(),  # noqa: B008 - it is frozen
    *,
    clip: int | None = None,
    frame: int | None = None,
    out: Path | None = None,
) -> list[Path]:
    """Draw one figure from a study's records and write it in every format.

    Args:
        folder: the study's folder.
        name: the figure's name in ``figures.catalogue``.
        choices: how it is drawn.
        clip: number of the draw that an example shows; by default that of the report.
        frame: the frame that an example shows; by default that of the report.
        out: folder for the files; by default the study's own ``figures``, where they replace the report's.

    Returns:
        The files.

    Raises:
        UsageError: the folder is no study's, or there is no such figure or clip.
        SamscopeError: the records are damaged or do not hold what it shows, or nothing can be written there.
    """
    named_figure(name)
    figure = draw_figure(
        name,
        Asked(
            printable_study(open_study(folder, prompted_pointer=choices.prompted_pointer)),
            choices,
            clip,
            frame,
        ),
    )
    paths = []
    for file_format, content in rendered(figure).items():
        path = (folder / FIGURES if out is None else out) / f"{name}.{file_format}"
        write_whole(path, content)
        paths.append(path)
    return paths
