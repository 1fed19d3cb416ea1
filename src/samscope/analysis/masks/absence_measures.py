"""What the tracker does about absence: does it notice, and does it find the object again?"""

from typing import Any

import pandas as pd

from samscope.analysis.masks.disappearance import presence_errors
from samscope.analysis.masks.mosev2 import mosev2_scores
from samscope.analysis.masks.recovery import Search, followed_before, j_around_absence, search
from samscope.analysis.masks.tracked_frames import CLEAN, Tracked, tracked
from samscope.analysis.masks.vots import vots_measures
from samscope.analysis.statistics.bootstrap import Bounds
from samscope.analysis.statistics.per_clip import PerClip, summary
from samscope.analysis.statistics.resampled import SHARE
from samscope.analysis.statistics.resampling_plan import Plan

COLUMNS = (
    "set",
    "measure",
    "mean",
    "low",
    "high",
    "frames",
    "clips",
    "videos",
    "undefined",
    "undefined_clips",
    "horizon",
)


def absence_measures(clips: pd.DataFrame, frames: pd.DataFrame) -> pd.DataFrame:
    """Measure what the tracker does while the object is gone, after it came back, and as benchmarks score it.

    Args:
        clips: the clips table of a study.
        frames: the frames table.

    Returns:
        One row a set that has a frame without the object, the prompted ones aside, and ``measure``:

        - of ``presence_errors``: ``false_positive_area``, missed and false absences by score and by mask;
        - of ``j_around_absence``: J before and after, their difference, and both against the clean clips of
          the same draws (left out for the clean set itself, and where it was not run);
        - ``followed_before``: share of the clips in which the object was found just before it went;
        - ``never_found``: share of the clips in which it returns and is not found while it stays;
        - ``frames_until_found``: mean number of frames from the return until it is found, by Kaplan and
          Meier's estimate, none taken as longer than ``horizon``, which is null for all other measures;
        - of ``mosev2_scores`` and ``vots_measures``: the scores of those benchmarks.

        All are means over the frames of a clip, then over clips: ``mean``, ``low`` and ``high`` of its 95 %
        interval (over source and partner videos; NaN with fewer than two), the ``frames``, ``clips`` and
        ``videos`` that it rests on, ``undefined`` frames that have no value and were left out, and
        ``undefined_clips``: those that the measure asks about but that do not define it. Those that it asks
        about are the clips that lose the object; for false absences and VOTS, the clips that show it.
    """
    clean = tracked(clips, frames, CLEAN)
    rows: list[dict[str, Any]] = []
    for set_name in frames["set"].unique():
        seen = clean if set_name == CLEAN else tracked(clips, frames, set_name)
        if seen.grid.absent.any():
            control = clean if set_name != CLEAN and len(clean.grid.clips) else None
            rows += [{"set": set_name, **row} for row in _rows(seen, control)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def absence_by_clip(seen: Tracked, clean: Tracked | None) -> dict[str, PerClip]:
    """Return the measures of ``absence_measures`` that are means over clips, clip by clip: all but the waits.

    Args:
        seen: the clips of a set.
        clean: the clean clips; None leaves the comparison with them out.
    """
    own = presence_errors(seen) | j_around_absence(seen, clean)
    own |= {"followed_before": followed_before(seen), "never_found": search(seen).never_found}
    return own | mosev2_scores(seen) | vots_measures(seen)


def bounds_of(measure: str) -> Bounds:
    """Return what a measure cannot leave: differences lie within -1 and 1, all others within 0 and 1."""
    return (-1.0, 1.0) if "change" in measure or "less" in measure else SHARE


def _rows(seen: Tracked, clean: Tracked | None) -> list[dict[str, Any]]:
    plan = seen.grid.plan
    rows = []
    for name, measure in absence_by_clip(seen, clean).items():
        rows.append({"measure": name, **summary(measure, plan, bounds_of(name))})
        if name == "never_found":
            rows.append(_waits(search(seen), plan))
    return rows


def _waits(searched: Search, plan: Plan) -> dict[str, Any]:
    return {
        "measure": "frames_until_found",
        **summary(searched.waits, plan, estimate=searched.mean_wait(plan)),
        "horizon": searched.horizon if searched.horizon else None,
    }
