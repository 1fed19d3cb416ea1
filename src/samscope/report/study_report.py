"""The page of a finished study, drawn from its records: nothing of a model is loaded."""

from pathlib import Path

from samscope.figures.choices import FigureChoices
from samscope.report.page import write_report
from samscope.report.page_processes import clips_recorded, enough_processes
from samscope.support.lock import locked
from samscope.support.progress import Progress
from samscope.support.result_folder import disk_errors_named, require_study


def run_report(
    folder: Path,
    progress: Progress,
    choices: FigureChoices = FigureChoices(),  # noqa: B008 - it is frozen
) -> Path:
    """Draw figures and page again from the records of a study.

    Args:
        folder: written by ``run_study`` or ``run_record``.
        progress: hears how far it is.
        choices: how the figures are drawn.

    Returns:
        The page.

    Raises:
        UsageError: the folder is no study's, or another process is drawing the same.
        SamscopeError: its records are damaged, or nothing can be written there.
    """
    require_study(folder)
    with disk_errors_named(str(folder), folder), locked(folder / ".report.lock", str(folder)):
        return draw_report(folder, progress, choices)


def draw_report(
    folder: Path,
    progress: Progress,
    choices: FigureChoices = FigureChoices(),  # noqa: B008 - it is frozen
) -> Path:
    """Draw figures and page of a folder that this process alone writes to; otherwise as ``run_report``."""
    return write_report(folder, choices, progress, enough_processes(clips_recorded(folder)))
