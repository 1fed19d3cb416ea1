"""The measures of the VOTS challenges, of which one is the absence-detection quality.

Kristan et al., "The First Visual Object Tracking Segmentation VOTS2023 Challenge Results", ICCV Workshops,
2023. The definitions are those of the VOT toolkit (github.com/votchallenge/toolkit, 0.8.0, commit 56f0053):
``count_frames``, ``QualityAuxiliary`` and ``AccuracyRobustness`` in vot/analysis/longterm.py and
``SequenceAccuracy`` in vot/analysis/accuracy.py, set up as in vot/stack/tests/multiobject.yaml.
"""

import numpy as np

from samscope.analysis.masks.tracked_frames import Tracked
from samscope.analysis.statistics.arrays import any_in_row
from samscope.analysis.statistics.per_clip import PerClip, clip_means

ABSENCE_THRESHOLD = 10
"""Frames without the object that the toolkit wants to see more of, to judge absence detection by them."""


def vots_measures(seen: Tracked, absence_threshold: int = ABSENCE_THRESHOLD) -> dict[str, PerClip]:
    """Measure each clip as VOTS measures the sequence of one object.

    Overlap is J. A frame with the object is *tracked* with an overlap above 0; otherwise it is *missed* with
    an empty mask, and the tracker has *drifted* with any other. Every frame but the prompted one counts, the
    last one too.

    Args:
        seen: the clips of a set.
        absence_threshold: how many frames a clip must show without the object, and more, to have an
            absence-detection quality.

    Returns:
        By name, each 0..1, averaged over clips:

        - ``vots_quality``: the overlap over all frames; without the object 1 for an empty mask, 0 for others;
        - ``vots_accuracy``: the overlap over the tracked frames; 0, as by the toolkit, if none is;
        - ``vots_robustness``, ``vots_not_reported_error``, ``vots_drift_rate_error``: the shares of the
          frames with the object that are tracked, missed, drifted; they add up to 1;
        - ``vots_absence_detection_quality``: share of the frames without the object whose mask is empty, on
          clips with more of these than the threshold. A study's own absences are as long as its middle, so
          that by default no clip has this value: the next one is of all clips;
        - ``vots_absence_detection_quality_of_any_length``: the same on each clip that has such a frame.

        NaN for a clip without a frame with the object, or without it, respectively: the toolkit leaves such
        sequences out of all but the accuracy, which is 0 there.

        The toolkit differs in two ways that the records cannot follow, or should not. It counts the prompted
        frame, on which a tracker reports nothing, as missed. And a mask is empty there only if it is so in
        void pixels too; ``predicted_area`` leaves them out, and no column has them.
    """
    grid = seen.grid
    shown, absent = grid.compared, grid.absent
    shows, loses = any_in_row(shown), any_in_row(absent)
    judged = np.isfinite(seen.j) & np.isfinite(seen.area)
    tracked = np.where(judged, seen.j > 0, np.nan)
    empty = 1 - seen.masked
    missed = np.where(judged, (tracked == 0) & (empty == 1), np.nan)
    drifted = np.where(judged, (tracked == 0) & (empty == 0), np.nan)
    long = absent.sum(axis=1) > absence_threshold
    detected = clip_means(empty, absent, loses)
    return {
        "vots_quality": clip_means(seen.j, shown | absent, shows | loses),
        "vots_accuracy": _accuracy(seen),
        "vots_robustness": clip_means(tracked, shown, shows),
        "vots_not_reported_error": clip_means(missed, shown, shows),
        "vots_drift_rate_error": clip_means(drifted, shown, shows),
        "vots_absence_detection_quality": PerClip(
            np.where(long, detected.values, np.nan), detected.frames, detected.undefined, loses
        ),
        "vots_absence_detection_quality_of_any_length": detected,
    }


def _accuracy(seen: Tracked) -> PerClip:
    shown = seen.grid.compared
    accuracy = clip_means(seen.j, shown & ~(seen.j <= 0), any_in_row(shown))
    judged = any_in_row(shown & np.isfinite(seen.j))
    never = judged & ~np.isfinite(accuracy.values)
    return PerClip(np.where(never, 0.0, accuracy.values), accuracy.frames, accuracy.undefined, accuracy.asked)
