"""How well, and how soon, the tracker finds an object again that was gone and came back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samscope.analysis.masks.accuracy import davis_frames
from samscope.analysis.masks.tracked_frames import Tracked
from samscope.analysis.statistics.arrays import any_in_row
from samscope.analysis.statistics.bootstrap import Estimate
from samscope.analysis.statistics.grids import paired_rows
from samscope.analysis.statistics.kaplan_meier import restricted_mean_wait
from samscope.analysis.statistics.per_clip import PerClip, clip_means
from samscope.analysis.statistics.resampling_plan import Plan
from samscope.analysis.statistics.stretches import stretches

FOUND = 0.5
"""The J from which on an object counts as found."""


def j_around_absence(seen: Tracked, clean: Tracked | None) -> dict[str, PerClip]:
    """Measure J before the object is first gone and after it came back, clip by clip.

    Only clips that show the object on both sides of their first absence have a value; the prompted and the
    last frame do not count, as by the DAVIS protocol, nor does a frame without the object.

    Args:
        seen: the clips of a set.
        clean: the clean clips; None leaves the comparison with them out.

    Returns:
        By name:

        - ``j_before``, ``j_after``: J before the first absence, and at any time after it;
        - ``j_change``: the latter less the former;

        and, on clips whose draw has a clean clip, from the frames of the same numbers on which that shows its
        object too:

        - ``j_after_clean``, ``j_change_clean``: the same of the clean clip;
        - ``j_after_less_clean``, ``j_change_less_clean``: the set's less the clean clip's, on equal frames.

        A tracker drifts without any absence, which ``j_change_less_clean`` takes off. In ``object_removal``
        the clean clip is of another object: J itself is not comparable then, only how it changes. In
        ``interjection`` with inserted frames the source runs behind the clean clip by as many frames.
    """
    absent, shown = seen.grid.absent, seen.grid.compared & davis_frames(seen.grid)
    asked = any_in_row(absent)
    before, after = _sides(absent, shown)
    measures = _sides_and_change(seen.j, before, after, asked)
    if clean is None:
        return measures
    plain, plain_shown = _same_draws(clean, seen)
    either_undefined = ~np.isfinite(plain) | ~np.isfinite(seen.j)
    paired, control = (
        _sides_and_change(
            np.where(either_undefined, np.nan, j), before & plain_shown, after & plain_shown, asked
        )
        for j in (seen.j, plain)
    )
    return measures | {
        "j_after_clean": control["j_after"],
        "j_change_clean": control["j_change"],
        "j_after_less_clean": paired["j_after"].minus(control["j_after"]),
        "j_change_less_clean": paired["j_change"].minus(control["j_change"]),
    }


def _sides(
    absent: NDArray[np.bool_], shown: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return bool [C, T] each: the frames shown before the first absent frame, and those after it."""
    lost = np.logical_or.accumulate(absent, axis=1)
    return shown & ~lost & any_in_row(absent)[:, None], shown & lost


def _sides_and_change(
    j: NDArray[np.float64], before: NDArray[np.bool_], after: NDArray[np.bool_], asked: NDArray[np.bool_]
) -> dict[str, PerClip]:
    defined = np.isfinite(j)
    has_both = (any_in_row(before & defined) & any_in_row(after & defined))[:, None]
    first, second = (clip_means(j, side & has_both, asked) for side in (before, after))
    return {"j_before": first, "j_after": second, "j_change": second.minus(first)}


def _same_draws(clean: Tracked, seen: Tracked) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return J of the clean clips and whether they show their object, [C, T] each, laid out like ``seen``."""
    rows, clean_rows = paired_rows(seen.grid, clean.grid)
    length = min(seen.j.shape[1], clean.j.shape[1])
    j, shown = np.full(seen.j.shape, np.nan), np.zeros(seen.j.shape, dtype=bool)
    j[rows, :length] = clean.j[clean_rows, :length]
    shown[rows, :length] = clean.grid.compared[clean_rows, :length]
    return j, shown


@dataclass(frozen=True, eq=False)
class Search:
    """How long the tracker takes to find the object again, on each of C clips.

    Attributes:
        waits: frames from the return to the first one with J of at least 0.5, 0 for the return itself; where
            that is not seen, the last frame that is. NaN for a clip whose object does not return.
        found: bool [C], whether it is seen.
        horizon: the longest time that any clip shows the object for after its return, in frames; 0 without.
    """

    waits: PerClip
    found: NDArray[np.bool_]
    horizon: int

    @property
    def never_found(self) -> PerClip:
        """1 where the object returns and is not found while it stays, 0 where it is found."""
        values = np.where(np.isfinite(self.waits.values), ~self.found, np.nan)
        return PerClip(values, self.waits.frames, self.waits.undefined, self.waits.asked)

    def mean_wait(self, plan: Plan) -> Estimate:
        """Return the mean wait, none taken as longer than the horizon; see ``restricted_mean_wait``."""
        return restricted_mean_wait(self.waits.values, self.found, plan, self.horizon).estimate


def search(seen: Tracked) -> Search:
    """Look for the first frame after the object's first return on which its mask has J of at least 0.5.

    The return is the first frame with the object after its first absence; the search ends with the clip, or
    where the object goes again. A clip in which it is not found by then is censored. All frames count, the
    clip's last too; a frame whose J is undefined finds nothing, and is counted.
    """
    grid = seen.grid
    _, back = _sides(grid.absent, grid.compared)
    stays = stretches(back)
    clips, first = np.unique(stays.clips, return_index=True)
    inside = np.isin(stays.numbers, first + 1)
    starts = np.zeros(len(inside), dtype=np.int64)
    starts[clips] = stays.starts[first]
    is_found = inside & (seen.j >= FOUND)
    frames = inside.sum(axis=1)
    until = np.where(any_in_row(is_found), _first_true(is_found) - starts, frames - 1)
    waits = PerClip(
        np.where(any_in_row(inside), until, np.nan),
        frames,
        (inside & ~np.isfinite(seen.j)).sum(axis=1),
        any_in_row(grid.absent),
    )
    return Search(waits, any_in_row(is_found), int(frames.max(initial=0)))


def followed_before(seen: Tracked) -> PerClip:
    """Return 1 for a clip with J of at least 0.5 on the last frame before the object is first gone, else 0.

    An object that was lost before it went cannot be found *again*: this share stands beside ``never_found``.
    Undefined where no frame but the prompted one shows the object before, or J is undefined there.
    """
    before, _ = _sides(seen.grid.absent, seen.grid.compared)
    frame = np.arange(before.shape[1])
    last = before & (frame == np.where(before, frame, -1).max(axis=1, initial=-1)[:, None])
    reached = np.where(np.isfinite(seen.j), seen.j >= FOUND, np.nan)
    return clip_means(reached, last, any_in_row(seen.grid.absent))


def _first_true(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return int [C], the first column of each row of bool [C, T] that is true; T where none is."""
    length = mask.shape[1]
    first: NDArray[np.int64] = np.where(mask, np.arange(length), length).min(axis=1, initial=length)
    return first
