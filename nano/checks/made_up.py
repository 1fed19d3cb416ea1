"""Whether a model tracks what a study without videos shows it first: clean clips of made-up videos."""

from dataclasses import dataclass

import numpy as np

from nano.checks.measures import Measure, mean_of_frames
from samscope.clips.clip import Clip
from samscope.clips.settings import ClipSettings
from samscope.clips.source import open_source, open_videos
from samscope.observation.davis_measures import region_similarity
from samscope.support.progress import Advance
from samscope.trackers.sam2.loading import Model
from samscope.trackers.track import track


@dataclass(frozen=True)
class MadeUpCheck:
    """What a model does on the clean clips of a study of made-up videos.

    Attributes:
        overlap: J of its masks, over frames 1 and later; its interval is by bootstrap over videos.
    """

    overlap: Measure


def check_made_up(model: Model, count: int, seed: int, advance: Advance) -> MadeUpCheck:
    """Track the clean clips of a study's draws.

    Args:
        model: the SAM 2.
        count: draws.
        seed: of the study, whose default is 0.
        advance: is told of each clip.
    """
    settings = ClipSettings(count=count, seed=seed, sets=("clean",))
    source = open_source(settings, open_videos(settings))
    overlaps, videos = [], []
    for draw in source.draws:
        clip = source.makers(draw)["clean"]()
        overlaps.append(float(np.mean(_overlaps(model, clip))))
        videos.append(draw.source.video)
        advance(draw.source.video)
    return MadeUpCheck(
        mean_of_frames(overlaps, np.unique(videos, return_inverse=True)[1], "mean J of clean made-up clips")
    )


def _overlaps(model: Model, clip: Clip) -> list[float]:
    """Return J of each frame after the prompted one."""
    tracked = track(model, list(clip.frames), mask=clip.masks[0])
    return [
        region_similarity(truth, seen.mask.numpy())
        for index, (truth, seen) in enumerate(zip(clip.masks, tracked, strict=True))
        if index
    ]
