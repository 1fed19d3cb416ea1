"""The processes that work at a page: how many, and begun before there is work for them."""

from pathlib import Path

from samscope.support.errors import SamscopeError
from samscope.support.reading import read_json_object
from samscope.support.result_folder import STUDY_FILE
from samscope.support.side_by_side import doing, usual_processes

_PAGE = "samscope.report.page"

_ENOUGH_CLIPS = 24
"""With fewer clips than this a page takes little longer than processes take to begin."""


def enough_processes(clips: int) -> int:
    """Return how many processes work at the results and figures of a study with so many clips."""
    return usual_processes() if clips >= _ENOUGH_CLIPS else 1


def begin_processes(clips: int) -> None:
    """Start the other processes that will work at the page of a study with so many clips.

    They import its libraries, which takes two seconds, while this process imports its own, and then wait.
    Those that have waited for five minutes end, and begin again when there is work.
    """
    doing(enough_processes(clips), _PAGE)


def clips_recorded(folder: Path) -> int:
    """Return how many clips of a study are recorded, as its folder says; 0 where it says nothing of it."""
    try:
        count = read_json_object(folder / STUDY_FILE).get("clips_recorded")
    except (OSError, ValueError, SamscopeError):
        return 0
    return count if isinstance(count, int) else 0
