"""The log of a run: one JSON object a line, which plots read."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from samscope.support.disk import disk_errors_explained, whole_file
from samscope.support.errors import SamscopeError


def append(path: Path, entry: dict[str, Any]) -> None:
    """Append an entry to a log.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    with disk_errors_explained(path), path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def read_log(path: Path) -> list[dict[str, Any]]:
    """Return a log's entries; a last line that was cut off by a crash is left out.

    Raises:
        SamscopeError: a line before the last is not JSON.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    entries = []
    for number, line in enumerate(lines, start=1):
        try:
            entries.append(json.loads(line))
        except ValueError as error:
            if number == len(lines):
                break
            raise SamscopeError(f"{path}, line {number}: not a line of a training log") from error
    return entries


def last_entry(path: Path, kind: str) -> dict[str, Any]:
    """Return a log's last entry of a kind; an empty one where there is none, or no log yet.

    Raises:
        SamscopeError: as ``read_log``.
    """
    entries = read_log(path) if path.exists() else []
    return next((entry for entry in reversed(entries) if entry["kind"] == kind), {})


def rewind(path: Path, step: int) -> None:
    """Drop what a log says of steps after ``step``: a run that resumes there writes them again."""
    if not path.exists():
        return
    kept = [entry for entry in read_log(path) if entry["step"] <= step]
    with whole_file(path) as temporary:
        temporary.write_text("".join(json.dumps(entry) + "\n" for entry in kept), encoding="utf-8")


def seconds_of_run(entries: Sequence[Mapping[str, Any]]) -> float:
    """Return how long a run took, checks and drawing included, but no start and nothing that a stop lost.

    Args:
        entries: of a log. ``elapsed`` of the kind ``training`` begins anew each time the run is resumed.
    """
    elapsed = [float(entry["elapsed"]) for entry in entries if entry["kind"] == "training"]
    return sum(before for before, following in pairwise([*elapsed, 0.0]) if following < before)


def changes_of_settings(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what a run was told otherwise when it was resumed.

    Args:
        entries: of a log.

    Returns:
        One object for each entry of the kind ``settings`` but the first: ``step``, after which it held, and
        ``before`` and ``after``, the settings that differ, by name; settings in groups as ``group.name``.
    """
    settings_entries = [entry for entry in entries if entry["kind"] == "settings"]
    changes = []
    for earlier, later in pairwise(settings_entries):
        before, after = _flat(earlier["settings"]), _flat(later["settings"])
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        changes.append(
            {
                "step": later["step"],
                "before": {name: before.get(name) for name in names},
                "after": {name: after.get(name) for name in names},
            }
        )
    return changes


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": inner_value for inner, inner_value in value.items()}
        else:
            flat[name] = value
    return flat
