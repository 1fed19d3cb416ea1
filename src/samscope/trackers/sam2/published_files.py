"""The files of a model as the hub has published them, and whether a download is them."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from samscope.support.errors import SamscopeError
from samscope.trackers.sam2.configuration_file import CONFIGURATION

MOST_BYTES = 2**34
"""Bytes of a model's files together at most."""

_PIECE = 2**20


@dataclass(frozen=True)
class PublishedFile:
    """A file on the hub.

    Attributes:
        name: its path in the model's repository.
        size: its bytes; None where the hub does not say.
        sha256: its SHA-256, as hex; None where the hub keeps none (files that are small).
        blob: git's SHA-1 of the file, as hex, where ``sha256`` is None; None where the hub keeps none.
    """

    name: str
    size: int | None
    sha256: str | None
    blob: str | None


def published_files(model: str, siblings: Iterable[Any], patterns: Sequence[str]) -> list[PublishedFile]:
    """Return the files of a model that its folder will hold.

    Args:
        model: the model's name, for messages.
        siblings: the hub's list of files, with their metadata.
        patterns: which of them are wanted.

    Raises:
        SamscopeError: there are no weights or no configuration, they are too large together, or a name leads
            elsewhere.
    """
    files = [
        PublishedFile(
            name=sibling.rfilename,
            size=sibling.size,
            sha256=sibling.lfs.sha256 if sibling.lfs else None,
            blob=None if sibling.lfs else sibling.blob_id,
        )
        for sibling in siblings
        if any(fnmatch(sibling.rfilename, pattern) for pattern in patterns)
    ]
    for file in files:
        if file.name.startswith("/") or ".." in file.name.split("/"):
            raise SamscopeError(f"model {model!r}: the hub names a file {file.name!r}; it was not downloaded")
    if not any(file.name.endswith(".safetensors") for file in files):
        raise SamscopeError(f"model {model!r}: has no safetensors weights on the hub; name another one")
    if not any(file.name == CONFIGURATION for file in files):
        raise SamscopeError(
            f"model {model!r}: has no {CONFIGURATION} on the hub; name another one, or a file of its weights"
        )
    total = sum(file.size or 0 for file in files)
    if total > MOST_BYTES:
        raise SamscopeError(
            f"model {model!r}: {total:,} bytes of weights; at most {MOST_BYTES:,} are downloaded"
        )
    return files


def check_downloaded(model: str, path: Path, file: PublishedFile) -> None:
    """Hold a downloaded file against what was published of it; one that differs is removed.

    Args:
        model: the model's name, for messages.
        path: the file in the hub's cache.
        file: what was published.

    Raises:
        SamscopeError: it is missing, or of another size or digest.
    """
    if not path.is_file():
        raise SamscopeError(f"model {model!r}: {file.name} is missing after the download; run it again")
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        _remove(path)
        raise SamscopeError(
            f"model {model!r}: {file.name} has {size:,} bytes; the hub's has {file.size:,}; it was removed, "
            "run it again"
        )
    expected = file.sha256 or file.blob
    if expected is not None and _digest(path, file) != expected:
        _remove(path)
        raise SamscopeError(
            f"model {model!r}: {file.name} is not the hub's: its digest is not {expected}; it was removed, "
            "run it again"
        )


def _digest(path: Path, file: PublishedFile) -> str:
    if file.sha256 is not None:
        digest = hashlib.sha256()
    else:
        digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _remove(path: Path) -> None:
    """Remove a file of the hub's cache, and what it is a link to."""
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)
