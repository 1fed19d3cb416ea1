"""What other packages add to samscope, by entry points that they name in their metadata."""

import warnings
from importlib.metadata import entry_points
from typing import Any


def added_by_packages(group: str, kind: str) -> dict[str, Any]:
    """Return what packages add under a group of entry points, by the names that they give it.

    One that cannot be imported is named in a warning, and left out.

    Args:
        group: of the entry points.
        kind: what they name, for the warning: ``memory rule``.
    """
    added: dict[str, Any] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        try:
            added[entry.name] = entry.load()
        except Exception as error:  # whatever another package raises where it is imported
            warnings.warn(
                f"the {kind} {entry.name!r} ({entry.value}) cannot be imported: {type(error).__name__}: "
                f"{' '.join(str(error).split())}; it is left out",
                RuntimeWarning,
                stacklevel=3,
            )
    return added
