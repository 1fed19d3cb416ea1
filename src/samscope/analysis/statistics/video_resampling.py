"""Frames of several clips whose videos are left out one by one, for statistics that are made of sums."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.statistics.resampled import intervals
from samscope.analysis.statistics.resampling_plan import Plan


@dataclass(frozen=True, eq=False)
class ResampledFrames:
    """Frames, n of them, that belong to C clips.

    Attributes:
        rows: int [n], where each frame is in the arrays that they were chosen from.
        clips: int [n], the clip of each frame, a column of the plan.
        plan: how the clips are taken: all of them first, then without each video.
    """

    rows: NDArray[np.int64]
    clips: NDArray[np.int64]
    plan: Plan

    def by_clip(self, values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """Sum values [n, ...] over the frames of each clip, [C, ...]; NaN is left out."""
        sums = np.zeros((len(self.plan.sources), *values.shape[1:]))
        np.add.at(sums, self.clips, np.nan_to_num(values.astype(np.float64), nan=0.0))
        return sums

    def totals(self, values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """Sum values [n, ...] over all frames, then over those that each row takes, [1 + R, ...]."""
        return self.plan.totals(self.by_clip(values))

    def estimates(
        self, statistics: NDArray[np.float64], rests_on: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return statistics on all frames with their 95 % intervals over videos.

        Args:
            statistics: float64 [1 + R, M], one row for each row of the plan.
            rests_on: bool [n, M], the frames that each statistic rests on.

        Returns:
            Values, lower and upper ends, each float64 [M]; an end is NaN with fewer than two videos.
        """
        counts = self.plan.counts(self.by_clip(rests_on) > 0)
        return statistics[0], *intervals(statistics, self.plan.roles, *counts)

    def sizes(self, rests_on: NDArray[np.bool_]) -> dict[str, int]:
        """Count the ``frames``, ``clips``, source ``videos`` and ``partners`` of bool [n]."""
        used = self.by_clip(rests_on) > 0
        videos, partners = self.plan.counts(used)
        return {
            "frames": int(rests_on.sum()),
            "clips": int(used.sum()),
            "videos": int(videos),
            "partners": int(partners),
        }


def resampled_frames(clips: NDArray[np.int64], plan: Plan, chosen: NDArray[np.bool_]) -> ResampledFrames:
    """Take some frames of a study.

    Args:
        clips: int [N], the clip of each frame, a column of the plan.
        plan: for those clips.
        chosen: bool [N], the frames to take; there may be none.
    """
    rows = np.flatnonzero(chosen).astype(np.int64)
    return ResampledFrames(rows, clips[rows], plan)
