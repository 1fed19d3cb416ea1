"""Whether a model keeps up with the simplest tracker, which never moves its mask."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import Sam2VideoModel

from nano.checks.measures import Measure, mean_of_clips
from nano.training.batches import Batch
from nano.training.clips import ClipMix, TrainingClip
from nano.training.evaluate import ClipScores, score_clips
from nano.training.losses import intersection_over_union

FRAMES = 28

MIX = ClipMix(footage=0.0, absence=0.0, look_alikes=0.0, occluder=0.0, near_static=1.0, moving_cutouts=0.0)
"""Composed clips in which objects and cameras drift slowly at most."""

STILL = 0.65
"""Mean J that copying reaches at least on a clip that counts as near-static."""


@dataclass(frozen=True)
class CopyingCheck:
    """A model against copying the first mask.

    Attributes:
        overlap: the model's J.
        copied: J of the first frame's true mask on every later frame.
        difference: the model's J minus copying's, paired by clip.
    """

    overlap: Measure
    copied: Measure
    difference: Measure


def is_still(clip: TrainingClip) -> bool:
    """Tell whether the object hardly leaves the pixels that it has on frame 0."""
    masks = torch.from_numpy(clip.masks)
    return float(intersection_over_union(masks[0], masks[1:]).mean()) >= STILL


def check_copying(network: Sam2VideoModel, batches: Iterable[Batch]) -> CopyingCheck:
    """Track clips and compare with copying.

    Args:
        network: the SAM 2, in evaluation mode.
        batches: near-static clips of one length.
    """
    tracked, copied = [], []
    for batch in batches:
        scores = score_clips(network, [batch])
        tracked.append(scores.clip_means())
        copied.append(copied_scores(scores, batch.masks[0], batch.masks).clip_means())
    return compare_with_copying(np.concatenate(tracked), np.concatenate(copied))


def compare_with_copying(tracked: NDArray[np.float64], copied: NDArray[np.float64]) -> CopyingCheck:
    """Compare the clips' mean J, float64 [N], of a model and of copying."""
    return CopyingCheck(
        overlap=mean_of_clips(tracked, "mean J of the model"),
        copied=mean_of_clips(copied, "mean J of the first mask, unmoved"),
        difference=mean_of_clips(tracked - copied, "mean J of the model minus copying's, paired by clip"),
    )


def copied_scores(scores: ClipScores, copied: Tensor, masks: Tensor) -> ClipScores:
    """Return scores whose overlap is that of unmoved masks.

    Args:
        scores: of the same clips.
        copied: bool [B, S, S], what is predicted on every frame.
        masks: bool [T, B, S, S], the truth.
    """
    overlap = intersection_over_union(copied, masks).double().numpy()
    return replace(scores, overlap=np.where(scores.present, overlap, np.nan))
