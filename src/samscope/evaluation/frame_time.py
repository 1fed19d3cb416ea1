"""How long one frame takes: at one thread, without batching."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from samscope.evaluation.prompts import draw_prompt, prompt_generator
from samscope.evaluation.sequences import Target, truth_for
from samscope.support.progress import Progress, Silent
from samscope.trackers.drawn_prompts import PromptKind
from samscope.trackers.family import Tracker
from samscope.trackers.sam2.speed.cores import operations_on
from samscope.trackers.track import track
from samscope.videos.labelled import frames_of, object_mask

WARM_UP = 8
"""Frames before the first timed one: after them the memory bank of 7 is full and every buffer is made."""

TIMED = 20


@dataclass(frozen=True)
class FrameTime:
    """Time from a decoded frame to its mask in memory, preprocessing included.

    Attributes:
        video: whose frames were tracked.
        warm_up: frames before the first timed one, the prompted one among them.
        frames: how many were timed.
        median: milliseconds.
        low: their first quartile, milliseconds.
        high: their third quartile, milliseconds.
    """

    video: str
    warm_up: int
    frames: int
    median: float
    low: float
    high: float


def frame_time(model: Tracker, targets: Sequence[Target], progress: Progress | None = None) -> FrameTime:
    """Track one object at one CPU thread and take the time of each frame.

    Args:
        model: as ``load_model`` gives it.
        targets: the first of the longest is tracked, prompted by a box, for 28 frames at most; fewer warm up
            and are timed where it is shorter.
        progress: hears of every frame.
    """
    target = max(targets, key=lambda target: len(target.frames))
    length = min(len(target.frames), WARM_UP + TIMED)
    warm_up = min(WARM_UP, length // 2)
    frames = target.frames[:length]
    target = replace(target, frames=frames, labelled=[index for index in target.labelled if index in frames])
    pictures = list(frames_of(target.video, frames))
    mask = object_mask(target.video, frames[0], target.object_id)
    rng = prompt_generator(0, target.video.name, target.object_id)
    milliseconds = []
    prompt = draw_prompt(mask, PromptKind.BOX, rng)
    with (
        (progress or Silent()).stage("frame time", length) as advance,
        operations_on(1),
        closing(track(model, iter(pictures), **prompt, truth=truth_for(model, target), ahead=0)) as seen,
    ):
        for _ in pictures:
            begin = time.perf_counter()
            next(seen).mask.cpu()  # waits for a GPU, too
            milliseconds.append(1000 * (time.perf_counter() - begin))
            advance(target.name)
    low, median, high = np.quantile(milliseconds[warm_up:], (0.25, 0.5, 0.75))
    return FrameTime(target.video.name, warm_up, length - warm_up, float(median), float(low), float(high))
