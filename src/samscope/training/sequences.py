"""How well a model tracks whole videos: the final report of a training, never a means to choose by."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.clips.video import VOID, Collection, Video
from samscope.models.loading import Model
from samscope.observation.davis_measures import region_similarity
from samscope.tracking.track import track
from samscope.training.batches import PromptKind, box_corners, click

FRAMES = 28


@dataclass(frozen=True, eq=False)
class SequenceScore:
    """What tracking made of one video's first object.

    Attributes:
        video: its name.
        overlap: float64 [T - 1], J of the frames after the prompted one.
        copied: float64 [T - 1], J of the first frame's mask, unmoved.
        object_score: float64 [T - 1], logits.
    """

    video: str
    overlap: NDArray[np.float64]
    copied: NDArray[np.float64]
    object_score: NDArray[np.float64]


def score_sequences(
    model: Model,
    collection: Collection,
    *,
    frames: int = FRAMES,
    prompt: PromptKind = PromptKind.MASK,
    seed: int = 0,
) -> list[SequenceScore]:
    """Track the first object of every video from its first frame on, and compare with the truth.

    Args:
        model: the SAM 2.
        collection: videos whose first object is on frame 0.
        frames: how many frames to track; fewer where a video ends before.
        prompt: the true mask, a click drawn inside it, or a box drawn about it.
        seed: of clicks and boxes.

    Raises:
        SamscopeError: a file cannot be read.
        UsageError: a video's object is not on its first frame.
    """
    rng = np.random.default_rng(seed)
    return [_score(model, video, min(frames, len(video)), prompt, rng) for video in collection.videos]


def _score(
    model: Model, video: Video, frames: int, prompt: PromptKind, rng: np.random.Generator
) -> SequenceScore:
    label = video.object_ids[0]
    labels = [video.labels(index) for index in range(frames)]
    first = labels[0] == label
    overlap, copied, scores = [], [], []
    pictures = [video.frame(index) for index in range(frames)]
    for seen, truth in zip(track(model, pictures, **_prompt(first, prompt, rng)), labels, strict=True):
        if seen.prompted:
            continue
        void = truth == VOID
        overlap.append(region_similarity(truth == label, seen.mask.cpu().numpy(), void))
        copied.append(region_similarity(truth == label, first, void))
        scores.append(seen.object_score)
    return SequenceScore(video.name, np.array(overlap), np.array(copied), np.array(scores))


def _prompt(mask: NDArray[np.bool_], kind: PromptKind, rng: np.random.Generator) -> dict[str, Any]:
    match kind:
        case PromptKind.MASK:
            return {"mask": mask}
        case PromptKind.POINT:
            return {"points": click(mask, rng)[None]}
        case PromptKind.BOX:
            return {"box": box_corners(mask, rng).ravel()}
