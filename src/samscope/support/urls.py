"""Which paths are addresses of object storage."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from samscope.support.errors import SamscopeError, UsageError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_URL = re.compile(r"(?P<protocol>[a-z][a-z0-9+.-]+):/{1,3}(?P<rest>[^/].*)", re.DOTALL)


def url_of(path: str | Path) -> str | None:
    """Return the address that a path is, such as ``s3://bucket/DAVIS``; None for a path of this machine.

    A ``Path`` keeps one of the two slashes of an address; both forms are understood. So a relative folder
    whose name ends in a colon has to be written with ``./`` before it.
    """
    match = _URL.fullmatch(str(path))
    if match is None:
        return None
    slashes = ":///" if match["protocol"] == "file" else "://"
    return match["protocol"] + slashes + match["rest"].rstrip("/")


def file_system(url: str) -> tuple["AbstractFileSystem", str]:
    """Return the file system of an address, and the address as that file system calls it.

    Raises:
        UsageError: nothing is known of its protocol, or what is needed for it is not installed.
        SamscopeError: the file system refuses to be used.
    """
    from fsspec.core import url_to_fs  # noqa: PLC0415

    try:
        system, root = url_to_fs(url)
    except ImportError as error:
        extra = " (pip install 'samscope[s3]')" if url.startswith("s3") else ""
        raise UsageError(f"{url}: {' '.join(str(error).split())}{extra}") from error
    except ValueError as error:
        raise UsageError(f"{url}: {' '.join(str(error).split())}") from error
    except Exception as error:
        raise SamscopeError(f"{url}: {type(error).__name__}: {' '.join(str(error).split())}") from error
    return system, str(root).rstrip("/")


def explained(url: str, error: Exception) -> SamscopeError:
    """Return what went wrong at an address as one line."""
    if isinstance(error, SamscopeError):
        return error
    reason = " ".join(str(error).split()) or "no reason given"
    return SamscopeError(f"{url}: {type(error).__name__}: {reason}; check address, permissions and network")
