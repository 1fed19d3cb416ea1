"""Files and folders that bear their name only when all of them is written, and what a full disk is called."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from samscope.support.errors import SamscopeError

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Numbers of the operating system's errors for a disk, or a share of one, that is full."""

UNFINISHED = ".*.unfinished"
"""Matches the names of files and folders that are being written, or that a killed process was writing."""

_FULL_WORDS = ("no space left on device", "disk quota exceeded")


def is_disk_full(error: BaseException | None) -> bool:
    """Tell whether a full disk is behind an error, whichever library it came through."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return True
        if any(words in str(error).lower() for words in _FULL_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


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


def sync(path: Path) -> None:
    """Return once a file's content, or the names in a folder, would outlast a power cut.

    Raises:
        OSError: the disk is full after all, or failing.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that cannot do it for folders
            raise
    finally:
        os.close(descriptor)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give the name of a temporary file that is renamed to ``path`` at the end, and removed on any error.

    The content is on the disk before the file bears its name. Folders that are missing are made; a file of
    that name is replaced. Two processes must not write the same file at once: see ``samscope.support.lock``.

    Yields:
        The temporary file's path; nothing is there yet.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    temporary = path.with_name(f".{path.name}.unfinished")
    try:
        with disk_errors_explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.unlink(missing_ok=True)  # it might be a link that leads elsewhere
            yield temporary
            sync(temporary)
            temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that bears its name only once all of it is there, see ``whole_file``.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    with whole_file(path) as unfinished:
        unfinished.write_bytes(content)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty temporary folder that is renamed to ``path`` at the end, and removed on any error.

    The files are on the disk before the folder bears its name. Folders that are missing are made; a folder of
    that name is replaced.

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
            for file in temporary.rglob("*"):
                sync(file)
            if path.is_dir():
                shutil.rmtree(path)
            temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
