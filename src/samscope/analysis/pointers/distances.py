"""Object pointers: where they lie, how far obscuration moves them (numbers of paper figures 9, 10 and 13)."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.statistics.arrays import codes
from samscope.analysis.statistics.correlation import METHODS, Correlation, correlation, correlation_within
from samscope.analysis.statistics.resampling_plan import Plan, partner_videos, plan_of_videos
from samscope.support.errors import SamscopeError

Pointer = Literal["object_pointer_ungated", "object_pointer"]
POINTERS: tuple[Pointer, ...] = get_args(Pointer)
"""Before the object-score gate (the headline), and as stored: one constant vector where the score is <= 0."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Pointers on the two axes along which they vary most.

    Attributes:
        points: float64 [N, 2], the pointers on the first and second principal axis, centred.
        explained: float64 [2], the share of the variance that each axis explains, 0..1.
        axes: float64 [2, C], the principal axes, of length one; the largest element of each is positive.
    """

    points: NDArray[np.float64]
    explained: NDArray[np.float64]
    axes: NDArray[np.float64]


def pointer_vectors(column: pd.Series) -> NDArray[np.float64]:
    """Return a column's pointers [N, C], NaN on frames that have none; C is 1 where no frame has one."""
    channels = max((len(pointer) for pointer in column.dropna()), default=1)
    vectors = np.full((len(column), channels), np.nan)
    there = column.notna().to_numpy()
    if there.any():
        vectors[there] = np.stack(list(column[there]))
    return vectors


def principal_axes(pointers: NDArray[np.float64]) -> Projection:
    """Project pointers on their first two principal axes.

    Args:
        pointers: float [N, C], N and C at least 2; not scaled, so that distances stay distances.

    Returns:
        The projection; where nothing varies, zeros and a share of NaN.

    Raises:
        SamscopeError: a frame has no pointer.
    """
    if not np.isfinite(pointers).all():
        raise SamscopeError("a frame of the clip has no pointer, so there are no axes to draw pointers on")
    centred = np.asarray(pointers, dtype=np.float64) - np.mean(pointers, axis=0, dtype=np.float64)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2]
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    axes = axes * signs[:, None]
    variance = singular**2
    explained = variance[:2] / variance.sum() if variance.sum() > 0 else np.full(2, np.nan)
    return Projection(centred @ axes.T, explained, axes)


def clip_pointers(
    frames: pd.DataFrame, set_name: str, clip: int, pointer: Pointer = "object_pointer_ungated"
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the frames of a clip, int [T] ascending, and their pointers, float64 [T, C].

    A frame without a pointer has NaN.

    Raises:
        SamscopeError: the records hold no such clip.
    """
    rows = frames.loc[(frames["set"] == set_name) & (frames["clip"] == clip)].sort_values("frame")
    if rows.empty:
        raise SamscopeError(
            f"the records hold no clip {clip} of the set {set_name}; run the study with that set"
        )
    return rows["frame"].to_numpy(dtype=np.int64), pointer_vectors(rows[pointer])


def pointer_distances(
    clips: pd.DataFrame,
    frames: pd.DataFrame,
    set_name: str = "obscuration",
    pointer: Pointer = "object_pointer_ungated",
    *,
    prompted: bool = False,
) -> pd.DataFrame:
    """Measure how far the pointer of a transformed clip is from the clean clip's of the same draw.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
        set_name: a set in which objects are put over the clean clip: ``obscuration`` or ``overlay``.
        pointer: which pointer.
        prompted: whether the prompted frame is compared too, as in the paper. Its pointers come from the pass
            that only makes them, and say nothing of what tracking makes of a frame.

    Returns:
        One row a frame that both clips have and that is compared: ``clip``, ``source_video``, ``frame``,
        ``obscured`` (0..1; NaN where the object has no area), ``distance`` (L2), ``transformed`` (something
        is pasted into it), ``partner_videos``: the videos that what is pasted comes from, joined by slashes.
    """
    facts = ["clip", "frame", "obscured", "transformed", pointer]
    compared = frames if prompted else frames.loc[~frames["prompted"].astype(bool)]
    changed = compared.loc[compared["set"] == set_name, facts]
    clean = compared.loc[compared["set"] == "clean", ["clip", "frame", pointer]]
    both = changed.merge(clean, on=["clip", "frame"], suffixes=("", "_clean")).sort_values(["clip", "frame"])
    of_set = clips.loc[clips["set"] == set_name]
    videos = of_set[["clip", "source_video"]].assign(partner_videos=partner_videos(of_set))
    both = both.merge(videos, on="clip", how="left")
    distance = [
        float(np.linalg.norm(np.asarray(vector, dtype=np.float64) - np.asarray(other, dtype=np.float64)))
        for vector, other in zip(both[pointer], both[f"{pointer}_clean"], strict=True)
    ]
    columns = ["clip", "source_video", "frame", "obscured", "distance", "transformed", "partner_videos"]
    return both.assign(distance=distance)[columns].reset_index(drop=True)


def distance_correlations(distances: pd.DataFrame) -> dict[str, Correlation]:
    """Correlate the pointer's distance with the fraction obscured, over all frames together.

    Args:
        distances: rows of ``pointer_distances``; frames without a fraction obscured are left out.

    Returns:
        The correlation by method; with one source video it has no interval.
    """
    return {method: correlation(*_pairs(distances), method) for method in METHODS}


def distance_correlations_within(distances: pd.DataFrame) -> dict[str, Correlation]:
    """Correlate within each clip and average over clips, by method; see ``distance_correlations``."""
    return {method: correlation_within(*_pairs(distances), method) for method in METHODS}


def _pairs(
    distances: pd.DataFrame,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], Plan]:
    of_clips = distances.drop_duplicates("clip").sort_values("clip")
    lent = [str(names).split("/") for names in of_clips["partner_videos"]]
    return (
        distances["obscured"].to_numpy(dtype=np.float64, na_value=np.nan),
        distances["distance"].to_numpy(dtype=np.float64),
        codes(distances["clip"].to_numpy(dtype=np.int64)),
        plan_of_videos(of_clips["source_video"].to_numpy(dtype=np.str_), lent),
    )
