"""Which frames the absent frames of a set are held against, and the scores of both sides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.statistics.arrays import codes
from samscope.analysis.statistics.combination import held_out_best_scores, held_out_scores
from samscope.analysis.statistics.grids import Grid, frame_grid, paired_rows
from samscope.analysis.statistics.resampling_plan import Plan
from samscope.records.schema import GAP_SET

Against = Literal["present", "clean_gap"]
AGAINST: tuple[Against, ...] = get_args(Against)
"""``present``: the frames of the same set that show the object (the paper's comparison). ``clean_gap``: the
same frames of the clean clips, compared with references that are just as old (the control)."""

Pooling = Literal["pooled", "within_clips"]
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)
"""``pooled``: one AUROC over the frames of all clips. ``within_clips``: the mean of the draws' own AUROCs."""


@dataclass(frozen=True, eq=False)
class Contrast:
    """Absent frames of a set and the frames that they are held against, C draws of T frames.

    Attributes:
        set: the set's name.
        against: which frames stand on the other side.
        absent_grid: where the absent frames are laid out.
        other_grid: where the other frames are; the same grid, or ``clean_gap``'s with the same draws.
        absent: bool [C, T], the absent frames.
        other: bool [C, T], the other frames.
        videos: int [C], a code for each draw's source video.
        plan: how the draws are taken again, by the videos that the set's clips hang on.
    """

    set: str
    against: Against
    absent_grid: Grid
    other_grid: Grid
    absent: NDArray[np.bool_]
    other: NDArray[np.bool_]
    videos: NDArray[np.int64]
    plan: Plan


@dataclass(frozen=True, eq=False)
class Scores:
    """A score of the frames of a contrast, higher where the object should be gone.

    Attributes:
        absent: float64 [C, T]; NaN where the frame is no absent one or its score is undefined.
        other: float64 [C, T], likewise for the other side.
        undefined: frames of either side whose score is undefined.
    """

    absent: NDArray[np.float64]
    other: NDArray[np.float64]
    undefined: int

    def equals(self, scores: "Scores") -> bool:
        """Return whether every frame has the same score."""
        return np.array_equal(self.absent, scores.absent, equal_nan=True) and np.array_equal(
            self.other, scores.other, equal_nan=True
        )


def contrast(clips: pd.DataFrame, frames: pd.DataFrame, set_name: str, against: Against) -> Contrast:
    """Lay out the absent frames of a set and those that they are held against.

    With ``clean_gap`` both sides are the frames on which the set's object is absent in the middle: only there
    is the clean clip declared absent. The prompted frame is on neither side, nor is a frame of the clean clip
    that truly lacks the object.
    """
    grid = frame_grid(clips, frames, set_name)
    if against == "present":
        return Contrast(
            set_name, against, grid, grid, grid.absent, grid.compared, codes(grid.videos), grid.plan
        )
    control = frame_grid(clips, frames, GAP_SET)
    rows, control_rows = paired_rows(grid, control)
    grid, control = grid.take(rows), control.take(control_rows)
    length = min(grid.recorded.shape[1], control.recorded.shape[1])
    absent, other = grid.absent & grid.middle, control.compared & control.middle
    absent[:, length:] = False
    other[:, length:] = False
    other[:, :length] &= absent[:, :length]
    return Contrast(set_name, against, grid, control, absent, other, codes(grid.videos), grid.plan)


def at_onset(sides: Contrast) -> Contrast:
    """Return a contrast of the first frames without the object alone.

    There the ratio compares a frame without the object with one that has it; later ones are compared with
    frames that lack it too. They are held against the frames before the middle, or under ``clean_gap``
    against the same frames of the clean clips.
    """
    grid = sides.absent_grid
    first = sides.absent & grid.middle & (np.cumsum(grid.middle, axis=1) == 1)
    if sides.against == "present":
        begun = np.cumsum(grid.middle, axis=1) > 0
        return replace(sides, absent=first, other=sides.other & ~begun)
    other = np.zeros_like(sides.other)
    length = min(other.shape[1], first.shape[1])
    other[:, :length] = sides.other[:, :length] & first[:, :length]
    return replace(sides, absent=first, other=other)


def column_scores(
    sides: Contrast, absent_rows: pd.DataFrame, other_rows: pd.DataFrame, column: str, sign: int = 1
) -> Scores:
    """Take a column of a table as the score.

    Args:
        sides: the contrast.
        absent_rows: rows of the table for the contrast's set.
        other_rows: rows of the table for the other side's set.
        column: a column of numbers.
        sign: -1 where a low number speaks for absence.
    """
    absent = np.where(sides.absent, sign * sides.absent_grid.fill(absent_rows, column), np.nan)
    other = np.where(sides.other, sign * sides.other_grid.fill(other_rows, column), np.nan)
    return _scores(sides, absent, other)


def combined_scores(sides: Contrast, features: Sequence[Scores]) -> Scores | None:
    """Combine scores linearly, fitted and scored on different source videos; None where that cannot be.

    Frames on which any of the scores is undefined have no combination.
    """
    return _held_out(sides, features, held_out_scores)


def best_single_scores(sides: Contrast, features: Sequence[Scores]) -> Scores | None:
    """Take the best one of several scores, chosen and scored on different source videos; None likewise.

    It stands beside ``combined_scores``: both are fitted to the same frames and scored on the same others.
    """
    return _held_out(sides, features, held_out_best_scores)


def _held_out(
    sides: Contrast,
    features: Sequence[Scores],
    scored: Callable[[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]], NDArray[np.float64] | None],
) -> Scores | None:
    absent = np.stack([scores.absent for scores in features], axis=-1)
    other = np.stack([scores.other for scores in features], axis=-1)
    absent_known, other_known = np.isfinite(absent).all(axis=-1), np.isfinite(other).all(axis=-1)
    is_absent = np.repeat([True, False], [absent_known.sum(), other_known.sum()])
    groups = np.concatenate(
        [
            np.broadcast_to(sides.videos[:, None], defined.shape)[defined]
            for defined in (absent_known, other_known)
        ]
    )
    values = np.concatenate([absent[absent_known], other[other_known]])
    held_out = scored(values, is_absent, groups)
    if held_out is None:
        return None
    absent_scores, other_scores = np.full(absent_known.shape, np.nan), np.full(other_known.shape, np.nan)
    absent_scores[absent_known] = held_out[is_absent]
    other_scores[other_known] = held_out[~is_absent]
    return _scores(sides, absent_scores, other_scores)


def _scores(sides: Contrast, absent: NDArray[np.float64], other: NDArray[np.float64]) -> Scores:
    undefined = (sides.absent & ~np.isfinite(absent)).sum() + (sides.other & ~np.isfinite(other)).sum()
    return Scores(absent, other, int(undefined))


def pooled(
    scores: Scores,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the defined scores of all absent frames [P] with their draws, then of all others [N].

    A draw is its row in the contrast.
    """
    absent, other = np.isfinite(scores.absent), np.isfinite(scores.other)
    return scores.absent[absent], np.nonzero(absent)[0], scores.other[other], np.nonzero(other)[0]
