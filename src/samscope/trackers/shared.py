"""Several clips tracked side by side: what is equal among them is computed once, and forks where they part.

Clips that are made of one video share frames and beginnings. They are tracked in lockstep: at each frame
index every distinct frame is encoded once, every distinct track takes one step, and clips whose frames differ
from then on go on from the same memory bank. A bank is a value, so that a fork costs nothing.
"""

from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.attention import Looking
from samscope.trackers.devices import threads_beside
from samscope.trackers.edit_checks import asked_of_step, check_edits, require_single_path
from samscope.trackers.edits import Edit, on_frame
from samscope.trackers.equal_frames import number_frames
from samscope.trackers.family import Step, Tracker
from samscope.trackers.given import described, presence
from samscope.trackers.grouping import balanced, batches, grouped
from samscope.trackers.looking_ahead import FRAMES_AHEAD
from samscope.trackers.memory import MemoryRule
from samscope.trackers.needs import Need, needs_of, require_hashable, require_truth
from samscope.trackers.prompt import Prompt, make_prompt, on_device
from samscope.trackers.sam2.speed.cores import Cores, usual_cores
from samscope.trackers.seen import Seen
from samscope.trackers.settling import Unsettled, read_scores, see_paths


@dataclass(frozen=True, eq=False)
class PromptedClip:
    """A clip and its object on frame 0.

    Attributes:
        frames: uint8 [T, H, W, 3], RGB.
        mask: bool [H, W], the object's pixels on frame 0.
        present: bool [T], on which frames the object is by the labels, for a memory rule that needs it.
        edits: what is changed inside its track; clips are one track as long as what is done is equal, too.
        memory: the memory rule that it is tracked under; None for the model's own.
    """

    frames: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    present: NDArray[np.bool_] | None = None
    edits: tuple[Edit, ...] = ()
    memory: MemoryRule | None = None


@dataclass(frozen=True, eq=False)
class SeenTogether:
    """One step, and the clips that it was taken for.

    Attributes:
        clips: their places in what ``track_together`` was given, ascending.
        frame: the frame's number among all distinct ones; of equal frames, which may be those of other clips
            or at another index, the encoding is the same.
        seen: what was seen, once for all of them; its tensors are shared and not to be written to.
    """

    clips: tuple[int, ...]
    frame: int
    seen: Seen


@dataclass(frozen=True, eq=False)
class _Track:
    """What some clips have in common so far.

    Attributes:
        clips: their places.
        step: the latest one; None before frame 0.
        unsettled: what was seen and is not settled yet.
        watched: what the latest step settled, as soon as it has been watched.
        watched_last: the last that was ever settled, likewise.
    """

    clips: tuple[int, ...]
    step: Step | None = None
    unsettled: Unsettled = field(default_factory=Unsettled)
    watched: "tuple[Future[SeenTogether], ...]" = ()
    watched_last: "Future[SeenTogether] | None" = None


def track_together(
    model: Tracker,
    clips: Sequence[PromptedClip],
    *,
    batch: int = 1,
    cores: int | None = None,
    watch: Callable[[SeenTogether], None] | None = None,
    attention: bool = False,
) -> Generator[SeenTogether, None, None]:
    """Track the objects of several clips, each from its mask on frame 0, and observe the model.

    Frames are equal if their pixels are, wherever they come from. Tracks are one as long as their frames,
    their masks on frame 0 and what their lengths mean to the model (see ``track``) are equal, and under a
    memory rule that needs the truth this as well. Tracks under different rules are never one, but of equal
    frames they share the encodings.

    With ``batch`` 1 every step computes what ``track`` computes for each clip alone, on a CPU in the mode
    ``exact`` bit for bit. Larger batches put distinct frames and tracks through the model together, which
    changes the last bits.

    In the mode ``fast`` on a CPU, steps are taken and frames encoded side by side, each on one core: see
    ``Cores``. What is yielded does not depend on how many cores there are.

    Held are the encodings of those frames that a later frame index still needs, side by side those of the
    next two as well, and a memory bank a track. For the six sets of one draw that is at most one encoding
    more than frames are interjected (side by side, twice the sets more), and six banks. Under a memory rule
    that keeps several paths, what was seen on frames on which these differ is held as well.

    Args:
        model: as ``load_model`` gives it.
        clips: of any lengths and sizes.
        batch: how many distinct frames or tracks go through the model at once.
        cores: how many steps and encodings are computed side by side; None for ``usual_cores``.
        watch: called for every item before it is yielded; side by side that is on one
            of the cores, several at once, but each clip's frame after frame.
        attention: see what memory attention looks at, as ``Seen.attention``.

    Yields:
        Frame index by frame index one item a distinct step; each clip is in exactly one while it lasts. Under
        a memory rule that keeps several paths the answers are final, and come when they are: each clip's in
        order, but not at the same time as those of others, and apart where tracks have parted meanwhile.

    Raises:
        UsageError: a clip without frames, a wrong mask, no truth where the memory rule needs it, a batch or
            cores below 1, or edits that the tracker cannot do (``edit_checks``).
    """
    for name, value in (("batch", batch), ("cores", cores)):
        if value is not None and value < 1:
            raise UsageError(f"{name} is {value}; it must be at least 1")
    for place, clip in enumerate(clips):
        frames: object = clip.frames
        if not (
            isinstance(frames, np.ndarray)
            and frames.dtype == np.uint8
            and frames.ndim == 4
            and frames.shape[-1] == 3
        ):
            raise UsageError(
                f"clip {place}: frames are {described(frames)}; expected uint8 [T, H, W, 3], RGB"
            )
        if not len(clip.frames):
            raise UsageError(f"clip {place}: there is no frame to track in")
    models = under_rules(model, clips)
    for clip_model, clip in zip(models, clips, strict=True):
        check_edits(clip_model, clip.edits, len(clip.frames))
        if attention:
            require_single_path(clip_model, "attention")
    prompts = [
        on_device(
            make_prompt(
                (clip.frames.shape[1], clip.frames.shape[2]),
                model.image_size,
                mask=clip.mask,
                resize_mask=model.resizes_masks,
            ),
            model.device,
        )
        for clip in clips
    ]
    numbers = number_frames([clip.frames for clip in clips])
    cores = usual_cores(model.device, model.mode) if cores is None else cores
    looking = Looking() if attention else None
    clip_truths = truths(models, clips)
    return _follow(_Work(model, models, clips, prompts, numbers, clip_truths, batch, cores, watch, looking))


def under_rules(model: Tracker, clips: Sequence[PromptedClip]) -> list[Tracker]:
    """Return the model as it tracks each clip, one for each rule.

    Raises:
        UsageError: a rule needs what the model does not have, or has no hash.
    """
    given = [clip.memory for clip in clips if clip.memory is not None]
    for rule in given:
        require_hashable(rule)
    ruled = {rule: model.with_memory_rule(rule) for rule in given}
    return [model if clip.memory is None else ruled[clip.memory] for clip in clips]


def truths(models: Sequence[Tracker], clips: Sequence[PromptedClip]) -> list[tuple[bool, ...] | None]:
    """Return on which frames each clip's object is, if its memory rule needs to know; else None.

    Args:
        models: each clip's, as ``under_rules`` gives them.
        clips: the clips.

    Raises:
        UsageError: it does, and the clip does not tell.
    """
    return [_truth(model, clip) for model, clip in zip(models, clips, strict=True)]


def _truth(model: Tracker, clip: PromptedClip) -> tuple[bool, ...] | None:
    if Need.TRUTH not in needs_of(model.memory_rule):
        return None
    require_truth(model.memory_rule, clip.present is not None)
    return presence(clip.present, len(clip.frames))


@dataclass(frozen=True, eq=False)
class _Work:
    """What is tracked, and how; ``models`` has each clip's, the one model under the clip's memory rule."""

    model: Tracker
    models: Sequence[Tracker]
    clips: Sequence[PromptedClip]
    prompts: Sequence[Prompt]
    numbers: Sequence[Sequence[int]]
    truths: Sequence[Sequence[bool] | None]
    batch: int
    cores: int | None
    watch: Callable[[SeenTogether], None] | None
    looking: Looking | None

    def edits(self, place: int, time: int) -> tuple[Edit, ...]:
        """Return what is done in a clip's track at a frame index."""
        return on_frame(self.clips[place].edits, time)

    def pointers(self, place: int) -> int:
        """Return how many pointers a clip's track may hold: all that its length means to the model."""
        return min(len(self.clips[place].frames), self.model.max_pointers)

    def goes_with(self, place: int) -> Hashable:
        """Return what tracks that go through the model together have in common."""
        return self.pointers(place), self.models[place].memory_rule

    def key(self, place: int, time: int) -> Hashable:
        """Return what a clip's track is told of a frame, and what is done: equal ones are one track."""
        truth = self.truths[place]
        is_present = None if truth is None else truth[time]
        return self.numbers[place][time], is_present, tuple(edit.done for edit in self.edits(place, time))

    def step(self, tracks: Sequence[_Track], encoded: Sequence[Any], time: int) -> Sequence[Step]:
        """Take the step of tracks that go together."""
        firsts = [track.clips[0] for track in tracks]
        model = self.models[firsts[0]]
        edits = [self.edits(place, time) for place in firsts]
        arguments = asked_of_step(edits, self.looking if time else None)
        if time:
            banks = [track.step.bank for track in tracks if track.step is not None]
            presences = [truth[time] for place in firsts if (truth := self.truths[place]) is not None]
            if presences:
                arguments["truth"] = presences
            return model.follow(encoded, banks, time, **arguments)
        prompts, length = [self.prompts[place] for place in firsts], len(self.clips[firsts[0]].frames)
        return model.start(encoded, prompts, length=length, **arguments)

    def take(self, cores: Cores, tracks: Sequence[_Track], encoded: Sequence[Any], time: int) -> list[_Track]:
        """Take a step, see what came of it at each clip's frame size, and have it watched thereafter."""
        taken = []
        steps = self.step(tracks, encoded, time)
        scores = read_scores(steps)
        for track, step in zip(tracks, steps, strict=True):
            height, width = self.clips[track.clips[0]].frames.shape[1:3]
            settled, unsettled = track.unsettled.after(see_paths(step, (height, width), scores))
            taken.append(self._settle(cores, replace(track, step=step, unsettled=unsettled), settled))
        return taken

    def end(self, cores: Cores, tracks: Iterable[_Track], time: int) -> list[_Track]:
        """Settle what is left of those tracks' clips that have so many frames, and have it watched."""
        ended = []
        for track in tracks:
            clips = tuple(place for place in track.clips if len(self.numbers[place]) == time)
            if clips:
                ended.append(self._settle(cores, replace(track, clips=clips), track.unsettled.best))
        return ended

    def _settle(self, cores: Cores, track: _Track, settled: Iterable[Seen]) -> _Track:
        """Have what is settled of a track watched, one after another."""
        watched: list[Future[SeenTogether]] = []
        last = track.watched_last
        for seen in settled:
            number = self.numbers[track.clips[0]][seen.frame_index]
            last = cores.run(self._watched, SeenTogether(track.clips, number, seen), last)
            watched.append(last)
        return replace(track, watched=tuple(watched), watched_last=last)

    def _watched(self, together: SeenTogether, before: "Future[SeenTogether] | None") -> SeenTogether:
        """Return a step after it was watched, which the one before was first: that has been begun earlier."""
        if before is not None:
            before.result()
        if self.watch is not None:
            self.watch(together)
        return together


def _follow(work: _Work) -> Generator[SeenTogether, None, None]:
    clips, numbers = work.clips, work.numbers
    tracks = _split_by(
        [_Track(tuple(range(len(clips))))], lambda place: (work.goes_with(place), clips[place].mask.tobytes())
    )
    taken: list[Future[list[_Track]]] = []
    with Cores(work.cores) as cores, threads_beside(work.model.device, "samscope-frames") as pool:
        encodings = _Encodings(work, cores, pool)
        for time in range(max(map(len, numbers), default=0)):
            done = [track for together in taken for track in together.result()]
            ended = work.end(cores, done, time)
            if time:
                tracks = done
            tracks = [replace(t, clips=tuple(p for p in t.clips if time < len(numbers[p]))) for t in tracks]
            tracks = _split_by(tracks, lambda place: work.key(place, time))  # noqa: B023
            taken = []
            encodings.begin(time)
            if not time and work.cores is not None:
                encodings.begin(1)  # beside the first, without which there is no step to take
            for together in batches(tracks, lambda track: work.goes_with(track.clips[0]), work.batch):
                encoded = [encodings.get(numbers[track.clips[0]][time]) for track in together]
                taken.append(cores.run(work.take, cores, together, encoded, time))
            encodings.drop(time)
            if work.cores is not None:
                for ahead in range(1, FRAMES_AHEAD + 1):
                    encodings.begin(time + ahead)
            yield from _watched([*done, *ended])
        done = [track for together in taken for track in together.result()]
        yield from _watched([*done, *work.end(cores, done, max(map(len, numbers), default=0))])


def _watched(tracks: Iterable[_Track]) -> Iterator[SeenTogether]:
    """Yield what the latest step of tracks settled, each of which is waited for until it was watched."""
    return (settled.result() for track in tracks for settled in track.watched)


class _Encodings:
    """The encodings of distinct frames, from when they are begun until no later frame index needs them.

    Args:
        work: what is tracked.
        cores: encodes the frames.
        pool: preprocesses them meanwhile, one frame index ahead; None where that is left to the cores.
    """

    def __init__(self, work: _Work, cores: Cores, pool: ThreadPoolExecutor | None) -> None:
        self._work, self._cores, self._pool = work, cores, pool
        self._prepared: dict[int, Callable[[], Tensor]] = {}
        by_time = sorted(
            (time, number) for frame_numbers in work.numbers for time, number in enumerate(frame_numbers)
        )
        self._last_needed = {number: time for time, number in by_time}
        self._begun: dict[int, tuple[Future[Sequence[Any]], int]] = {}

    def begin(self, time: int) -> None:
        """Have the frames of an index encoded that are not yet, and those of the next one prepared."""
        batch = self._work.batch
        missing = [number for number in self._frames(time) if number not in self._begun]
        self._prepare(time)
        if self._pool is not None:
            self._prepare(time + 1)
        for group in balanced(missing, batch):
            prepared = [self._prepared.pop(number) for number in group]
            encoded = self._cores.run(_encode, self._work.model, prepared)
            self._begun |= {number: (encoded, place) for place, number in enumerate(group)}

    def _frames(self, time: int) -> dict[int, NDArray[np.uint8]]:
        """Return the distinct frames of an index by their numbers."""
        numbers, clips = self._work.numbers, self._work.clips
        places = [place for place, frame_numbers in enumerate(numbers) if time < len(frame_numbers)]
        return {numbers[place][time]: clips[place].frames[time] for place in places}

    def _prepare(self, time: int) -> None:
        """Have the frames of an index preprocessed that are not yet: in the pool, or else where encoded."""
        preprocess = self._work.model.preprocess
        for number, frame in self._frames(time).items():
            if number not in self._begun and number not in self._prepared:
                self._prepared[number] = (
                    partial(preprocess, frame)
                    if self._pool is None
                    else self._pool.submit(preprocess, frame).result
                )

    def get(self, number: int) -> Any:
        """Return the encoding of a frame that was begun, which is waited for."""
        encoded, place = self._begun[number]
        return encoded.result()[place]

    def drop(self, time: int) -> None:
        """Forget those that no frame index after this one needs."""
        self._begun = {
            number: begun for number, begun in self._begun.items() if self._last_needed[number] > time
        }


def _encode(model: Tracker, prepared: Sequence[Callable[[], Tensor]]) -> Sequence[Any]:
    return model.encode(torch.stack([pixels() for pixels in prepared]))


def _split_by(tracks: Iterable[_Track], key: Callable[[int], Hashable]) -> list[_Track]:
    """Split tracks so that all clips of each have the same key; one without clips is dropped."""
    parted = []
    for track in tracks:
        parted += [replace(track, clips=tuple(places)) for places in grouped(track.clips, key)]
    return parted
