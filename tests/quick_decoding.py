"""Pages without what takes most of the time of a small study's page: the decoding network, and drawing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

from matplotlib.figure import Figure

from samscope.analysis.pointers.decoding import READINGS, decode_pointers
from samscope.figures.catalogue import catalogue
from samscope.report import page, page_processes, results
from samscope.report.drawings import drawing_of
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_study
from samscope.support.progress import Progress

RIDGES = tuple(reading for reading in READINGS if reading.decoder == "ridge")

SHOWN = frozenset(
    {
        "clips",
        "position-maps-clean",
        "pointer-pca",
        "pointer-pca-overlay",
        "decoded-boxes-by-set",
        "features-over-time-object_pointer_ungated",
        "separability-interjection-object_pointer_ungated",
        "separability-by-position",
    }
)
"""One figure for each part of the page."""


@contextmanager
def quick_decoding() -> Iterator[None]:
    """Have pages read pointers by ridge regression alone."""
    with patch.object(results, "decode_pointers", partial(decode_pointers, readings=RIDGES)):
        yield


@contextmanager
def quick_page() -> Iterator[None]:
    """Have this process alone make pages, with ridge regression, and with an empty figure in each part."""
    few = {name: entry for name, entry in catalogue().items() if name in SHOWN}
    with (
        quick_decoding(),
        patch.object(page_processes, "usual_processes", lambda: 1),
        patch.object(page, "catalogue", lambda: few),
        patch.object(page, "drawing_of", lambda *given: replace(drawing_of(*given), draw=_empty)),
    ):
        yield


def _empty() -> Figure:
    return Figure((4, 3))


def run_quick_study(settings: StudySettings, progress: Progress) -> Path:
    """Run a study whose page is quickly made, in any process."""
    with quick_page():
        return run_study(settings, progress)
