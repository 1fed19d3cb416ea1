"""Files and folders that bear their name only when all of them is written, and what a full disk is called."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from samscope.errors import SamscopeError

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Numbers of the operating system's errors for a disk, or a share of one, that is full."""


@contextmanager
def disk_errors_explained(path: Path) -> Iterator[None]:
    """Turn an error of the operating system, met while writing ``path``, into one that says what to do.

    Raises:
        SamscopeError: in place of the OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise SamscopeError(
                f"disk full: {path.name} does not fit into {path.parent}; free space or name another folder"
            ) from error
        reason = error.strerror or str(error)
        raise SamscopeError(f"cannot write {path} ({reason}); mend that or name another folder") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give the name of a temporary file that is renamed to ``path`` at the end, and removed on any error.

    Folders that are missing are made; a file of that name is replaced.

    Yields:
        The temporary file's path; nothing is there yet.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    temporary = path.with_name(f".{path.name}.unfinished")
    try:
        with disk_errors_explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty temporary folder that is renamed to ``path`` at the end, and removed on any error.

    Folders that are missing are made; a folder of that name is replaced.

    Yields:
        The temporary folder.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    temporary = path.with_name(f".{path.name}.unfinished")
    try:
        with disk_errors_explained(path):
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            yield temporary
            if path.is_dir():
                shutil.rmtree(path)
            temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
