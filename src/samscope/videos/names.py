"""Which names of videos are safe in files, tables, pages and terminals; and the order of numbered names."""

import os
import re
from pathlib import Path

from samscope.support.errors import SamscopeError

MOST_NAME_BYTES = 200
"""A clip's files are named after its video, with a number before it and an ending behind it."""

_FORMULA = re.compile(r"[=+@]|-.*[^\w.-]", re.DOTALL)


def name_fault(name: str) -> str | None:
    """Say what is wrong with the name of a video; None where nothing is.

    Quotes, brackets, ``$`` and ``<b>`` are no fault: what writes them escapes them.

    Args:
        name: the name, as a folder bears it or as a table holds it.

    Returns:
        The end of the sentence 'the name ...'.
    """
    if not name or name.startswith(".") or "/" in name or "\\" in name:
        return "is a path and not a name"
    if not name.isprintable():
        return "holds line breaks, control characters or bytes that cannot be shown"
    if len(os.fsencode(name)) > MOST_NAME_BYTES:
        return f"is longer than {MOST_NAME_BYTES} bytes"
    return shown_fault(name)


def shown_fault(name: str) -> str | None:
    """Say what is wrong with a name that is shown and stands in tables, but that no file is named after.

    Args:
        name: the name. What shows it escapes it.

    Returns:
        The end of the sentence 'the name ...'; None where nothing is wrong.
    """
    return "is a formula to a spreadsheet, where tables are opened" if _FORMULA.match(name) else None


def require_safe_names(names: list[str], where: str | Path) -> None:
    """Refuse names of videos that are not safe to write or to show.

    Args:
        names: names of videos.
        where: the folder or file that they stand in.

    Raises:
        SamscopeError: one of them is not; the message shows it with its escapes.
    """
    for name in names:
        if fault := name_fault(name):
            raise SamscopeError(f"{where}: the name {name!r} of a video {fault}; rename it")


def natural_order(name: str) -> list[str | int]:
    """Return a sorting key by which ``frame2`` comes before ``frame10``."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"(\d+)", name))]
