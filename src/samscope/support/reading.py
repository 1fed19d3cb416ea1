"""Reading of files that come from strangers: regular files alone, of a size that is known to be bearable."""

import json
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from samscope.support.errors import SamscopeError

MOST_JSON_BYTES = 64 * 2**20
"""A JSON or text file of more bytes than this is refused."""


def open_regular(path: Path, most_bytes: int) -> BinaryIO:
    """Open a regular file for reading; a pipe or a device is not waited for.

    Args:
        path: the file. Links are followed; ``require_within`` says where they may lead.
        most_bytes: how large it may be.

    Raises:
        SamscopeError: it is no regular file, or larger.
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    file = os.fdopen(descriptor, "rb")
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SamscopeError(f"{path}: {_kind(status.st_mode)}; expected a regular file; remove it")
        if status.st_size > most_bytes:
            raise SamscopeError(
                f"{path}: {status.st_size:,} bytes; expected at most {most_bytes:,}; get the right file"
            )
    except BaseException:
        file.close()
        raise
    return file


def read_regular(path: Path, most_bytes: int) -> bytes:
    """Return the content of a regular file.

    Raises:
        SamscopeError, OSError: as ``open_regular``.
    """
    with open_regular(path, most_bytes) as file:
        return file.read(os.fstat(file.fileno()).st_size)


def read_json_object(path: Path, most_bytes: int = MOST_JSON_BYTES) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        ValueError: it is no JSON in UTF-8, nested too deeply, or no object; the message says which.
        SamscopeError, OSError: as ``open_regular``.
    """
    data = read_regular(path, most_bytes)
    try:
        content = json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError(f"expected an object, but it is {type(content).__name__}")
    return content


def require_there(link: Path) -> None:
    """Refuse a symbolic link that leads nowhere, or in a circle.

    Raises:
        SamscopeError: it does; the message says where it would lead.
    """
    try:
        link.stat()
    except OSError as error:
        target = link.readlink()
        raise SamscopeError(
            f"{link}: a link that leads nowhere, to {target} ({error.strerror}); connect the disk that it "
            "leads to, or remove it"
        ) from error


def require_within(path: Path, folder: Path) -> None:
    """Refuse a path that symbolic links lead out of a folder.

    Args:
        path: a file or folder that lies in ``folder`` by its name.
        folder: the folder; it may be a link itself.

    Raises:
        SamscopeError: it lies elsewhere in truth, or the links lead in a circle.
    """
    try:
        target = path.resolve(strict=True)
        inside = target.is_relative_to(folder.resolve(strict=True))
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SamscopeError(f"{path}: a link that leads nowhere ({reason}); remove it") from error
    if not inside:
        raise SamscopeError(
            f"{path}: a link out of {folder}, to {target}; links may lead to what lies in the folder alone: "
            "put a copy in the link's place"
        )


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    return next((name for test, name in kinds if test(mode)), "not a file")
