"""Detectors of absence that are always tested on source videos that they were not fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from samscope.analysis.absence.contrasts import Contrast, Scores
from samscope.analysis.statistics.arrays import any_in_row, ratio
from samscope.analysis.statistics.bootstrap import Estimate
from samscope.analysis.statistics.combination import FOLDS
from samscope.analysis.statistics.resampled import SHARE, Resampled, resampled
from samscope.analysis.statistics.resampling_plan import Plan
from samscope.analysis.statistics.thresholds import Detector, fitted_detectors


@dataclass(frozen=True, eq=False)
class LabelledFrames:
    """The frames of a contrast, absent ones and others, on which all of some features are defined.

    Attributes:
        features: float64 [N, F], finite.
        absent: bool [N], the truth.
        clips: int [N], each frame's clip, a column of the plan.
        videos: int [N], a code for each frame's source video.
        parts: int [N], the part of the source videos that each frame belongs to.
        undefined: frames that are left out.
        plan: how the clips are taken again.
    """

    features: NDArray[np.float64]
    absent: NDArray[np.bool_]
    clips: NDArray[np.int64]
    videos: NDArray[np.int64]
    parts: NDArray[np.int64]
    undefined: int
    plan: Plan


@dataclass(frozen=True, eq=False)
class Outcome:
    """How well detectors called the frames of a set that they were tested on.

    Attributes:
        sensitivity: share of the absent frames that were called absent; NaN without any.
        specificity: share of the others that were not; NaN without any.
        balanced: the mean of both, of all frames and as the plan takes their clips.
    """

    sensitivity: float
    specificity: float
    balanced: Resampled

    @property
    def balanced_accuracy(self) -> Estimate:
        """The mean of sensitivity and specificity, with its interval."""
        return self.balanced.estimate

    def less_than(self, other: "Outcome") -> Estimate:
        """Return how much lower the balanced accuracy is than that of other detectors on the same frames."""
        return (other.balanced - self.balanced).estimate


def parts_of_videos(contrasts: Sequence[Contrast]) -> dict[str, int]:
    """Split the source videos of all contrasts together into parts, each to be held out once.

    Args:
        contrasts: of the sets that detectors are fitted to and tested on.

    Returns:
        The part of each source video, from 0, about as many clips in each of at most ``FOLDS`` parts; empty
        with fewer than two source videos, which cannot be split.
    """
    videos = np.concatenate([np.empty(0, np.str_), *(sides.absent_grid.videos for sides in contrasts)])
    count = len(np.unique(videos))
    if count < 2:
        return {}
    folds = GroupKFold(min(FOLDS, count)).split(videos, groups=videos)
    return {str(video): part for part, (_, held_out) in enumerate(folds) for video in videos[held_out]}


def labelled_frames(sides: Contrast, scores: Sequence[Scores], parts: dict[str, int]) -> LabelledFrames:
    """Lay out the frames of a contrast in one row each.

    Args:
        sides: the contrast.
        scores: one a feature.
        parts: the part of each source video; one that is not there is in none (-1).
    """
    absent, other = (
        np.stack(values, axis=-1)
        for values in ([score.absent for score in scores], [score.other for score in scores])
    )
    absent_known, other_known = np.isfinite(absent).all(axis=-1), np.isfinite(other).all(axis=-1)
    clips = np.concatenate([np.nonzero(absent_known)[0], np.nonzero(other_known)[0]])
    part_of_clip = np.array([parts.get(str(name), -1) for name in sides.absent_grid.videos], dtype=np.int64)
    return LabelledFrames(
        features=np.concatenate([absent[absent_known], other[other_known]]),
        absent=np.repeat([True, False], [absent_known.sum(), other_known.sum()]),
        clips=clips,
        videos=sides.videos[clips],
        parts=part_of_clip[clips],
        undefined=int(sides.absent.sum() + sides.other.sum()) - len(clips),
        plan=sides.plan,
    )


def detectors_by_part(frames: LabelledFrames, parts: int) -> list[Detector] | None:
    """Fit one detector for each part, to the frames of all the others.

    Args:
        frames: what they are fitted to.
        parts: how many there are.

    Returns:
        The detectors by part; None where one has only one kind of frame to learn from, or where there are no
        parts.
    """
    if not parts:
        return None
    return fitted_detectors(frames.features, frames.absent, frames.parts != np.arange(parts)[:, None])


def outcome(detectors: Sequence[Detector], frames: LabelledFrames) -> Outcome:
    """Test each detector on the frames of the part that it was not fitted to.

    Args:
        detectors: by part.
        frames: of the same set as the detectors were fitted to, or of another one.
    """
    called = np.zeros(len(frames.absent), dtype=np.bool_)
    for part, detector in enumerate(detectors):
        held_out = frames.parts == part
        called[held_out] = detector.calls(frames.features[held_out])
    kinds = (frames.absent, called), (~frames.absent, ~called)
    right = np.stack([_per_clip(frames, kind & calls) for kind, calls in kinds], axis=1)
    every = np.stack([_per_clip(frames, kind) for kind, _ in kinds], axis=1)
    shares = ratio(*np.moveaxis(frames.plan.totals(np.stack([right, every], axis=1)), 1, 0))
    balanced = resampled(shares.sum(axis=1) / 2, frames.plan, any_in_row(every > 0), bounds=SHARE)
    return Outcome(float(shares[0, 0]), float(shares[0, 1]), balanced)


def _per_clip(frames: LabelledFrames, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return [C], how many frames of each clip are chosen."""
    return np.bincount(frames.clips[chosen], minlength=len(frames.plan.sources)).astype(np.float64)
