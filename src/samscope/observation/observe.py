"""Everything that is recorded of one clip, gathered while it is tracked."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from samscope.clips.clip import Clip
from samscope.clips.facts import clip_row, frame_fact_rows, mask_box
from samscope.observation.attention_rows import AttentionRows
from samscope.observation.davis_measures import contour_accuracies, region_similarity
from samscope.observation.feature_rows import FeatureRows, Row
from samscope.observation.keep import TensorFile, tensor_file
from samscope.observation.maps import clip_maps, frame_maps
from samscope.observation.measurement import MeasuredTogether, Measurement, as_it_is
from samscope.observation.measurement_cache import MeasurementCache, StepCaches
from samscope.support.ahead import ahead as working_ahead
from samscope.trackers.devices import threads_beside
from samscope.trackers.family import PlacedPosition, Tracker
from samscope.trackers.positions import POSITION_NAMES
from samscope.trackers.seen import Seen
from samscope.trackers.shared import PromptedClip, SeenTogether, track_together
from samscope.trackers.track import track

_POINTERS = ("object_pointer", "object_pointer_ungated")


@dataclass(frozen=True, eq=False)
class ClipRecords:
    """What is recorded of one clip: rows of the tables of ``records.schema``, undefined values as None.

    Attributes:
        clips: one row.
        frames: one row a frame.
        features: one row a frame and position; for a clean clip those of ``clean_gap`` come after its own.
        maps: the arrays of ``maps.clip_maps``; None unless asked for.
        attention: one row a frame, layer, and memory or pointer that was read; None unless asked for.
    """

    clips: list[Row]
    frames: list[Row]
    features: list[Row]
    maps: dict[str, NDArray[Any]] | None = None
    attention: list[Row] | None = None


def observe_clip(model: Tracker, clip: Clip, *, maps: bool = False, keep: Path | None = None) -> ClipRecords:
    """Track a clip's object from its true mask on frame 0, and record what is seen.

    Args:
        model: as ``load_model`` gives it.
        clip: the clip; its object is visible on frame 0.
        maps: make the position maps too; they are held until the end.
        keep: as for ``observing``.

    Raises:
        SamscopeError: the tensors cannot be written.
        UsageError: the clip's first mask is empty.
    """
    seen = track(model, clip.frames, mask=clip.masks[0], length=clip.timeline.length, truth=clip.present)
    return observe(seen, clip, positions=model.positions, maps=maps, keep=keep)


def observe_clips(
    model: Tracker,
    clips: Sequence[Clip],
    *,
    maps: Container[int] = (),
    keep: Path | None = None,
    attention: bool = False,
    batch: int = 1,
    ahead: int = 0,
    advance: Callable[[Clip], None] = lambda _: None,
) -> list[ClipRecords]:
    """Track the objects of several clips, what they share once, and record each as ``observe_clip`` does.

    Args:
        model: as ``load_model`` gives it.
        clips: such as the six sets of one draw; their objects are visible on frame 0.
        maps: places of the clips whose position maps are made too; they are held until the end.
        keep: as for ``observing``.
        attention: record what memory attention looks at, too; the other records are the same.
        batch: as for ``track_together``; with 1 the records in the mode ``exact`` are ``observe_clip``'s, bit
            for bit on a CPU.
        ahead: by how many frame indexes the model may be ahead of their recording, in a thread of its own;
            the records are the same. With 0 steps on a CPU are recorded side by side where they are taken so.
            On a device, which computes while the host measures, what is recorded of a frame index is measured
            together and read when the next one's steps are there, and its clips are recorded side by side.
        advance: called when one more frame of a clip is recorded.

    Raises:
        SamscopeError: the tensors cannot be written.
        UsageError: a clip's first mask is empty.
    """
    prompted = [PromptedClip(clip.frames, clip.masks[0], clip.present) for clip in clips]
    of_frames = MeasurementCache()
    with ExitStack() as stack:
        observers = [
            stack.enter_context(
                observing(
                    clip,
                    positions=model.positions,
                    maps=place in maps,
                    keep=keep,
                    attention=attention,
                )
            )
            for place, clip in enumerate(clips)
        ]

        def record(together: SeenTogether, caches: StepCaches | None = None) -> None:
            caches = caches or StepCaches(together.frame, of_frames)
            for place in together.clips:
                observers[place].add(together.seen, caches)

        when_taken = not ahead and model.device.type == "cpu"
        watch = record if when_taken else None
        tracked = track_together(model, prompted, batch=batch, watch=watch, attention=attention)
        steps = stack.enter_context(closing(tracked))
        if when_taken:
            for together in steps:
                for place in together.clips:
                    advance(clips[place])
            return [observer.records() for observer in observers]
        indexes = stack.enter_context(working_ahead(_by_index(steps), ahead))
        threads = stack.enter_context(threads_beside(model.device, "samscope-records"))
        side_by_side = map if threads is None else threads.map
        for at_index in _measured(indexes, observers, of_frames, on_device=model.device.type != "cpu"):
            for together, _ in zip(at_index, side_by_side(record, at_index, at_index.values()), strict=True):
                for place in together.clips:
                    advance(clips[place])
        return [observer.records() for observer in observers]


def _measured(
    indexes: Iterable[Sequence[SeenTogether]],
    observers: Sequence["Observer"],
    of_frames: MeasurementCache,
    *,
    on_device: bool,
) -> Iterator[Mapping[SeenTogether, StepCaches]]:
    """Yield all steps of a frame index with what was measured of them, to be recorded before the next ones.

    On a device what the observers will ask for is measured together, and read when the next index is there.
    """
    steps: Mapping[SeenTogether, StepCaches] = {}
    measured = MeasuredTogether(())
    for at_index in indexes:
        if steps:
            measured.read()
            yield steps
        steps = {together: StepCaches(together.frame, of_frames) for together in at_index}
        if on_device:
            measured = MeasuredTogether(
                measurement
                for together, caches in steps.items()
                for place in together.clips
                for measurement in observers[place].measurements(together.seen, caches)
            )
    if steps:
        measured.read()
        yield steps


def _by_index(steps: Iterable[SeenTogether]) -> Iterator[list[SeenTogether]]:
    """Yield all steps of a frame index together."""
    for _, at_index in groupby(steps, key=lambda together: together.seen.frame_index):
        yield list(at_index)


def observe(
    seen: Iterable[Seen],
    clip: Clip,
    *,
    positions: Sequence[PlacedPosition] = (),
    maps: bool = False,
    keep: Path | None = None,
) -> ClipRecords:
    """Record a track of a clip while it runs.

    Args:
        seen: the clip's frames in order, as the tracker yields them.
        clip: the clip, with its ground truth.
        positions: as for ``observing``.
        maps: as for ``observing``.
        keep: as for ``observing``.

    Raises:
        SamscopeError: the tensors cannot be written; no file is left then.
        ValueError: the frames seen are not the clip's.
    """
    with observing(clip, positions=positions, maps=maps, keep=keep) as observer:
        for seen_frame in seen:
            observer.add(seen_frame)
        return observer.records()


@contextmanager
def observing(
    clip: Clip,
    *,
    positions: Sequence[PlacedPosition] = (),
    maps: bool = False,
    keep: Path | None = None,
    attention: bool = False,
) -> Iterator["Observer"]:
    """Open an observer of a clip; where whole tensors are kept, their file is finished with the ``with``.

    Args:
        clip: the clip, with its ground truth.
        positions: the tracker's, which say what the maps in them are; a position that is not among them is
            taken as the map that it is.
        maps: make the position maps too; they are held until the end.
        keep: folder for whole tensors: ``<keep>/<set>/<clip's name>.safetensors`` takes every position of
            every frame under ``<frame, three digits>/<position>``, frame by frame.
        attention: record the attention of what is seen, too.

    Raises:
        SamscopeError: the tensors cannot be written; no file is left then, nor after any other error.
    """
    path = None if keep is None else keep / clip.set / f"{clip.name}.safetensors"
    count = clip.timeline.length * len(POSITION_NAMES)
    with nullcontext() if path is None else tensor_file(path, count) as kept:
        yield Observer(clip, positions, kept, maps=maps, attention=attention)


class Observer:
    """Records a track of a clip, frame by frame.

    Of the track no more is held than the references of the next frame: five tensors a position, and five more
    for each kind of references while it differs from the others.

    Args:
        clip: the clip, with its ground truth.
        positions: the tracker's.
        kept: takes the whole tensors, or None.
        maps: make the position maps too.
        attention: record the attention of what is seen, too.
    """

    def __init__(
        self,
        clip: Clip,
        positions: Sequence[PlacedPosition],
        kept: TensorFile | None,
        *,
        maps: bool,
        attention: bool = False,
    ) -> None:
        self._clip, self._positions, self._kept = clip, positions, kept
        self._facts = frame_fact_rows(clip)
        self._frames: list[Row] = []
        self._features = FeatureRows(clip, positions)
        self._pictures: list[dict[str, NDArray[Any] | None]] | None = [] if maps else None
        self._looking = AttentionRows(clip) if attention else None
        self._attention: list[Row] = []

    def add(self, seen: Seen, caches: StepCaches | None = None) -> None:
        """Record the next frame.

        Args:
            seen: the frame.
            caches: what was measured for other clips of this step and its frame; None where there are none.

        Raises:
            SamscopeError: the tensors cannot be written.
            ValueError: it is not the next frame of the clip.
        """
        clip, frame = self._clip, len(self._frames)
        if seen.frame_index != frame or frame >= len(self._facts):
            raise ValueError(f"frame {seen.frame_index} came as number {frame} of {len(self._facts)}")
        caches = caches or StepCaches(frame)
        predicted = _predicted_mask(seen, caches).value()
        truth, void = clip.masks[frame], clip.void[frame]
        answer = caches.of_step.get(
            ("answer", truth.tobytes(), void.tobytes()),
            partial(_answer, seen, predicted, truth, void, caches),
        )
        self._frames.append(self._facts[frame] | answer)
        self._features.add(seen, caches)
        if self._looking is not None:
            self._attention += self._looking.rows(seen, caches)
        if self._pictures is not None:
            pictures = frame_maps(
                seen, clip.frames[frame], truth, predicted, caches, positions=self._positions
            )
            self._pictures.append(pictures)
        if self._kept is not None:
            _keep(self._kept, seen)

    def measurements(self, seen: Seen, caches: StepCaches) -> Iterator[Measurement[Any]]:
        """Yield what ``add`` measures of the next frame's tensors, but for maps and whole tensors.

        Args:
            seen: the frame.
            caches: what was measured for other clips of this step and its frame.
        """
        yield _predicted_mask(seen, caches)
        yield from (
            measurement
            for measurement in map(partial(_pointer, seen, caches), _POINTERS)
            if measurement is not None
        )
        yield from self._features.measurements(seen, caches)
        looked = None if self._looking is None else self._looking.measurement(seen, caches)
        if looked is not None:
            yield looked

    def records(self) -> ClipRecords:
        """Return what was recorded.

        Raises:
            ValueError: frames are missing.
        """
        if len(self._frames) < len(self._facts):
            raise ValueError(f"only {len(self._frames)} frames of {len(self._facts)} came")
        maps = None if self._pictures is None else clip_maps(self._pictures)
        attention = None if self._looking is None else self._attention
        return ClipRecords([clip_row(self._clip)], self._frames, self._features.rows(), maps, attention)


def _predicted_mask(seen: Seen, caches: StepCaches) -> Measurement[NDArray[np.bool_]]:
    return Measurement(as_it_is, Tensor.numpy, (seen.mask,), caches.of_step, "predicted mask")


def _pointer(seen: Seen, caches: StepCaches, position: str) -> Measurement[list[float]] | None:
    """Return the measurement of a pointer's numbers; None where there is no pointer."""
    pointer = getattr(seen, position)
    if pointer is None:
        return None
    return Measurement(as_it_is, Tensor.tolist, (pointer,), caches.of_step, ("numbers", position))


def _answer(
    seen: Seen,
    predicted: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    void: NDArray[np.bool_],
    caches: StepCaches,
) -> Row:
    """Return the columns of FRAMES that the tracker adds to a frame's facts; void pixels count nowhere."""
    return {
        **answer_row(seen, predicted, truth, void),
        **{
            position: None if (pointer := _pointer(seen, caches, position)) is None else pointer.value()
            for position in _POINTERS
        },
    }


def answer_row(
    seen: Seen, predicted: NDArray[np.bool_], truth: NDArray[np.bool_], void: NDArray[np.bool_]
) -> Row:
    """Return what the tracker answered on a frame and how well that fits, as columns of FRAMES.

    Args:
        seen: the frame.
        predicted: bool [H, W], its mask.
        truth: bool [H, W], the object.
        void: bool [H, W], pixels that count nowhere.
    """
    counted = predicted & ~void
    f, f_adaptive = contour_accuracies(truth, predicted, void)
    return {
        "prompted": seen.prompted,
        "object_score": seen.object_score,
        "predicted_iou": seen.predicted_iou,
        "candidate_disagreement": seen.candidate_disagreement,
        "j": region_similarity(truth, predicted, void),
        "f": f,
        "f_adaptive": f_adaptive,
        "predicted_area": float(counted.mean()),
        "false_positive_area": float((counted & ~truth).mean()),
        "predicted_box": mask_box(counted),
    }


def _keep(file: TensorFile, seen: Seen) -> None:
    for position in POSITION_NAMES:
        tensor = getattr(seen, position)
        if tensor is not None:
            file.add(f"{seen.frame_index:03d}/{position}", tensor)
