"""Objects tracked both ways: from their prompts to a film's end, and back to its first frame.

The pass backwards comes first, and what it answers waits on the disk until the pass forwards comes to its
frame: no more than a frame is held, however long the film is.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from samscope.exports.frame import ResultFrame, tracked_object
from samscope.trackers.family import Tracker
from samscope.trackers.prompts import PromptedObject
from samscope.trackers.seen import Seen
from samscope.trackers.track_objects import track_objects
from samscope.trackers.tracked_frame import TrackedFrame, masks_apart
from samscope.videos.frame import Frame
from samscope.videos.indexed import IndexedVideo
from samscope.videos.opened import OpenedVideo


class Answer(NamedTuple):
    """What a tracker answers of an object on a frame: mask logits [h, w] and scores, as ``Seen`` has them."""

    mask_logits: Tensor
    object_score: float | None
    predicted_iou: float | None


class BeforePrompts:
    """Answers of frames that lie before the objects' first prompts, in a folder that goes with the ``with``.

    Args:
        folder: in which it lies.
    """

    def __init__(self, folder: Path) -> None:
        self._scratch = TemporaryDirectory(dir=folder, prefix=".backwards-")
        self._folder = Path(self._scratch.name)
        self._device = torch.device("cpu")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.cleanup()

    def put(self, index: int, answers: dict[int, Answer]) -> None:
        """Keep the answers of a frame, by object id."""
        if answers:
            self._device = next(iter(answers.values())).mask_logits.device
            np.savez(
                self._folder / str(index),
                ids=np.array(list(answers)),
                logits=np.stack([answer.mask_logits.float().cpu().numpy() for answer in answers.values()]),
                scores=np.array([answer[1:] for answer in answers.values()], dtype=float),
            )

    def take(self, index: int) -> dict[int, Answer]:
        """Return the answers of a frame, on the model's device; they are not kept any longer."""
        file = self._folder / f"{index}.npz"
        if not file.exists():
            return {}
        with np.load(file) as kept:
            answers = {
                int(object_id): Answer(torch.from_numpy(logits).to(self._device), *map(_number, scores))
                for object_id, logits, scores in zip(kept["ids"], kept["logits"], kept["scores"], strict=True)
            }
        file.unlink()
        return answers


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def frames_back(prompts: Sequence[PromptedObject]) -> int:
    """Return how many frames the pass backwards goes through, from the first one on; 0 for no pass."""
    later = [prompted for prompted in prompts if min(prompted.by_frame) > 0]
    return max((1 + max(prompted.by_frame) for prompted in later), default=0)


def track_back(
    model: Tracker,
    video: OpenedVideo,
    prompts: Sequence[PromptedObject],
    before: BeforePrompts,
    *,
    threads: int | None = None,
) -> Iterator[int]:
    """Track backwards the objects that are first prompted after the first frame.

    All of an object's prompts are known to this pass, which remembers nothing of one forwards.

    Args:
        model: as ``load_model`` gives it.
        video: the film.
        prompts: the objects, as for ``track_objects``.
        before: keeps what is answered on frames before each object's first prompt.
        threads: as for ``track_objects``.

    Returns:
        An iterator that tracks: the index of each frame as it is done, the latest first.

    Raises:
        UsageError: as ``track_objects``, or the film's frames come but once.
    """
    count = frames_back(prompts)
    if not count:
        return iter(())
    firsts = {prompted.id: min(prompted.by_frame) for prompted in prompts}
    later = [prompted for prompted in prompts if firsts[prompted.id] > 0]
    tracked = track_objects(model, IndexedVideo(video, count), later, reverse=True, threads=threads)
    return (_kept(seen, firsts, before) for seen in tracked)


def _kept(seen: TrackedFrame, firsts: dict[int, int], before: BeforePrompts) -> int:
    index = seen.frame_index
    answers = {
        object_id: _answer(of_object)
        for object_id, of_object in seen.objects.items()
        if index < firsts[object_id]
    }
    before.put(index, answers)
    return index


def both_ways(tracked: Iterable[TrackedFrame], before: BeforePrompts | None = None) -> Iterator[ResultFrame]:
    """Yield frames as they are written: objects of a pass forwards, and what was kept of one backwards.

    A pixel is the object's of the highest logit.

    Args:
        tracked: a pass of ``track_objects`` through a video that ``open_video`` has opened.
        before: what ``track_back`` has kept; None where there was no pass backwards.
    """
    for seen in tracked:
        answers = {object_id: _answer(of_object) for object_id, of_object in seen.objects.items()}
        if before is not None:
            answers |= before.take(seen.frame_index)
        yield _result_frame(seen.source, answers)


def _answer(seen: Seen) -> Answer:
    return Answer(seen.mask_logits, seen.object_score, seen.predicted_iou)


def _result_frame(frame: Frame, answers: dict[int, Answer]) -> ResultFrame:
    height, width, _ = frame.pixels.shape
    labels = np.zeros((height, width), dtype=np.uint8)
    logits = {object_id: answer.mask_logits for object_id, answer in answers.items()}
    for object_id, mask in masks_apart(logits, (height, width)).items():
        labels[mask.cpu().numpy()] = object_id
    objects = {
        object_id: tracked_object(labels, object_id, answer.object_score, answer.predicted_iou)
        for object_id, answer in answers.items()
    }
    return ResultFrame(frame.index, frame.number, frame.seconds, labels, objects, frame.pixels)
