"""Whether the tracker notices that the object is gone, and whether it says so of an object that is there."""

from samscope.analysis.masks.tracked_frames import Tracked
from samscope.analysis.statistics.per_clip import PerClip, clip_means


def presence_errors(seen: Tracked) -> dict[str, PerClip]:
    """Measure where the tracker is wrong about presence, on all frames but the prompted one.

    Returns:
        By name, on the frames without the object (clips that have none are not asked about):

        - ``false_positive_area``: share of the picture that is taken for the object, 0..1;
        - ``missed_absence_by_score``: share of the frames whose object score is above 0;
        - ``missed_absence_by_mask``: share of the frames whose mask has a pixel;

        and on the frames with the object:

        - ``false_absence_by_score``: share of the frames whose object score is not above 0;
        - ``false_absence_by_mask``: share of the frames whose mask is empty.

        Void pixels count nowhere; a frame whose object lies in nothing else has no false absence by mask.
    """
    absent, shown = seen.grid.absent, seen.grid.compared
    return {
        "false_positive_area": clip_means(seen.false_positive_area, absent),
        "missed_absence_by_score": clip_means(seen.scored, absent),
        "missed_absence_by_mask": clip_means(seen.masked, absent),
        "false_absence_by_score": clip_means(1 - seen.scored, shown),
        "false_absence_by_mask": clip_means(1 - seen.masked, shown),
    }
