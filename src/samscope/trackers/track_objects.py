"""Tracking several objects through a video or a stream, each from prompts on any of its frames."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import UsageError
from samscope.trackers.edit_checks import TrackedFrames, looking_of
from samscope.trackers.family import PromptableTracker, Tracker
from samscope.trackers.given import rgb_frame, rgb_frames, whole_number
from samscope.trackers.looking_ahead import FRAMES_AHEAD, FramesAhead
from samscope.trackers.memory import MemoryRule
from samscope.trackers.object_edits import ObjectEdits, edits_by_object
from samscope.trackers.object_steps import (
    ObjectSteps,
    prompts_of,
    require_many_prompts,
    takes_many_prompts,
    with_rule,
)
from samscope.trackers.prompts import FramePrompt, PromptedObject, check_prompts
from samscope.trackers.sam2.speed.cores import Cores, cores_of, operations_on
from samscope.trackers.seen import Seen
from samscope.trackers.tracked_frame import TrackedFrame, objects_apart


def track_objects(
    model: Tracker,
    frames: Any,
    prompts: Sequence[PromptedObject],
    *,
    memory: str | MemoryRule | None = None,
    as_released: bool = False,
    prompts_first: bool | None = None,
    reverse: bool = False,
    non_overlap_masks: bool = False,
    length: int | None = None,
    threads: int | None = None,
    ahead: int | None = None,
    edits: ObjectEdits = (),
    attention: bool | Sequence[tuple[float, float]] = False,
) -> Generator[TrackedFrame, None, None]:
    """Track objects through a video in one pass, and observe the model on every frame.

    Each frame is encoded once, however many objects there are. Objects have a memory each and never see each
    other. Nothing is kept of past frames but what the objects' memories hold, so a stream of any length runs
    in constant memory; a stream is read one frame at a time, when the next result is asked for.

    A prompted frame is read without memory, and remembered for good. With ``prompts_first`` all of them are
    looked at before the pass, so that frames before a prompt read its memory too, as in the official
    predictor. Corrections of what was tracked are made with a ``TrackingSession``.

    Args:
        model: as ``load_model`` gives it.
        frames: as ``samscope.track`` takes them, or a video whose frames have ``pixels``, as ``open_video``
            gives it.
        prompts: the objects and what is said of them on which frames, as ``read_prompts`` gives them.
        memory: the memory rule, as in ``samscope.track``. Each object has its own state.
        as_released: track as the official predictor does: every object from the first prompt of any on. Else
            an object begins where its own first prompt is.
        prompts_first: whether prompted frames are read before the pass; a video that can only be iterated
            over is then read twice up to the last one of them. None: where there are several frames with
            prompts of one object and the frames can be read again, which an iterator or a live video cannot.
        reverse: go from the last frame to the first, each object from its last prompt on; for frames that
            can be indexed: arrays, lists, and ``videos.indexed.IndexedVideo``.
        non_overlap_masks: let masks not overlap: a pixel is the object's of the highest logit. What is
            remembered does not change.
        length: as in ``samscope.track``.
        threads: as in ``samscope.track``; the objects of a frame are tracked side by side too.
        ahead: as in ``samscope.track``.
        edits: what is changed inside the objects' tracks, by object id, or a list of what is done to every
            object; see ``edits``. Frames are the video's, those of remembered frames too. On a prompted frame
            they are done where the mask is refined last.
        attention: as in ``samscope.track``, for every object.

    Yields:
        One ``TrackedFrame`` a frame, also where no object is tracked yet.

    Raises:
        UsageError: what ``check_prompts`` and ``samscope.track`` refuse; a model or a memory rule that cannot
            take such prompts; frames that cannot be read in reverse or again; edits of no object, or on
            frames on which it is not tracked; or, after the last frame, a prompt or an edit on a frame that
            never came.
    """
    tracker = with_rule(model, memory)
    for name, number, least in (("threads", threads, 1), ("ahead", ahead, 0), ("length", length, 1)):
        if number is not None:
            whole_number(number, name, least)
    if reverse and not can_be_indexed(frames):
        raise UsageError(
            "a pass in reverse reads frames by their index: give an array, a list, or of a video "
            "videos.indexed.IndexedVideo(video)"
        )
    count = frame_count(frames)
    length = count if length is None else length
    source = iter(_ordered(frames, reverse))
    beginning = list(islice(source, 1))
    if not beginning:
        raise UsageError("there is no frame to track in")
    first = pixels_of(beginning[0], count - 1 if reverse and count else 0)
    size = (first.shape[0], first.shape[1])
    check_prompts(prompts, size, count)
    prompts_by_object = {prompted.id: prompted.by_frame for prompted in prompts}
    begins = {
        object_id: (max if reverse else min)(by_frame) for object_id, by_frame in prompts_by_object.items()
    }
    order = sorted(prompts_by_object, key=begins.__getitem__, reverse=reverse)
    if as_released:
        begins = dict.fromkeys(prompts_by_object, begins[order[0]])
    extents = {
        object_id: TrackedFrames(begins[object_id], tuple(prompts_by_object[object_id]), reverse)
        for object_id in prompts_by_object
    }
    looking = looking_of(tracker, attention, size)
    steps = ObjectSteps(tracker, size, reverse, edits_by_object(tracker, edits, extents, length), looking)
    starts = {min(map(steps.time, by_frame)) for by_frame in prompts_by_object.values()}
    prompts_first = _reads_prompts_first(
        frames, prompts_by_object, prompts_first, as_released=as_released, together=len(starts) == 1
    )
    if reason := _asks_for(prompts_by_object, reverse=reverse, prompts_first=prompts_first):
        require_many_prompts(tracker, reason)
    if not isinstance(tracker, PromptableTracker) and _refines_masks(prompts_by_object):
        require_many_prompts(tracker, "a mask here is refined by clicks")
    cores = cores_of(tracker.device, tracker.mode, threads)
    if ahead is None:
        ahead = FRAMES_AHEAD if isinstance(frames, Sized) and cores is not None else 0
    return _Pass(
        steps=steps,
        frames=frames,
        items=_joined(beginning, source),
        count=count,
        length=length,
        prompts_by_object={object_id: prompts_by_object[object_id] for object_id in order},
        prompts_first=prompts_first,
        begin=min(starts) if as_released else None,
        any_frame=takes_many_prompts(tracker),
        non_overlap_masks=non_overlap_masks,
        cores=cores,
        ahead=ahead,
        threads=threads,
    ).run()


def _has_several(prompts_by_object: Mapping[int, Mapping[int, FramePrompt]]) -> bool:
    """Tell whether an object has prompts on several frames."""
    return any(len(by_frame) > 1 for by_frame in prompts_by_object.values())


def _reads_prompts_first(
    frames: Any,
    prompts_by_object: Mapping[int, Mapping[int, FramePrompt]],
    requested: bool | None,
    *,
    as_released: bool,
    together: bool,
) -> bool:
    """Tell whether prompted frames are read before the pass.

    Args:
        frames: the frames.
        prompts_by_object: what is said of each object on which frames.
        requested: what the user says; None: where it makes a difference and can be done.
        as_released: whether all objects are tracked from the first prompt of any on.
        together: whether all objects begin on one frame.

    Raises:
        UsageError: it has to be so, and the frames cannot be read again.
    """
    again = not isinstance(frames, Iterator) and not getattr(frames, "live", False)
    matters = _has_several(prompts_by_object) or (as_released and not together)
    first = (matters and again) if requested is None else requested
    if first and not again:
        raise UsageError(
            "prompts_first: these frames come once and cannot be read again; give an array or a list"
        )
    if as_released and matters and not first:
        raise UsageError(
            "as_released: the official predictor looks at all prompted frames first, and these come once; "
            "give an array or a list"
        )
    return first


def _asks_for(
    prompts_by_object: Mapping[int, Mapping[int, FramePrompt]], *, reverse: bool, prompts_first: bool
) -> str | None:
    """Say what in a pass asks for a rule that reads any prompted frames; None for nothing."""
    if _has_several(prompts_by_object):
        return "an object here has several"
    if reverse:
        return "this one is in reverse"
    return "prompted frames are read before this one" if prompts_first else None


def _refines_masks(prompts_by_object: Mapping[int, Mapping[int, FramePrompt]]) -> bool:
    prompts = (prompt for by_frame in prompts_by_object.values() for prompt in by_frame.values())
    return any(prompt.mask is not None and len(prompt.kinds) > 1 for prompt in prompts)


@dataclass(frozen=True, eq=False)
class _Item:
    """A frame on its way into the model."""

    index: int
    source: Any
    encoded: Any


@dataclass(frozen=True, eq=False)
class _Pass:
    """A pass that can begin.

    Attributes:
        begin: the time from which every object is tracked; None: each from its own first prompt.
        any_frame: whether the model takes prompts on any frame; else each object's track counts from its
            own first frame, as for ``samscope.track``.
    """

    steps: ObjectSteps
    frames: Any
    items: Iterator[Any]
    count: int | None
    length: int | None
    prompts_by_object: Mapping[int, Mapping[int, FramePrompt]]
    prompts_first: bool
    begin: int | None
    any_frame: bool
    non_overlap_masks: bool
    cores: int | None
    ahead: int
    threads: int | None

    def run(self) -> Generator[TrackedFrame, None, None]:
        """Yield what is seen of the objects, frame after frame."""
        with Cores(self.cores) as cores:
            banks = self._with_all_prompts() if self.prompts_first else {}
            frames = FramesAhead(self._numbered(), self._encode, cores, self.ahead)
            last = -1
            while (encoding := frames.take()) is not None:
                item: _Item = encoding.result()
                frames.begin()
                with operations_on(self.threads if self.cores is None else None):
                    objects = self._take(cores, item, banks)
                last = max(last, item.index)
                yield TrackedFrame(
                    item.index, objects_apart(objects) if self.non_overlap_masks else objects, item.source
                )
        self._require_all_came(last)

    def _with_all_prompts(self) -> dict[int, Any]:
        """Return banks that hold all prompted frames, in the order of time."""
        prompted = {frame for by_frame in self.prompts_by_object.values() for frame in by_frame}
        held: dict[int, Any] = {}
        for index, source in _frames_at(self.frames, prompted):
            item = self._encode((index, source))
            for object_id, by_frame in self.prompts_by_object.items():
                if index in by_frame:
                    held[object_id] = self._prompted(item, object_id, held.get(object_id))[0]
        return held

    def _take(self, cores: Cores, item: _Item, banks: dict[int, Any]) -> dict[int, Seen]:
        """Take the steps of a frame, and put what is remembered into ``banks``."""
        time, seen = self.steps.time(item.index), {}
        tracked = {
            object_id: banks[object_id]
            for object_id, by_frame in self.prompts_by_object.items()
            if item.index not in by_frame and self._has_begun(object_id, time)
        }
        for object_id, by_frame in self.prompts_by_object.items():
            if item.index in by_frame:
                bank, seen[object_id] = self._prompted(item, object_id, banks.get(object_id))
                if not self.prompts_first:
                    banks[object_id] = bank
        starts = (
            {}
            if self.any_frame
            else {object_id: min(self.prompts_by_object[object_id]) for object_id in tracked}
        )
        for object_id, taken in self.steps.follow(cores, item.encoded, tracked, item.index, starts).items():
            banks[object_id], seen[object_id] = taken.step.bank, taken.seen
        return {object_id: seen[object_id] for object_id in self.prompts_by_object if object_id in seen}

    def _has_begun(self, object_id: int, time: int) -> bool:
        own_begin = min(map(self.steps.time, self.prompts_by_object[object_id]))
        return time >= (own_begin if self.begin is None else self.begin)

    def _prompted(self, item: _Item, object_id: int, bank: Any) -> tuple[Any, Seen]:
        """Return what is remembered with a prompted frame, and what was seen on it."""
        model, prompt = self.steps.model, self.prompts_by_object[object_id][item.index]
        model_prompts = prompts_of(model, self.steps.size, object_id, prompt)
        if isinstance(model, PromptableTracker) and self.any_frame:
            empty = model.new_bank(self.length)
            before = empty if bank is None else bank
            taken = self.steps.prompt(item.encoded, model_prompts, before, item.index, object_id=object_id)
        else:
            taken = self.steps.start(item.encoded, model_prompts, item.index, self.length, object_id)
        return taken.step.bank, taken.seen

    def _numbered(self) -> Iterator[Any]:
        last = None if self.count is None else self.count - 1
        for place, source in enumerate(self.items):
            index = last - place if self.steps.reverse and last is not None else place
            if self.length is not None and place >= self.length:
                raise UsageError(f"frame {index} came after the last one: length={self.length}")
            yield index, source

    def _encode(self, numbered: tuple[int, Any]) -> _Item:
        index, source = numbered
        pixels = pixels_of(source, index, self.steps.size)
        with operations_on(self.threads if self.cores is None else None):
            return _Item(index, source, self.steps.encode(pixels))

    def _require_all_came(self, last: int) -> None:
        for object_id, by_frame in self.prompts_by_object.items():
            if missed := [frame for frame in by_frame if frame > last]:
                raise UsageError(
                    f"object {object_id}: the video ended with frame {last}, before its prompt on frame "
                    f"{missed[0]}"
                )
        for object_id, edits in self.steps.edits.items():
            for number, edit in enumerate(edits):
                if edit.on[-1] > last:
                    raise UsageError(
                        f"object {object_id}: edit {number} ({edit}): frame {edit.on[-1]} is after the last "
                        f"one, {last}"
                    )


def frame_count(frames: Any) -> int | None:
    """Return how many frames there are; None where that is not known beforehand."""
    if isinstance(frames, Sized):
        return len(frames)
    count = getattr(frames, "count", None)
    return count if isinstance(count, int) else None


def pixels_of(source: Any, index: int, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """Return the pixels uint8 [H, W, 3] of a frame, or of a video's frame.

    Raises:
        UsageError: it is no frame, or of another size.
    """
    frame = rgb_frame(getattr(source, "pixels", source), index)
    if size is not None and frame.shape[:2] != size:
        raise UsageError(f"frame {index} is {list(frame.shape)}, expected {[*size, 3]}: one size, please")
    return frame


def can_be_indexed(frames: Any) -> bool:
    """Tell whether frames are read by their index: an array or a list."""
    return isinstance(frames, Sized) and hasattr(frames, "__getitem__")


def _ordered(frames: Any, reverse: bool) -> Iterable[Any]:
    checked = rgb_frames(frames)
    return (frames[place] for place in reversed(range(len(frames)))) if reverse else checked


def _frames_at(frames: Any, indices: set[int]) -> Iterator[tuple[int, Any]]:
    """Yield the wanted frames with their indices, in the order of time."""
    if can_be_indexed(frames):
        yield from ((index, frames[index]) for index in sorted(indices))
        return
    for index, source in enumerate(islice(iter(frames), max(indices) + 1)):
        if index in indices:
            yield index, source


def _joined(beginning: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    """Yield all of it, and keep nothing of what was yielded."""
    while beginning:
        yield beginning.pop()
    yield from rest
