"""Frames of several clips whose source videos are drawn again, for statistics that are made of sums."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.arrays import codes
from samscope.analysis.bootstrap import percentile_interval, whole_and_resampled_weights


@dataclass(frozen=True, eq=False)
class ResampledFrames:
    """Frames, n of them, that come from V source videos.

    Attributes:
        rows: int [n], where each frame is in the arrays that they were chosen from.
        clips: int [n], a code from 0 for each frame's clip.
        videos: int [n], a code from 0 for each frame's source video.
        weights: float64 [1 + RESAMPLES, V], how often each video is taken: once each first, then as drawn
            again.
    """

    rows: NDArray[np.int64]
    clips: NDArray[np.int64]
    videos: NDArray[np.int64]
    weights: NDArray[np.float64]

    def by_video(self, values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """Sum values [n, ...] over the frames of each video, [V, ...]; NaN is left out."""
        sums = np.zeros((self.weights.shape[1], *values.shape[1:]))
        np.add.at(sums, self.videos, np.nan_to_num(values.astype(np.float64), nan=0.0))
        return sums

    def totals(self, values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """Sum values [n, ...] over all frames, as often as their videos are taken, [1 + RESAMPLES, ...]."""
        return np.tensordot(self.weights, self.by_video(values), axes=1)

    def estimates(
        self, statistics: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return statistics on all frames with their 95 % intervals by bootstrap over source videos.

        Args:
            statistics: float64 [1 + RESAMPLES, M], one row for each row of ``weights``.
            known: bool [n, M], the frames that each statistic rests on.

        Returns:
            Values, lower and upper ends, each float64 [M]; an end is NaN with fewer than two videos.
        """
        videos = (self.by_video(known) > 0).sum(axis=0).astype(np.int64)
        low, high = percentile_interval(statistics[1:], videos)
        return statistics[0], low, high

    def sizes(self, known: NDArray[np.bool_]) -> dict[str, int]:
        """Count the ``frames``, ``clips`` and ``videos`` of bool [n]."""
        return {
            "frames": int(known.sum()),
            "clips": len(np.unique(self.clips[known])),
            "videos": len(np.unique(self.videos[known])),
        }


def resampled_frames(
    keys: pd.DataFrame, videos: NDArray[np.str_], chosen: NDArray[np.bool_]
) -> ResampledFrames:
    """Take some frames of a study and draw their source videos again.

    Args:
        keys: ``set`` and ``clip`` of N frames.
        videos: [N], the source video of each.
        chosen: bool [N], the frames to take; there may be none.
    """
    rows = np.flatnonzero(chosen).astype(np.int64)
    of_video = codes(videos[rows])
    count = len(np.unique(of_video))
    clips = np.asarray(keys.iloc[rows].groupby(["set", "clip"]).ngroup(), dtype=np.int64)
    return ResampledFrames(rows, clips, of_video, whole_and_resampled_weights(count))
