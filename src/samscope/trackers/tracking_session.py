"""Prompts click by click: objects are prompted, tracked, corrected and tracked again."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from numpy.typing import ArrayLike
from PIL import Image
from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.edit_checks import TrackedFrames, looking_of
from samscope.trackers.edits import Edit
from samscope.trackers.family import Tracker
from samscope.trackers.given import rgb_frames, whole_number
from samscope.trackers.memory import Bank, Memory, MemoryRule
from samscope.trackers.object_edits import ObjectEdits, edits_by_object
from samscope.trackers.object_steps import ObjectSteps, Taken, prompts_of, require_many_prompts, with_rule
from samscope.trackers.object_track import Answered, ObjectTrack, Passed, Released
from samscope.trackers.prompt import Prompt
from samscope.trackers.prompts import FramePrompt, PromptedObject, check_prompts, require_object_id
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.sam2.decoding import NO_OBJECT_LOGIT
from samscope.trackers.sam2.speed.cores import Cores, usual_cores
from samscope.trackers.seen import Seen
from samscope.trackers.track_objects import can_be_indexed, pixels_of
from samscope.trackers.tracked_frame import TrackedFrame, objects_apart


class TrackingSession:
    """Objects of a video that are prompted, tracked, corrected and tracked again.

    A prompt is answered at once. A pass takes over the prompts since the last one, and yields the video's
    frames; prompted frames are yielded as they were answered, and read by all others. A prompt on a frame
    that a pass has yielded is a correction: its clicks refine what was tracked there, and read memory as
    tracking the frame does.

    By default a correction becomes a conditioning frame, so that it acts on all later passes; an object
    begins, in a pass, where its own first prompt is; and a pass reads nothing of earlier passes but where
    it goes on from one: where ``start`` is a frame that the last pass to come there came to in the same
    direction, it remembers what that one did. ``as_released`` gives the official predictor's behaviour, of
    which the documentation on prompts says where it surprises.

    Held are of every frame that was tracked its mask logits and what is remembered of it, some 0.8 MB an
    object and frame for SAM 2 at 1024 pixels; of prompted frames all that was seen.

    Args:
        model: as ``load_model`` gives it.
        frames: an array or a list of frames, as ``samscope.track`` takes them; of a video give
            ``[frame.pixels for frame in video]``, as frames are read again.
        memory: the memory rule, as in ``samscope.track``.
        as_released: True: as the official predictor does; or its options.
        non_overlap_masks: as in ``track_objects``.

    Raises:
        UsageError: frames that cannot be read again, or none; a model or memory rule that cannot take prompts
            on any frame.
    """

    def __init__(
        self,
        model: Tracker,
        frames: Any,
        *,
        memory: str | MemoryRule | None = None,
        as_released: bool | Released = False,
        non_overlap_masks: bool = False,
    ) -> None:
        self._model = require_many_prompts(with_rule(model, memory), "a session has more")
        self._released = (
            as_released if isinstance(as_released, Released) else Released() if as_released else None
        )
        if self._released is not None and not isinstance(self._model.memory_rule, Sam2Memory):
            name = getattr(self._model.memory_rule, "name", "none")
            raise UsageError(
                f"as_released: memory rule {name} remembers by passes, and the official predictor by frames; "
                "take memory='sam2'"
            )
        rgb_frames(frames)
        if not can_be_indexed(frames):
            raise UsageError(
                "a session reads frames again: give an array or a list, of a video "
                "[frame.pixels for frame in video]"
            )
        if not len(frames):
            raise UsageError("there is no frame to track in")
        self._frames, self._count = frames, len(frames)
        first = pixels_of(frames[0], 0)
        self._size = (first.shape[0], first.shape[1])
        self._non_overlap_masks = non_overlap_masks
        self._tracks: dict[int, ObjectTrack] = {}
        self._encoded: tuple[int, Any] | None = None

    @property
    def object_ids(self) -> tuple[int, ...]:
        """The objects in the order of their first prompts."""
        return tuple(self._tracks)

    def track(self, object_id: int) -> ObjectTrack:
        """Return all that is held of an object now, as a value.

        Raises:
            UsageError: there is no such object.
        """
        if object_id not in self._tracks:
            raise UsageError(f"there is no object {object_id}; there are {', '.join(map(str, self._tracks))}")
        return self._tracks[object_id]

    def conditioning_frames(self, object_id: int) -> tuple[int, ...]:
        """Return an object's frames that all others read or will read, in the order of their prompts.

        Raises:
            UsageError: there is no such object.
        """
        return self.track(object_id).conditioning_frames

    def prompt(
        self,
        object_id: int,
        frame: int,
        *,
        mask: ArrayLike | Tensor | Image.Image | None = None,
        points: ArrayLike | Tensor | None = None,
        labels: Sequence[int] | ArrayLike | Tensor | None = None,
        box: ArrayLike | Tensor | None = None,
        clear_old_points: bool = False,
    ) -> Seen:
        """Prompt an object on a frame, and return the answer.

        Clicks and a box refine the frame's latest mask, whether that came of a prompt or of tracking; clicks
        are added to those before. A mask takes the place of what was said of the frame.

        Args:
            object_id: 1 to 255; a new one is a new object.
            frame: index of the frame.
            mask: as ``samscope.track`` takes it.
            points: [P, 2], x and y of clicks, in pixels.
            labels: [P], 1 for a click on the object, 0 for one beside it; all 1 if left out.
            box: x_min, y_min, x_max, y_max; before any click on the frame, or in the place of all of them.
            clear_old_points: forget earlier clicks and boxes on the frame; its mask still is refined.

        Raises:
            UsageError: as ``PromptedObject`` and ``check_prompts``; or a box beside earlier clicks.
        """
        require_object_id(object_id)
        frame_prompt = FramePrompt(frame=frame, mask=mask, points=points, labels=labels, box=box)
        check_prompts([PromptedObject(object_id, (frame_prompt,))], self._size, self._count)
        track = self._tracks.get(object_id) or ObjectTrack(self._model.new_bank(self._count))
        model_prompts = prompts_of(self._model, self._size, object_id, frame_prompt)
        if model_prompts[0].mask is None:
            model_prompts = [self._refining(track, frame_prompt, model_prompts[0], clear_old_points)]
        passed = track.passed.get(frame)
        conditions = (
            passed is None or self._released is None or self._released.add_all_frames_to_correct_as_cond
        )
        steps = ObjectSteps(self._model, self._size, passed is not None and passed.reverse)
        taken = steps.prompt(
            self._encode(steps, frame),
            model_prompts,
            self._bank(track, frame),
            frame,
            corrects=passed is not None,
        )
        clicks = None if model_prompts[-1].mask is not None else replace(model_prompts[-1], previous=None)
        self._tracks[object_id] = track.answered(
            frame, _answered(taken, frame, prompted=True), clicks, conditions=conditions
        )
        return taken.seen

    def clear(self, object_id: int, frame: int) -> None:
        """Take back what was said of an object on a frame, which the next pass then tracks.

        Raises:
            UsageError: there is no such object, or nothing was said.
        """
        track = self.track(object_id)
        if frame not in {*track.pending, *track.conditioning, *track.kept}:
            raise UsageError(f"object {object_id}, frame {frame}: there is no prompt to take back")
        self._tracks[object_id] = track.without_prompts(frame)

    def remove(self, object_id: int) -> None:
        """Forget an object; the others are as if it had never been.

        Raises:
            UsageError: there is no such object.
        """
        self.track(object_id)
        del self._tracks[object_id]

    def mask_logits(self, frame: int) -> dict[int, Tensor]:
        """Return the objects' mask logits on a frame as they are held now, [S/4, S/4] by object id.

        They are the latest prompt's, else the latest pass's; -1024 where there is nothing of the object.
        """
        whole_number(frame, "frame", 0)
        return {
            object_id: track.example.mask_logits.new_full(
                track.example.mask_logits.shape[-2:], NO_OBJECT_LOGIT
            )
            if (answered := track.latest(frame)) is None
            else answered.mask_logits[0, 0]
            for object_id, track in self._tracks.items()
        }

    def propagate(
        self,
        *,
        start: int | None = None,
        reverse: bool = False,
        edits: ObjectEdits = (),
        attention: bool | Sequence[tuple[float, float]] = False,
    ) -> Generator[TrackedFrame, None, None]:
        """Track all objects through the video, from a frame on.

        It may be left at any frame; what was tracked until then is held.

        Args:
            start: the first frame. None: the earliest conditioning frame of any object; in reverse the
                latest one, or as released the earliest there too.
            reverse: go towards frame 0.
            edits: what is changed inside the objects' tracks in this pass, as for ``track_objects``; not on
                frames that are yielded as their prompts were answered. What is held after it is what was
                made of them.
            attention: as in ``samscope.track``, for every object; not told of frames that are yielded as
                their prompts were answered.

        Yields:
            One ``TrackedFrame`` a frame.

        Raises:
            UsageError: there is no object, an object has no prompt, there is no such frame, or edits that
                cannot be done in the pass.
        """
        if not self._tracks:
            raise UsageError("there is no object to track; prompt one first")
        settled = {object_id: track.settled(self._released) for object_id, track in self._tracks.items()}
        for object_id, track in settled.items():
            if not track.conditioning:
                raise UsageError(f"object {object_id}: no prompt is left; prompt it, or remove it")
        conditioning = [frame for track in settled.values() for frame in track.conditioning]
        if start is not None:
            whole_number(start, "start", 0)
            if start >= self._count:
                raise UsageError(f"start is {start}; the last frame is {self._count - 1}")
        first = start
        if first is None:
            first = max(conditioning) if reverse and self._released is None else min(conditioning)
        looking = looking_of(self._model, attention, self._size)
        checked_edits = self._checked(edits, settled, first, reverse=reverse)
        self._tracks = settled
        steps = ObjectSteps(self._model, self._size, reverse, checked_edits, looking)
        banks: dict[int, Bank] = {}
        if self._released is None:
            for object_id, track in settled.items():
                passed = track.passed.get(first)
                going_on = start is not None and passed is not None and passed.reverse == reverse
                earlier = track.bank_before(first) if going_on else None
                banks[object_id] = earlier or track.clean_bank(reverse=reverse)
        order = range(first, -1, -1) if reverse else range(first, self._count)
        if self._released is not None and reverse and first == 0:
            order = range(0)
        return self._pass(steps, order, banks)

    def _checked(
        self, edits: ObjectEdits, tracks: Mapping[int, ObjectTrack], first: int, *, reverse: bool
    ) -> dict[int, tuple[Edit, ...]]:
        """Return the edits of a pass by object."""
        extents = {}
        for object_id, track in tracks.items():
            begins = first
            if self._released is None:
                begins = (
                    min(first, max(track.conditioning)) if reverse else max(first, min(track.conditioning))
                )
            held = (*track.conditioning, *track.kept)
            extents[object_id] = TrackedFrames(begins, held, reverse)
        checked = edits_by_object(self._model, edits, extents, self._count)
        for object_id, own_edits in checked.items():
            for number, edit in enumerate(own_edits):
                where = f"object {object_id}: edit {number} ({edit})"
                for frame in extents[object_id].prompted:
                    if frame in edit.on:
                        raise UsageError(
                            f"{where}: frame {frame} is yielded as its prompt was answered; leave it out"
                        )
                if edit.site == "remembered_frame" and self._released is not None:
                    raise UsageError(
                        f"{where}: as_released a pass remembers what is held of each frame, so that none is "
                        "forgotten; take attention_to_memory and attention_to_pointer"
                    )
        return checked

    def _pass(
        self, steps: ObjectSteps, order: Iterable[int], banks: dict[int, Bank]
    ) -> Generator[TrackedFrame, None, None]:
        with Cores(usual_cores(self._model.device, self._model.mode)) as cores:
            for frame in order:
                objects = self._take(cores, steps, frame, banks)
                yield TrackedFrame(
                    frame, objects_apart(objects) if self._non_overlap_masks else objects, self._frames[frame]
                )

    def _take(self, cores: Cores, steps: ObjectSteps, frame: int, banks: dict[int, Bank]) -> dict[int, Seen]:
        """Bring all objects through a frame."""
        encoded = self._encode(steps, frame)
        seen: dict[int, Seen] = {}
        to_track: dict[int, Bank] = {}
        for object_id, track in self._tracks.items():
            bank = banks.get(object_id)
            if not track.conditioning or (bank is None and self._released is None):
                continue  # a new object, which the next pass takes over
            held = track.conditioning.get(frame) or (track.tracked[frame] if frame in track.kept else None)
            if held is not None and held.seen is not None:
                seen[object_id] = held.seen
                came = Passed(steps.reverse, bank)
                self._tracks[object_id] = track.came_by(frame, came, self._released)
            elif bank is None:
                to_track[object_id] = track.bank_of_frames(frame, reverse=steps.reverse)
            elif steps.time(frame) > min(memory.frame for memory in bank.prompted):
                to_track[object_id] = bank
        for object_id, taken in steps.follow(cores, encoded, to_track, frame).items():
            before = banks.get(object_id)
            if before is not None:
                banks[object_id] = taken.step.bank
            answered = _answered(taken, frame, prompted=False)
            self._tracks[object_id] = self._tracks[object_id].followed(
                frame, answered, Passed(steps.reverse, before)
            )
            seen[object_id] = taken.seen
        return {object_id: seen[object_id] for object_id in self._tracks if object_id in seen}

    def _bank(self, track: ObjectTrack, frame: int) -> Bank:
        """Return what a prompt on a frame reads where it corrects, as tracking the frame would."""
        passed = track.passed.get(frame)
        if passed is None:
            return track.empty
        return track.bank_before(frame) or track.bank_of_frames(frame, reverse=passed.reverse)

    def _refining(
        self, track: ObjectTrack, frame_prompt: FramePrompt, model_prompt: Prompt, clear_old_points: bool
    ) -> Prompt:
        """Return clicks together with those before, and the logits that they refine."""
        before = None if clear_old_points else track.clicks.get(frame_prompt.frame)
        if before is not None and frame_prompt.box is not None:
            raise UsageError(
                f"frame {frame_prompt.frame}: a box comes before all clicks; give it with "
                "clear_old_points=True, and the clicks with it"
            )
        if before is not None:
            model_prompt = replace(
                model_prompt,
                points=_joined(before.points, model_prompt.points),
                labels=_joined(before.labels, model_prompt.labels),
            )
        latest = track.latest(frame_prompt.frame)
        return model_prompt if latest is None else replace(model_prompt, previous=latest.mask_logits)

    def _encode(self, steps: ObjectSteps, frame: int) -> Any:
        """Return a frame's encoding, which is held until another frame's is asked for."""
        if self._encoded is None or self._encoded[0] != frame:
            self._encoded = None
            self._encoded = frame, steps.encode(pixels_of(self._frames[frame], frame, self._size))
        return self._encoded[1]


def _answered(taken: Taken, frame: int, *, prompted: bool) -> Answered:
    """Return what is held of a frame that was answered."""
    positions = taken.step.positions
    memory = Memory(frame, positions["memory_features"], positions["object_pointer"])
    return Answered(memory, taken.step.answer.mask_logits, taken.seen if prompted else None)


def _joined(earlier: Tensor | None, later: Tensor | None) -> Tensor | None:
    return later if earlier is None or later is None else torch.cat([earlier, later], dim=1)
