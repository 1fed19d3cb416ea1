"""What is refused of edits before a track begins."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.attention import Looking, looking
from samscope.trackers.edits import Edit, Put, Remove, Zero, seen_at, seen_on
from samscope.trackers.family import Tracker
from samscope.trackers.memory import BranchingRule
from samscope.trackers.seen import Seen
from samscope.trackers.sites import SITES_BY_NAME, PlacedSite

_OF_ATTENTION = {"attention_to_memory": "recalled_memory", "attention_to_pointer": "recalled_pointer"}


@dataclass(frozen=True)
class TrackedFrames:
    """On which frames of a clip an object is tracked.

    Attributes:
        begins: the first of them, in the order of the pass.
        prompted: those with a prompt.
        reverse: whether the pass goes towards frame 0.
    """

    begins: int = 0
    prompted: Collection[int] = (0,)
    reverse: bool = False


FROM_FRAME_0 = TrackedFrames()


@runtime_checkable
class EditedTracker(Protocol):
    """A tracker with sites.

    Its ``start`` and ``follow`` also take ``edits``, those of each track; ``follow`` takes ``looking`` too,
    and the ``prompt`` of a ``PromptableTracker`` the ``edits`` of its one track.
    """

    @property
    def sites(self) -> tuple[PlacedSite, ...]:
        """The sites that it has, in the order of ``sites.SITES``."""


def asked_of_step(edits: Sequence[Sequence[Edit]], looking: Looking | None) -> dict[str, Any]:
    """Return what a step is asked for beside tracking, as arguments: nothing, of a tracker without sites.

    Args:
        edits: those of each track that are done on the frame.
        looking: what is to be read of attention; None on a prompted frame, which has none.
    """
    arguments: dict[str, Any] = {"edits": edits} if any(edits) else {}
    return arguments if looking is None else arguments | {"looking": looking}


def require_single_path(model: Tracker, option: str) -> None:
    """Refuse to tell something of a tracker without sites, or under a rule that keeps several paths.

    Args:
        model: the tracker.
        option: is told: ``attention``, or ``banks``.

    Raises:
        UsageError: it cannot be told.
    """
    if not isinstance(model, EditedTracker):
        raise UsageError(f"{option}: {model.name} does not tell them; its family has no sites")
    if isinstance(model.memory_rule, BranchingRule):
        raise UsageError(
            f"{option}: the memory rule {model.memory_rule.name} keeps several paths, along which they are "
            "not told; take another rule"
        )


def looking_of(
    model: Tracker, attention: bool | Sequence[tuple[float, float]], size: tuple[int, int]
) -> Looking | None:
    """Return what is to be read of a tracker's attention where a user asks for it, as ``attention.looking``.

    Raises:
        UsageError: as ``looking`` and ``require_single_path``.
    """
    request = looking(attention, size)
    if request is not None:
        require_single_path(model, "attention")
    return request


def check_edits(
    model: Tracker, edits: Iterable[Edit], length: int | None, tracked: TrackedFrames = FROM_FRAME_0
) -> tuple[Edit, ...]:
    """Return edits that a track can begin with.

    Args:
        model: the tracker.
        edits: in the order in which they are given.
        length: frames of the clip; None for unknown.
        tracked: on which of them the object is tracked.

    Raises:
        UsageError: something is no edit, a site that the tracker lacks or where this cannot be done, a frame
            after the last one, before the first or without the site, a value of another shape, or edits of
            which a later one would undo an earlier one.
    """
    if isinstance(edits, Edit) or not isinstance(edits, Iterable):
        raise UsageError(f"edits are {edits!r}; expected several of them: [Edit(...)]")
    checked = tuple(edits)
    if not checked:
        return ()
    if not isinstance(model, EditedTracker):
        raise UsageError(f"{model.name} has no sites: its family cannot be edited")
    shapes = {site.name: site.shape for site in model.sites}
    for number, edit in enumerate(checked):
        if not isinstance(edit, Edit):
            raise UsageError(f"edit {number} is {edit!r}; expected an Edit")
        if edit.site not in shapes:
            raise UsageError(
                f"edit {number}: {model.name} has no site {edit.site!r}; its sites are {', '.join(shapes)}"
            )
        _check_place(number, edit, length, tracked)
        _check_change(number, edit, shapes[edit.site], tracked)
    for (first, earlier), (second, later) in combinations(enumerate(checked), 2):
        _check_order(first, earlier, second, later)
    return checked


def _check_place(number: int, edit: Edit, length: int | None, tracked: TrackedFrames) -> None:
    site = SITES_BY_NAME[edit.site]
    if length is not None and edit.on[-1] >= length:
        raise UsageError(f"edit {number} ({edit}): frame {edit.on[-1]} is after the last one, {length - 1}")
    frame = edit.on[-1] if tracked.reverse else edit.first
    if frame > tracked.begins if tracked.reverse else frame < tracked.begins:
        raise UsageError(
            f"edit {number} ({edit}): on frame {frame} the object is not tracked; it is from frame "
            f"{tracked.begins} {'towards 0' if tracked.reverse else 'on'}"
        )
    prompted = (
        []
        if site.on_prompted
        else [prompted_frame for prompted_frame in sorted(tracked.prompted) if prompted_frame in edit.on]
    )
    if prompted:
        raise UsageError(
            f"edit {number} ({edit}): there is none on frame {prompted[0]}, which is prompted; leave it out"
        )
    if edit.chosen is None:
        return
    if not site.remembered:
        raise UsageError(f"edit {number} ({edit}): it has no remembered frames to choose by of=")
    nearest = edit.chosen[-1] if tracked.reverse else edit.chosen[0]
    to_come = nearest <= frame if tracked.reverse else nearest >= frame
    if to_come and not any(prompted_frame in edit.chosen for prompted_frame in tracked.prompted):
        raise UsageError(
            f"edit {number} ({edit}): on frame {frame} no frame from {nearest} "
            f"{'down' if tracked.reverse else 'on'} is remembered"
        )


def _check_change(number: int, edit: Edit, shape: tuple[int, ...] | None, tracked: TrackedFrames) -> None:
    if isinstance(edit.change, Remove) != (shape is None):
        fault = (
            "there is no tensor; it can only be removed" if shape is None else "a tensor cannot be removed"
        )
        raise UsageError(f"edit {number} ({edit}): {fault}")
    if not isinstance(edit.change, Put) or shape is None:
        return
    given = edit.change.value
    if isinstance(given, int | float):
        value: Tensor | None = torch.tensor(float(given))
    elif isinstance(given, Tensor):
        value = given
    else:
        seen = given if isinstance(given, Seen) else _last_needed(number, edit, given, tracked)
        value = seen_at(seen, edit.site)
    if value is not None and tuple(value.shape) != shape:
        raise UsageError(
            f"edit {number} ({edit}): the value is {list(value.shape)}, the site {list(shape)}; take it from "
            "the same model at the same image size, and without a batch"
        )


def _last_needed(number: int, edit: Edit, run: object, tracked: TrackedFrames) -> Seen:
    """Return the frame of a run of which an edit takes the value last."""
    if not isinstance(run, list | tuple) or not all(isinstance(seen, Seen) for seen in run):
        raise UsageError(
            f"edit {number} ({edit}): the value is of the type {type(run).__name__}; expected a tensor, "
            "a Seen, or a list of all Seen of a run"
        )
    needed = edit.chosen if SITES_BY_NAME[edit.site].remembered else edit.on
    if needed is not None:
        last = needed[0] if tracked.reverse else needed[-1]
    else:
        last = edit.first + 1 if tracked.reverse else edit.on[-1] - 1
    seen = seen_on(run, last)
    if seen is None:
        frames = [seen.frame_index for seen in run]
        extent = f"has frames {min(frames)} to {max(frames)}" if frames else "is empty"
        raise UsageError(f"edit {number} ({edit}): the other run {extent}, and frame {last} is taken of it")
    return seen


def _check_order(first: int, earlier: Edit, second: int, later: Edit) -> None:
    """Refuse a later edit that leaves nothing of an earlier one: at one site, or of what is gone by then."""
    undone = earlier.site == later.site and isinstance(later.change, Put | Zero | Remove)
    gone = {earlier.site, later.site} in [{tensor, attention} for attention, tensor in _OF_ATTENTION.items()]
    if (undone or gone) and _overlap(earlier.on, later.on) and _overlap(earlier.chosen, later.chosen):
        raise UsageError(
            f"edits {first} ({earlier}) and {second} ({later}) change the same thing on the same frame; they "
            "are done in the order given, so that nothing would be left of one of them: leave one out"
        )


def _overlap(first: Sequence[int] | None, second: Sequence[int] | None) -> bool:
    """Tell whether collections of frames, None for all of them, have a frame in common."""
    if first is None or second is None:
        return True
    if isinstance(first, range) and isinstance(second, range):
        return max(first.start, second.start) < min(first.stop, second.stop)
    few, many = (second, first) if isinstance(first, range) else (first, second)
    return any(frame in many for frame in few)
