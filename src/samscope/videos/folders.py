"""What lies in a folder of videos: folders, pictures, and nothing that is none of the user's."""

import os
from pathlib import Path

from samscope.support.errors import SamscopeError
from samscope.support.reading import require_there, require_within
from samscope.videos.images import IMAGE_SUFFIXES
from samscope.videos.passed_over import is_passed_over


def folders(folder: Path) -> list[str]:
    """Return the names of the folders in ``folder`` that are not passed over, sorted.

    Raises:
        SamscopeError: a link among them leads nowhere, so that a video would be missing unnoticed.
    """
    names = []
    for entry in entries(folder):
        if entry.is_symlink():
            require_there(Path(entry.path))
        if entry.is_dir():
            names.append(entry.name)
    return sorted(names)


def pictures(folder: Path, root: Path | None) -> dict[str, Path]:
    """Return the picture files of ``folder`` by stem; empty where there is no such folder.

    Args:
        folder: the folder.
        root: the folder that no link may lead out of; None where links may lead anywhere.

    Raises:
        SamscopeError: two have one stem, or a link leads nowhere or out of ``root``.
    """
    if not folder.is_dir():
        return {}
    if root is not None:
        require_within(folder, root)
    files: dict[str, Path] = {}
    for entry in sorted(entries(folder), key=lambda entry: entry.name):
        file = Path(entry.path)
        if file.suffix.lower() not in IMAGE_SUFFIXES:
            continue
        if entry.is_symlink():
            require_there(file)
            if root is not None:
                require_within(file, root)
        if entry.is_file():
            if file.stem in files:
                raise SamscopeError(f"{file}: a second picture of the stem {file.stem}; keep one of the two")
            files[file.stem] = file
    return files


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what lies in a folder, but for what is passed over in every folder.

    Raises:
        SamscopeError: it cannot be listed.
    """
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if not is_passed_over(entry.name)]
    except OSError as error:
        raise SamscopeError(f"{folder}: cannot be listed: {error.strerror}") from error
