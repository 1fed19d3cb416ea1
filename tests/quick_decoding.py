"""Pages without the decoding network, whose training takes most of the time of a small study's page."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

from samscope.analysis.pointers.decoding import READINGS, decode_pointers
from samscope.report import results
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_study
from samscope.support.progress import Progress

RIDGES = tuple(reading for reading in READINGS if reading.decoder == "ridge")


@contextmanager
def quick_decoding() -> Iterator[None]:
    """Have pages read pointers by ridge regression alone."""
    with patch.object(results, "decode_pointers", partial(decode_pointers, readings=RIDGES)):
        yield


def run_quick_study(settings: StudySettings, progress: Progress) -> Path:
    """Run a study whose page is quickly made, in any process."""
    with quick_decoding():
        return run_study(settings, progress)
