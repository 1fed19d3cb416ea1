"""Tracking of every object of every video by the DAVIS protocol, and its comparison with the truth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from samscope.evaluation.prompts import draw_prompt, prompt_generator
from samscope.evaluation.settings import LEAST_FRAMES
from samscope.observation.davis_measures import contour_accuracy, region_similarity
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Advance, Progress, Silent
from samscope.trackers.drawn_prompts import PromptKind
from samscope.trackers.family import Tracker
from samscope.trackers.memory import Need, needs_of
from samscope.trackers.prompt import MaskVanishedError
from samscope.trackers.seen import Seen
from samscope.trackers.track import track
from samscope.videos.images import occurring_labels
from samscope.videos.labelled import PartlyLabelled, frames_of, labelled_frames, mask_and_void, object_mask
from samscope.videos.video import VOID, Collection, Video

Answer = tuple[NDArray[np.bool_], float]
"""What a tracker says of an object on one frame: its mask bool [H, W], and the object score."""


@dataclass(frozen=True, eq=False)
class Target:
    """An object that is tracked.

    Attributes:
        video: where it is.
        object_id: its label.
        frames: the frames of the video that are tracked; the object is prompted on the first.
        labelled: those of them that have labels, ascending, T of them: the first is the prompted one.
    """

    video: Video
    object_id: int
    frames: range
    labelled: Sequence[int]

    @property
    def name(self) -> str:
        """What it is called: ``goat/1``."""
        return f"{self.video.name}/{self.object_id}"


@dataclass(frozen=True)
class LeftOut:
    """An object that is not tracked, and why; ``object_id`` is None where the whole video is not."""

    video: str
    object_id: int | None
    reason: str


@dataclass(frozen=True, eq=False)
class ObjectTrack:
    """What tracking made of one object, on every frame that has labels, the prompted one included.

    Attributes:
        video: name of the video.
        object_id: its label.
        tracked: how many frames were tracked, with labels or without.
        frame: int64 [T], numbers of the frames that have labels, counted from the prompted one.
        j: float64 [T], region similarity; void pixels do not count.
        f: float64 [T], contour accuracy, likewise.
        copied_j: float64 [T], J of the first frame's true mask, unmoved.
        object_score: float64 [T], logits; NaN where the prompt vanished.
        present: bool [T], whether the truth has a pixel of it.
        vanished: its mask had no pixel left at the model's input size, so that nothing could be tracked: it
            counts with empty masks.
    """

    video: str
    object_id: int
    tracked: int
    frame: NDArray[np.int64]
    j: NDArray[np.float64]
    f: NDArray[np.float64]
    copied_j: NDArray[np.float64]
    object_score: NDArray[np.float64]
    present: NDArray[np.bool_]
    vanished: bool = False

    @property
    def counted(self) -> NDArray[np.bool_]:
        """The frames that count in the DAVIS evaluation, bool [T]: all with labels but the first and last."""
        place = np.arange(len(self.j))
        return np.asarray((place > 0) & (place < len(self.j) - 1), np.bool_)


def find_targets(
    collection: Collection, frames: int | None = None
) -> tuple[tuple[Target, ...], tuple[LeftOut, ...]]:
    """Find the objects that the DAVIS protocol scores, and those that it leaves out.

    As in the evaluation of DAVIS 2017, which takes the labels up to the largest one there, these are the
    objects on a video's first frame: one that comes later is left out, and named. In a data set that has
    labels on some frames alone an object is prompted on the first of them that shows it, as YouTube-VOS and
    SA-V are evaluated. Left out are objects for which no frame would count, videos without labels to measure
    by, and those that the collection has left out.

    Args:
        collection: the videos; the first masks and the object ids are read.
        frames: how many frames of each video are tracked; None for all.

    Raises:
        UsageError: ``frames`` is less than 3.
        SamscopeError: no object is left, or a mask cannot be read.
    """
    if frames is not None and frames < LEAST_FRAMES:
        raise UsageError(f"frames is {frames}; it must be at least {LEAST_FRAMES}")
    targets = []
    left_out = [LeftOut(name, None, reason) for name, reason in collection.left_out.items()]
    for video in collection.videos:
        length = len(video) if frames is None else min(frames, len(video))
        labelled = [index for index in labelled_frames(video) if index < length]
        if not labelled:
            left_out.append(LeftOut(video.name, None, "no frame has labels to measure by"))
            continue
        begins = _begins(video, labelled if isinstance(video, PartlyLabelled) else labelled[:1])
        for object_id in video.object_ids:
            if object_id not in begins:
                reason = (
                    "not on the first frame" if len(labelled) == length else "on no frame that has labels"
                )
                left_out.append(LeftOut(video.name, object_id, reason))
                continue
            begin = begins[object_id]
            measured = labelled[labelled.index(begin) :]
            if len(measured) < LEAST_FRAMES:
                reason = f"video shorter than {LEAST_FRAMES} frames"
                if len(labelled) < length:
                    reason = f"fewer than {LEAST_FRAMES} frames with labels"
                left_out.append(LeftOut(video.name, object_id, reason))
            else:
                targets.append(Target(video, object_id, range(begin, length), measured))
    if not targets:
        raise SamscopeError(
            f"{collection.name}: no video of {LEAST_FRAMES} frames or more has an object on its first frame; "
            "give videos whose first mask shows what is to be tracked"
        )
    return tuple(targets), tuple(left_out)


def _begins(video: Video, labelled: Sequence[int]) -> dict[int, int]:
    """Return the first of some frames that shows each object; what none of them shows is left out."""
    begins: dict[int, int] = {}
    for index in labelled:
        for label in sorted(occurring_labels(video.labels(index)) - {0, VOID}):
            begins.setdefault(label, index)
        if len(begins) == len(video.object_ids):
            break
    return begins


def evaluate_sequences(
    model: Tracker,
    targets: tuple[Target, ...],
    *,
    prompt: PromptKind = PromptKind.MASK,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[ObjectTrack]:
    """Track objects from their videos' first frames on, and compare with the truth.

    In two things the numbers can differ from those of DAVIS's own tools. Each object is tracked by itself,
    and masks of several may overlap: the label pictures that those read give a pixel to one object at most.
    And void pixels do not count, where those take them for background; DAVIS 2017's masks have none.

    Args:
        model: as ``load_model`` gives it.
        targets: what to track, as ``find_targets`` gives it.
        prompt: the true mask, a click drawn inside it, or a box drawn about it.
        seed: of clicks and boxes; each depends on it, the video's name and the object alone.
        progress: hears of every tracked frame.

    Returns:
        One track a target.

    Raises:
        SamscopeError: a file cannot be read.
    """
    total = sum(len(target.frames) for target in targets)
    with (progress or Silent()).stage("tracking", total) as advance:
        return [_track(model, target, prompt, seed, advance) for target in targets]


def truth_for(model: Tracker, target: Target) -> NDArray[np.bool_] | None:
    """Return on which tracked frames an object is, bool; None where the model's memory rule need not know.

    Raises:
        SamscopeError: a mask cannot be read, or a tracked frame has no labels.
    """
    if Need.TRUTH not in needs_of(model.memory_rule):
        return None
    if len(target.labelled) < len(target.frames):
        raise SamscopeError(
            f"{target.video.name}: {len(target.labelled)} of {len(target.frames)} frames have labels, and "
            "this memory rule has to know the truth of every one; choose another rule, or other videos"
        )
    video, object_id = target.video, target.object_id
    return np.array([object_mask(video, index, object_id).any() for index in target.frames])


def _track(model: Tracker, target: Target, kind: PromptKind, seed: int, advance: Advance) -> ObjectTrack:
    video, object_id = target.video, target.object_id
    first = object_mask(video, target.frames[0], object_id)
    rng = prompt_generator(seed, video.name, object_id)
    pictures = frames_of(video, target.frames)
    prompt = draw_prompt(first, kind, rng)
    vanished = False
    answers: Iterator[Answer]
    try:
        seen = track(model, pictures, length=len(target.frames), truth=truth_for(model, target), **prompt)
        answers = _answers(chain([next(seen)], seen))
    except MaskVanishedError:
        vanished, answers = True, _nothing(first, len(target.frames))
    j, f, copied, scores, present = [], [], [], [], []
    measured = frozenset(target.labelled)
    for index, (mask, score) in zip(target.frames, answers, strict=True):
        advance(target.name)
        if index not in measured:
            continue
        truth, void = mask_and_void(video, index, object_id)
        j.append(region_similarity(truth, mask, void))
        f.append(contour_accuracy(truth, mask, void))
        copied.append(region_similarity(truth, first, void))
        scores.append(score)
        present.append(bool(truth.any()))
    return ObjectTrack(
        video.name,
        object_id,
        tracked=len(target.frames),
        frame=np.array(target.labelled) - target.frames[0],
        j=np.array(j),
        f=np.array(f),
        copied_j=np.array(copied),
        object_score=np.array(scores),
        present=np.array(present),
        vanished=vanished,
    )


def _answers(frames: Iterator[Seen]) -> Iterator[Answer]:
    for seen in frames:
        score = float("nan") if seen.object_score is None else seen.object_score
        yield seen.mask.cpu().numpy(), score


def _nothing(mask: NDArray[np.bool_], frames: int) -> Iterator[Answer]:
    """Return the answers of a tracker that was told nothing: an empty mask and no score on every frame."""
    return ((np.zeros_like(mask), float("nan")) for _ in range(frames))
