"""One figure of a study or a trace drawn again, without the rest of its report."""

from pathlib import Path

from matplotlib.figure import Figure

from samscope.analysis.causes.effects import effects
from samscope.analysis.causes.outcomes import read_outcomes
from samscope.figures.catalogue import draw_figure, named_figure
from samscope.figures.causes import TRACE_FIGURES, causes_map
from samscope.figures.choices import FigureChoices
from samscope.figures.entry import Asked
from samscope.figures.saving import rendered
from samscope.records.store import open_study
from samscope.report.plates import FIGURES
from samscope.report.printable_study import printable_study
from samscope.support.disk import write_whole
from samscope.support.errors import UsageError
from samscope.support.result_folder import TRACE_FILE


def redraw(
    folder: Path,
    name: str,
    choices: FigureChoices = FigureChoices(),  # noqa: B008 - it is frozen
    *,
    clip: int | None = None,
    frame: int | None = None,
    out: Path | None = None,
) -> list[Path]:
    """Draw one figure from a study's records, or a trace's, and write it in every format.

    Args:
        folder: the study's or trace's folder.
        name: the figure's name in ``figures.catalogue``, or of a trace in ``figures.causes.TRACE_FIGURES``.
        choices: how it is drawn.
        clip: number of the draw that an example shows; by default that of the report.
        frame: the frame that an example shows; by default that of the report.
        out: folder for the files; by default the folder's own ``figures``, where they replace the report's.

    Returns:
        The files.

    Raises:
        UsageError: the folder is no study's or trace's, there is no such figure or clip, or a trace's figure
            is asked for with choices, a clip or a frame, which it does not have.
        SamscopeError: the records are damaged or do not hold what it shows, or nothing can be written there.
    """
    if (folder / TRACE_FILE).is_file():
        figure = _of_trace(folder, name, chosen=choices != FigureChoices() or {clip, frame} != {None})
    else:
        named_figure(name)
        study = printable_study(open_study(folder, prompted_pointer=choices.prompted_pointer))
        figure = draw_figure(name, Asked(study, choices, clip, frame))
    paths = []
    for file_format, content in rendered(figure).files.items():
        path = (folder / FIGURES if out is None else out) / f"{name}.{file_format}"
        write_whole(path, content)
        paths.append(path)
    return paths


def _of_trace(folder: Path, name: str, *, chosen: bool) -> Figure:
    if name not in TRACE_FIGURES:
        raise UsageError(
            f"there is no figure {name!r} of a trace; expected one of {', '.join(TRACE_FIGURES)}"
        )
    if chosen:
        raise UsageError(
            f"{folder} is a trace, and {name} is drawn in one way: leave out --clip, --frame and the options "
            "of features and maps"
        )
    return causes_map(effects(read_outcomes(folder)), *TRACE_FIGURES[name])
