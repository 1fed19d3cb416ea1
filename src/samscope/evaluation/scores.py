"""From tracks to scores: one row an object, one a sequence, and means with intervals."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.statistics.arrays import codes, ratio
from samscope.analysis.statistics.auroc import pooled_auroc
from samscope.analysis.statistics.bootstrap import (
    Estimate,
    mean_by_group,
    percentile_interval,
    resample_weights,
)
from samscope.analysis.statistics.resampling_plan import plan_of_videos
from samscope.evaluation.davis_statistics import davis_statistics
from samscope.evaluation.sequences import ObjectTrack

EARLY, LATE = slice(1, 9), slice(16, 28)
"""The frames whose J is compared for drift: the first after the prompt, and the last of a study's clip."""

MEANS = (
    "j_and_f",
    "j_mean",
    "j_recall",
    "j_decay",
    "f_mean",
    "f_recall",
    "f_decay",
    "copied_j",
    "early_j",
    "late_j",
)
"""The columns of ``object_scores`` whose means over objects are given."""


def object_scores(tracks: list[ObjectTrack]) -> pd.DataFrame:
    """Return one row for each object.

    Args:
        tracks: at least one.

    Returns:
        ``video``, ``object``, ``frames`` (tracked, the prompted one included), ``labelled_frames`` (of these,
        with labels; on the others nothing is measured), ``absent_frames`` (of the latter, without the
        object), ``vanished`` (see ``ObjectTrack``); over the frames that the DAVIS evaluation counts,
        ``j_mean``, ``j_recall``, ``j_decay``, the same of F, their ``j_and_f`` (the mean of both means) and
        ``copied_j`` (J of the first mask, unmoved); J over frames 1-8, ``early_j``, and over 16-27,
        ``late_j``, and its ``drift``, late over early: all three NaN where fewer than 28 are tracked.
    """
    return pd.DataFrame([_object_row(track) for track in tracks])


def _object_row(track: ObjectTrack) -> dict[str, object]:
    j, f = davis_statistics(track.j[track.counted]), davis_statistics(track.f[track.counted])
    early, late = (_mean_over(track, part) for part in (EARLY, LATE))
    return {
        "video": track.video,
        "object": track.object_id,
        "frames": track.tracked,
        "labelled_frames": len(track.j),
        "absent_frames": int((~track.present).sum()),
        "vanished": track.vanished,
        "j_and_f": (j.mean + f.mean) / 2,
        "j_mean": j.mean,
        "j_recall": j.recall,
        "j_decay": j.decay,
        "f_mean": f.mean,
        "f_recall": f.recall,
        "f_decay": f.decay,
        "copied_j": float(track.copied_j[track.counted].mean()),
        "early_j": early,
        "late_j": late,
        "drift": float(ratio(late, early)),
    }


def _mean_over(track: ObjectTrack, part: slice) -> float:
    """Return the mean J of a part of the frames after the prompt; NaN where fewer than 28 are tracked."""
    of_part = (track.frame >= part.start) & (track.frame < part.stop)
    return float(track.j[of_part].mean()) if track.tracked >= LATE.stop and of_part.any() else np.nan


def sequence_scores(objects: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each video: the number of its ``objects`` and the means of their scores.

    Args:
        objects: as ``object_scores`` gives it.

    Returns:
        ``video``, ``objects``, ``frames`` (tracked) and ``labelled_frames``, both of its first object,
        ``MEANS``, and ``drift``, mean late J over mean early J.
    """
    grouped = objects.groupby("video", sort=False)
    rows = grouped[["object"]].count().rename(columns={"object": "objects"})
    rows["frames"] = grouped["frames"].first()
    rows["labelled_frames"] = grouped["labelled_frames"].first()
    rows[list(MEANS)] = grouped[list(MEANS)].mean()
    rows["drift"] = ratio(rows["late_j"], rows["early_j"])
    return rows.reset_index()


def frame_scores(tracks: list[ObjectTrack]) -> pd.DataFrame:
    """Return one row for each tracked frame of each object that has labels.

    Returns:
        ``video``, ``object``, ``frame`` (0 is the prompted one), ``counted`` (whether the DAVIS evaluation
        counts it), ``present``, ``j``, ``f``, ``copied_j`` and ``object_score``.
    """
    return pd.concat([_frame_rows(track) for track in tracks], ignore_index=True)


def _frame_rows(track: ObjectTrack) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "video": track.video,
            "object": track.object_id,
            "frame": track.frame,
            "counted": track.counted,
            "present": track.present,
            "j": track.j,
            "f": track.f,
            "copied_j": track.copied_j,
            "object_score": track.object_score,
        }
    )


def summary(objects: pd.DataFrame, frames: pd.DataFrame) -> dict[str, Estimate]:
    """Return what all objects come to, with 95 % intervals over videos.

    Args:
        objects: as ``object_scores`` gives it.
        frames: as ``frame_scores`` gives it.

    Returns:
        ``MEANS``, over objects, as the DAVIS evaluation averages; ``drift``, the ratio of the mean late J to
        the mean early J; and over all frames after the prompted one ``auroc`` of the object score for
        presence, ``missed_absences`` (share of the absent frames with a score above 0) and ``false_absences``
        (share of the frames with the object without one). NaN where nothing defines a value, or fewer than
        two videos an interval.
    """
    videos = codes(objects["video"].to_numpy(str))
    estimates = {name: mean_by_group(objects[name].to_numpy(), videos) for name in MEANS}
    estimates["drift"] = _drift(objects["late_j"].to_numpy(), objects["early_j"].to_numpy(), videos)
    return {**estimates, **_presence(frames)}


def _drift(late: NDArray[np.float64], early: NDArray[np.float64], videos: NDArray[np.int64]) -> Estimate:
    finite = np.isfinite(early)
    if not finite.any():
        return mean_by_group(early, videos)
    groups = codes(videos[finite])
    sums = [np.bincount(groups, weights=part[finite]) for part in (late, early)]
    weights = resample_weights(len(sums[0]))
    low, high = percentile_interval(ratio(weights @ sums[0], weights @ sums[1]), len(sums[0]))
    return Estimate(float(ratio(sums[0].sum(), sums[1].sum())), float(low), float(high))


def _presence(frames: pd.DataFrame) -> dict[str, Estimate]:
    followed = frames.loc[(frames["frame"] > 0) & frames["object_score"].notna()]
    score, present = followed["object_score"].to_numpy(), followed["present"].to_numpy(bool)
    videos = codes(followed["video"].to_numpy(str))
    plan = plan_of_videos(np.unique(videos))
    auroc = pooled_auroc(score[present], videos[present], score[~present], videos[~present], plan)
    return {
        "auroc": auroc.estimate,
        "missed_absences": mean_by_group(score[~present] > 0, videos[~present]),
        "false_absences": mean_by_group(score[present] <= 0, videos[present]),
    }
