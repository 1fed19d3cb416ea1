"""Files of this machine put onto object storage, many at a time."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from samscope.support.errors import SamscopeError
from samscope.support.progress import Progress
from samscope.support.urls import file_system

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_AT_ONCE = 256


def send_files(folder: Path, url: str, names: Sequence[str], progress: Progress) -> None:
    """Put files of a folder under the same names at an address; those that are there are replaced.

    Args:
        folder: a folder of this machine.
        url: the address.
        names: of the files, within both, in the order in which they are sent.
        progress: hears of every file.

    Raises:
        UsageError: the address is of no known kind.
        Exception: a file cannot be sent, and the file system says why; those before it may have been.
    """
    system, root = file_system(url)
    with progress.stage("sending", len(names)) as advance:
        for first in range(0, len(names), _AT_ONCE):
            batch = names[first : first + _AT_ONCE]
            system.put([str(folder / name) for name in batch], [f"{root}/{name}" for name in batch])
            for name in batch:
                advance(name)


def files_below(system: "AbstractFileSystem", root: str) -> list[str]:
    """Return every file below a path of a file system; none where there is nothing.

    Raises:
        SamscopeError: the path is a file's.
    """
    try:
        files: list[str] = system.find(root)
    except FileNotFoundError:
        return []
    if files == [root]:
        raise SamscopeError("a file is in the way; name another address")
    return files
