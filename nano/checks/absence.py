"""Whether the object score tells frames with the object from frames without it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from transformers import Sam2VideoModel

from nano.checks.measures import Measure, mean_of_frames
from nano.training.batches import Batch
from nano.training.clips import ClipMix
from nano.training.evaluate import ClipScores, score_clips
from samscope.analysis.statistics.auroc import pooled_auroc
from samscope.analysis.statistics.resampling_plan import plan_of_videos

FRAMES = 16

MIX = ClipMix(footage=0.0, absence=1.0, moving_cutouts=0.0)
"""Composed clips; from each the object is taken out for a while, or frames of another place are put in."""


@dataclass(frozen=True)
class AbsenceCheck:
    """How well the object score tells absence; the prompted frames do not count.

    Attributes:
        absent_frames: frames that show nothing of the object.
        present_frames: frames that show something of it.
        auroc: of the score for absence, over all frames together, 0..1.
        missed_absences: share of the absent frames whose score is above 0.
        false_absences: share of the present frames whose score is at most 0.
    """

    absent_frames: int
    present_frames: int
    auroc: Measure
    missed_absences: Measure
    false_absences: Measure


def check_absence(network: Sam2VideoModel, batches: Iterable[Batch]) -> AbsenceCheck:
    """Track clips with absences and judge the object score.

    Args:
        network: the SAM 2, in evaluation mode.
        batches: clips of one length.
    """
    return judge_absence(score_clips(network, batches))


def judge_absence(scores: ClipScores) -> AbsenceCheck:
    """Judge the object scores of tracked clips."""
    score, present = scores.object_score[1:], scores.present[1:]
    clips = np.broadcast_to(np.arange(present.shape[1]), present.shape)
    absent = ~present
    plan = plan_of_videos(np.arange(present.shape[1]))
    auroc = pooled_auroc(-score[absent], clips[absent], -score[present], clips[present], plan).estimate
    both = len(np.unique(clips))
    return AbsenceCheck(
        absent_frames=int(absent.sum()),
        present_frames=int(present.sum()),
        auroc=Measure(auroc, both, "chance that an absent frame has a lower object score than another one"),
        missed_absences=mean_of_frames(
            score[absent] > 0, clips[absent], "share of absent frames whose object score is above 0"
        ),
        false_absences=mean_of_frames(
            score[present] <= 0,
            clips[present],
            "share of frames that show the object whose object score is at most 0",
        ),
    )
