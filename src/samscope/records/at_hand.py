"""Studies on object storage, drawn on this machine: what is fetched of them, and what is sent back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from samscope.records.failures import FAILURES_TABLE
from samscope.records.store import RECORDS
from samscope.support.errors import UsageError
from samscope.support.progress import Progress
from samscope.support.result_folder import STUDY_FILE
from samscope.support.storage.at_hand import folders_at_hand
from samscope.support.storage.sending import files_below, send_files
from samscope.support.urls import explained, file_system, url_of

STUDY_CONTENT = (RECORDS, STUDY_FILE, FAILURES_TABLE)
"""What of a study's folder is needed to draw it; the rest can be drawn again."""


@contextmanager
def study_at_hand(study: Path, progress: Progress) -> Iterator[Path]:
    """Give a folder of this machine with what a study's drawings need, as ``folders_at_hand`` does.

    Args:
        study: a path, or an address of a single study.
        progress: hears of it if it is fetched.

    Raises:
        UsageError, SamscopeError: as ``folders_at_hand``; or the address is one of several.
    """
    if url_of(study) is not None and "*" in str(study):
        raise UsageError(f"{url_of(study)}: name a single study, without *")
    with folders_at_hand([study], progress, STUDY_CONTENT) as (local_folder,):
        yield local_folder


def send_drawn(folder: Path, study: Path, page: Path, progress: Progress) -> str:
    """Send what was drawn of a fetched study to where the study lies: the page last, older drawings go.

    Two that draw the same study on object storage at a time are not kept apart: the later one's files stay.

    Args:
        folder: the study on this machine.
        study: the path or address that it was asked for by.
        page: the page in ``folder``.
        progress: hears of every file.

    Returns:
        Where the page is now; for a study of this machine that is ``page``.

    Raises:
        SamscopeError: it cannot be sent.
    """
    url = url_of(study)
    if url is None:
        return str(page)
    drawn = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in STUDY_CONTENT
    }
    last = page.relative_to(folder).as_posix()
    system, root = file_system(url)
    tops = {name.split("/")[0] for name in drawn if "/" in name}
    try:
        send_files(folder, url, [*sorted(drawn - {last}), last], progress)
        for path in files_below(system, root):
            name = path.removeprefix(f"{root}/")
            if name.split("/")[0] in tops and name not in drawn:
                system.rm_file(path)
    except Exception as error:
        raise explained(url, error) from error
    return f"{url}/{last}"
