"""Edits of several objects: whose they are, and what is refused of them before a pass begins."""

from collections.abc import Mapping, Sequence

from samscope.support.errors import UsageError
from samscope.trackers.edit_checks import TrackedFrames, check_edits
from samscope.trackers.edits import Edit
from samscope.trackers.family import Tracker

ObjectEdits = Sequence[Edit] | Mapping[int, Sequence[Edit]]
"""Edits by object id; or those of every object."""


def edits_by_object(
    model: Tracker, edits: ObjectEdits, tracked: Mapping[int, TrackedFrames], length: int | None
) -> dict[int, tuple[Edit, ...]]:
    """Return the edits of each object that a pass can begin with.

    Args:
        model: the tracker.
        edits: as they are given.
        tracked: on which frames each object is tracked.
        length: frames of the video; None for unknown.

    Raises:
        UsageError: there is no object of an id, or what ``check_edits`` refuses, with the object's id.
    """
    given = edits if isinstance(edits, Mapping) else dict.fromkeys(tracked, edits)
    for object_id in given:
        if object_id not in tracked:
            raise UsageError(
                f"edits: there is no object {object_id!r}; there are {', '.join(map(str, tracked))}"
            )
    checked = {}
    for object_id, own_edits in given.items():
        try:
            checked[object_id] = check_edits(model, own_edits, length, tracked[object_id])
        except UsageError as error:
            raise UsageError(f"object {object_id}: {error}") from error
    return checked
