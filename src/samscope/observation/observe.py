"""Everything that is recorded of one clip, gathered while it is tracked."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
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
from samscope.observation.davis_measures import contour_accuracies, region_similarity
from samscope.observation.feature_rows import FeatureRows, Row
from samscope.observation.keep import TensorFile, tensor_file
from samscope.observation.known import Known, KnownOfStep
from samscope.observation.maps import clip_maps, frame_maps
from samscope.support.ahead import ahead as working_ahead
from samscope.trackers.family import PlacedPosition, Tracker
from samscope.trackers.positions import POSITION_NAMES
from samscope.trackers.seen import Seen
from samscope.trackers.shared import PromptedClip, SeenTogether, track_together
from samscope.trackers.track import track


@dataclass(frozen=True, eq=False)
class ClipRecords:
    """What is recorded of one clip: rows of the tables of ``records.schema``, undefined values as None.

    Attributes:
        clips: one row.
        frames: one row a frame.
        features: one row a frame and position; for a clean clip those of ``clean_gap`` come after its own.
        maps: the arrays of ``maps.clip_maps``; None unless asked for.
    """

    clips: list[Row]
    frames: list[Row]
    features: list[Row]
    maps: dict[str, NDArray[Any]] | None = None


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
        batch: as for ``track_together``; with 1 the records in the mode ``exact`` are ``observe_clip``'s, bit
            for bit on a CPU.
        ahead: by how many frame indexes the model may be ahead of their recording, in a thread of its own;
            the records are the same. On a device it computes while the host measures. With 0 steps are
            recorded side by side where they are taken so.
        advance: called when one more frame of a clip is recorded.

    Raises:
        SamscopeError: the tensors cannot be written.
        UsageError: a clip's first mask is empty.
    """
    prompted = [PromptedClip(clip.frames, clip.masks[0], clip.present) for clip in clips]
    of_frames = Known()
    with ExitStack() as stack:
        observers = [
            stack.enter_context(observing(clip, positions=model.positions, maps=place in maps, keep=keep))
            for place, clip in enumerate(clips)
        ]

        def record(together: SeenTogether) -> None:
            known = KnownOfStep(together.frame, of_frames)
            for place in together.clips:
                observers[place].add(together.seen, known)

        watch = None if ahead else record
        steps = stack.enter_context(closing(track_together(model, prompted, batch=batch, watch=watch)))
        together_at_once = _by_index(steps) if ahead else ([step] for step in steps)
        for at_index in stack.enter_context(working_ahead(together_at_once, ahead)):
            for together in at_index:
                if ahead:
                    record(together)
                for place in together.clips:
                    advance(clips[place])
        return [observer.records() for observer in observers]


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
        for one in seen:
            observer.add(one)
        return observer.records()


@contextmanager
def observing(
    clip: Clip,
    *,
    positions: Sequence[PlacedPosition] = (),
    maps: bool = False,
    keep: Path | None = None,
) -> Iterator["Observer"]:
    """Open an observer of a clip; where whole tensors are kept, their file is finished with the ``with``.

    Args:
        clip: the clip, with its ground truth.
        positions: the tracker's, which say what the maps in them are; a position that is not among them is
            taken as the map that it is.
        maps: make the position maps too; they are held until the end.
        keep: folder for whole tensors: ``<keep>/<set>/<clip's name>.safetensors`` takes every position of
            every frame under ``<frame, three digits>/<position>``, frame by frame.

    Raises:
        SamscopeError: the tensors cannot be written; no file is left then, nor after any other error.
    """
    path = None if keep is None else keep / clip.set / f"{clip.name}.safetensors"
    count = clip.timeline.length * len(POSITION_NAMES)
    with nullcontext() if path is None else tensor_file(path, count) as kept:
        yield Observer(clip, positions, kept, maps=maps)


class Observer:
    """Records a track of a clip, frame by frame.

    Of the track no more is held than the references of the next frame: five tensors a position, and five more
    for each kind of references while it differs from the others.

    Args:
        clip: the clip, with its ground truth.
        positions: the tracker's.
        kept: takes the whole tensors, or None.
        maps: make the position maps too.
    """

    def __init__(
        self, clip: Clip, positions: Sequence[PlacedPosition], kept: TensorFile | None, *, maps: bool
    ) -> None:
        self._clip, self._positions, self._kept = clip, positions, kept
        self._facts = frame_fact_rows(clip)
        self._frames: list[Row] = []
        self._features = FeatureRows(clip, positions)
        self._pictures: list[dict[str, NDArray[Any] | None]] | None = [] if maps else None

    def add(self, seen: Seen, known: KnownOfStep | None = None) -> None:
        """Record the next frame.

        Args:
            seen: the frame.
            known: what was measured for other clips of this step and its frame; None where there are none.

        Raises:
            SamscopeError: the tensors cannot be written.
            ValueError: it is not the next frame of the clip.
        """
        clip, frame = self._clip, len(self._frames)
        if seen.frame_index != frame or frame >= len(self._facts):
            raise ValueError(f"frame {seen.frame_index} came as number {frame} of {len(self._facts)}")
        known = known or KnownOfStep(frame)
        predicted = known.of_step.get("predicted mask", lambda: seen.mask.cpu().numpy())
        truth, void = clip.masks[frame], clip.void[frame]
        answer = known.of_step.get(
            ("answer", truth.tobytes(), void.tobytes()), partial(_answer, seen, predicted, truth, void)
        )
        self._frames.append(self._facts[frame] | answer)
        self._features.add(seen, known)
        if self._pictures is not None:
            pictures = frame_maps(
                seen, clip.frames[frame], truth, predicted, known, positions=self._positions
            )
            self._pictures.append(pictures)
        if self._kept is not None:
            _keep(self._kept, seen)

    def records(self) -> ClipRecords:
        """Return what was recorded.

        Raises:
            ValueError: frames are missing.
        """
        if len(self._frames) < len(self._facts):
            raise ValueError(f"only {len(self._frames)} frames of {len(self._facts)} came")
        maps = None if self._pictures is None else clip_maps(self._pictures)
        return ClipRecords([clip_row(self._clip)], self._frames, self._features.rows(), maps)


def _answer(
    seen: Seen, predicted: NDArray[np.bool_], truth: NDArray[np.bool_], void: NDArray[np.bool_]
) -> Row:
    """Return the columns of FRAMES that the tracker adds to a frame's facts; void pixels count nowhere."""
    counted = predicted & ~void
    f, f_adaptive = contour_accuracies(truth, predicted, void)
    return {
        "prompted": seen.prompted,
        "object_score": seen.object_score,
        "predicted_iou": seen.predicted_iou,
        "j": region_similarity(truth, predicted, void),
        "f": f,
        "f_adaptive": f_adaptive,
        "predicted_area": float(counted.mean()),
        "false_positive_area": float((counted & ~truth).mean()),
        "predicted_box": mask_box(counted),
        "object_pointer": _numbers(seen.object_pointer),
        "object_pointer_ungated": _numbers(seen.object_pointer_ungated),
    }


def _numbers(vector: Tensor | None) -> list[float] | None:
    return None if vector is None else vector.tolist()


def _keep(file: TensorFile, seen: Seen) -> None:
    for position in POSITION_NAMES:
        tensor = getattr(seen, position)
        if tensor is not None:
            file.add(f"{seen.frame_index:03d}/{position}", tensor)
