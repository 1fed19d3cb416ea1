"""What a session holds of one object, as a value: what was prompted, what was tracked, and from what."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.memory import Bank, Memory
from samscope.trackers.prompt import Prompt
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.seen import Seen

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Released:
    """What the official predictor does with corrections, and its options by their official names.

    Attributes:
        add_all_frames_to_correct_as_cond: a correction of a tracked frame becomes a conditioning frame. Off
            as released: then the next pass that comes to the frame computes it again without the correction.
        legacy: as the predictor of July 2024: a correction that is no conditioning frame is kept by passes.
        clear_non_cond_mem_around_input: with ``legacy``: what was tracked within 7 frames of a prompt is
            forgotten, when the prompt is taken over and whenever a pass comes to a conditioning frame.

    Raises:
        UsageError: ``clear_non_cond_mem_around_input`` without ``legacy``, which the official code cannot do.
    """

    add_all_frames_to_correct_as_cond: bool = False
    legacy: bool = False
    clear_non_cond_mem_around_input: bool = False

    def __post_init__(self) -> None:
        if self.clear_non_cond_mem_around_input and not self.legacy:
            raise UsageError(
                "clear_non_cond_mem_around_input: the official predictor of December 2024 fails with it; set "
                "legacy=True for the one of July"
            )


@dataclass(frozen=True, eq=False)
class Answered:
    """What is held of one frame.

    Attributes:
        memory: what was stored of it, by the frame's own index.
        mask_logits: [1, 1, S/4, S/4].
        seen: all that was seen, of a prompted frame; None of a tracked one.
    """

    memory: Memory
    mask_logits: Tensor
    seen: Seen | None


@dataclass(frozen=True, eq=False)
class Passed:
    """How a pass came to a frame.

    Attributes:
        reverse: its direction.
        bank: what was remembered before the frame, in the pass's own time; None in a session that passes as
            the official predictor does, which remembers by frames alone.
    """

    reverse: bool
    bank: Bank | None


@dataclass(frozen=True, eq=False)
class ObjectTrack:
    """All that a session holds of one object; nothing in it ever changes.

    Attributes:
        empty: the bank of the object without any frame.
        conditioning: the frames that all others read, in the order of their prompts.
        tracked: the other frames, as they were computed last.
        kept: those of them that are corrections which passes keep.
        pending: answers to prompts since the last pass, and whether each becomes a conditioning frame.
        clicks: points and labels so far of each frame that was clicked on.
        passed: how each frame that a pass came to was come to last.
    """

    empty: Bank
    conditioning: Mapping[int, Answered] = field(default_factory=dict)
    tracked: Mapping[int, Answered] = field(default_factory=dict)
    kept: frozenset[int] = frozenset()
    pending: Mapping[int, tuple[Answered, bool]] = field(default_factory=dict)
    clicks: Mapping[int, Prompt] = field(default_factory=dict)
    passed: Mapping[int, Passed] = field(default_factory=dict)

    def latest(self, frame: int) -> Answered | None:
        """Return what is held of a frame, the latest prompt's answer first; None for nothing."""
        if frame in self.pending:
            return self.pending[frame][0]
        return self.conditioning.get(frame) or self.tracked.get(frame)

    @property
    def conditioning_frames(self) -> tuple[int, ...]:
        """The frames that all others read, or will when the next pass takes them over."""
        pending = [frame for frame, (_, conditions) in self.pending.items() if conditions]
        return tuple(dict.fromkeys([*self.conditioning, *pending]))

    @property
    def example(self) -> Answered:
        """Any frame that is held; a track has one from its first prompt on."""
        answers = (*(answered for answered, _ in self.pending.values()), *self.conditioning.values())
        return next(iter((*answers, *self.tracked.values())))

    def answered(
        self, frame: int, answered: Answered, clicks: Prompt | None, *, conditions: bool
    ) -> "ObjectTrack":
        """Return the track with the answer to a prompt, which the next pass takes over.

        Args:
            frame: the prompted frame.
            answered: what came of it.
            clicks: points and labels so far; None after a mask.
            conditions: whether it becomes a conditioning frame.
        """
        other_clicks = {clicked: points for clicked, points in self.clicks.items() if clicked != frame}
        return replace(
            self,
            pending={**self.pending, frame: (answered, conditions)},
            clicks=other_clicks if clicks is None else {**other_clicks, frame: clicks},
        )

    def settled(self, released: Released | None) -> "ObjectTrack":
        """Return the track as a pass finds it: prompts since the last one are taken over."""
        track = replace(self, pending={})
        corrections = {
            frame: answered for frame, (answered, conditions) in self.pending.items() if not conditions
        }
        conditioning = {
            frame: answered for frame, (answered, conditions) in self.pending.items() if conditions
        }
        for frame, answered in corrections.items():
            kept = track.kept | {frame} if released is not None and released.legacy else track.kept
            track = replace(track, tracked={**track.tracked, frame: answered}, kept=kept)
            track = track.cleared_around(frame, released)
        for frame, answered in conditioning.items():
            track = replace(track, conditioning={**track.conditioning, frame: answered})
            track = track.cleared_around(frame, released)
        return track.without_tracked(frozenset(track.conditioning))

    def without_tracked(self, frames: frozenset[int]) -> "ObjectTrack":
        """Return the track without what was computed of tracked frames."""
        tracked = {frame: answered for frame, answered in self.tracked.items() if frame not in frames}
        return replace(self, tracked=tracked, kept=self.kept - frames)

    def cleared_around(self, frame: int, released: Released | None) -> "ObjectTrack":
        """Return the track without tracked frames near a prompted one, where the options ask for it."""
        if released is None or not released.clear_non_cond_mem_around_input:
            return self
        reach = self.empty.limits.memories * _stride(self.empty)
        return self.without_tracked(frozenset(range(frame - reach, frame + reach + 1)))

    def without_prompts(self, frame: int) -> "ObjectTrack":
        """Return the track without a frame's prompts: a conditioning frame is then one to be tracked."""
        demoted = self.conditioning.get(frame)
        return replace(
            self,
            conditioning=_without(self.conditioning, frame),
            tracked=self.tracked if demoted is None else {**self.tracked, frame: demoted},
            kept=self.kept - {frame},
            pending=_without(self.pending, frame),
            clicks=_without(self.clicks, frame),
            passed=self.passed if demoted is None else _without(self.passed, frame),
        )

    def followed(self, frame: int, answered: Answered, passed: Passed) -> "ObjectTrack":
        """Return the track with a frame that was tracked."""
        return replace(
            self,
            tracked={**self.tracked, frame: answered},
            kept=self.kept - {frame},
            passed={**self.passed, frame: passed},
        )

    def came_by(self, frame: int, passed: Passed, released: Released | None) -> "ObjectTrack":
        """Return the track after a pass yielded a frame as it is held."""
        track = replace(self, passed={**self.passed, frame: passed})
        return track.cleared_around(frame, released) if frame in self.conditioning else track

    def prompted(self, *, reverse: bool) -> tuple[Memory, ...]:
        """Return the memories of conditioning frames in a pass's own time."""
        return tuple(in_time(answered.memory, reverse) for answered in self.conditioning.values())

    def clean_bank(self, *, reverse: bool) -> Bank:
        """Return what a pass remembers that begins anew."""
        return replace(self.empty, prompted=self.prompted(reverse=reverse))

    def bank_before(self, frame: int) -> Bank | None:
        """Return what the last pass that came to a frame remembered before it, and what is prompted now.

        None where no pass has come there, or where passes remember by frames alone.
        """
        passed = self.passed.get(frame)
        if passed is None or passed.bank is None:
            return None
        return replace(passed.bank, prompted=self.prompted(reverse=passed.reverse))

    def bank_of_frames(self, frame: int, *, reverse: bool) -> Bank:
        """Return what the official predictor remembers on a frame: what is held, whatever pass it is from."""
        limits = self.empty.limits
        reach = max(limits.pointers, limits.memories * _stride(self.empty))
        before = range(frame + reach, frame, -1) if reverse else range(frame - reach, frame)
        held = [self.tracked[place].memory for place in before if place in self.tracked]
        return replace(
            self.clean_bank(reverse=reverse), tracked=tuple(in_time(memory, reverse) for memory in held)
        )


def in_time(memory: Memory, reverse: bool) -> Memory:
    """Return a memory by the index that a pass in a direction counts by, or back: in reverse the negative."""
    return replace(memory, frame=-memory.frame) if reverse else memory


def _stride(bank: Bank) -> int:
    return bank.rule.stride if isinstance(bank.rule, Sam2Memory) else 1


def _without(entries: Mapping[int, Value], frame: int) -> dict[int, Value]:
    return {place: entry for place, entry in entries.items() if place != frame}
