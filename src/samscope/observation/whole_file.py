"""Files that bear their name only when all of them is written."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from samscope.errors import SamscopeError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that is renamed to ``path`` at the end, and removed if there is an error.

    Folders that are missing are made; a file of that name is replaced.

    Args:
        path: where the file will be.

    Yields:
        The open file; wrap writes in ``explained(path)``.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    temporary = path.with_name(f".{path.name}.unfinished")
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = temporary.open("wb")
    try:
        yield file
        with explained(path):
            file.close()
            temporary.replace(path)
    finally:
        with suppress(OSError):
            file.close()
        temporary.unlink(missing_ok=True)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an error of the operating system, met while writing ``path``, into one that says what to do.

    Args:
        path: the file that is written.

    Raises:
        SamscopeError: in place of the OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise SamscopeError(
                f"disk full: {path.name} does not fit into {path.parent}; free space or name another folder"
            ) from error
        reason = error.strerror or str(error)
        raise SamscopeError(f"cannot write {path} ({reason}); mend that or name another folder") from error
