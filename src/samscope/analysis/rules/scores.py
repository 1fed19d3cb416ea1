"""The scores of memory rules on the same clips, and how far each is above the first rule's.

``measures_by_clip`` takes the records of studies too, which do not say what was read and written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.analysis.masks.absence_measures import absence_by_clip, bounds_of
from samscope.analysis.masks.accuracy import accuracy_by_clip, davis_frames
from samscope.analysis.masks.recovery import search
from samscope.analysis.masks.tracked_frames import Tracked, tracked
from samscope.analysis.statistics.arrays import ratio
from samscope.analysis.statistics.kaplan_meier import restricted_mean_wait
from samscope.analysis.statistics.per_clip import PerClip, clip_means
from samscope.analysis.statistics.resampled import Resampled, mean
from samscope.analysis.statistics.resampling_plan import Plan, plan_of_clips
from samscope.records.rule_records import RuleRecords

ALL_ABSENT = "absent"
"""Stands for all sets whose object goes, taken together."""

WAIT = "frames_until_found"

MEASURES = (
    "j_present",
    "j_suffix",
    "j_after",
    "never_found",
    WAIT,
    "false_positive_area",
    "missed_absence_by_mask",
    "written_absent",
    "read_absent",
    "mosev2_disappearance",
    "mosev2_reappearance",
    "vots_quality",
    "vots_accuracy",
    "vots_robustness",
    "vots_absence_detection_quality_of_any_length",
)

OF_MEMORY = {"written_absent": "written", "read_absent": "read"}
"""The measures that take a column of their own in the table of frames, which studies do not have."""

COLUMNS = (
    "set",
    "rule",
    "measure",
    "mean",
    "low",
    "high",
    "clips",
    "videos",
    "reference",
    "difference",
    "difference_low",
    "difference_high",
    "difference_clips",
)


@dataclass(frozen=True, eq=False)
class MeasuresByClip:
    """What a tracker made of some sets' clips, one value a clip; C clips.

    Attributes:
        by_clip: by measure, float64 [C], NaN where nothing defines it.
        waits: float64 [C], as ``recovery.Search.waits``.
        found: bool [C], whether the wait ended.
        horizon: the longest time in which it could, in frames.
    """

    by_clip: Mapping[str, NDArray[np.float64]]
    waits: NDArray[np.float64]
    found: NDArray[np.bool_]
    horizon: int

    @property
    def measures(self) -> tuple[str, ...]:
        """Those of ``MEASURES`` that some clip defines, in their order."""
        return tuple(name for name in MEASURES if self.defined(name).any())

    def defined(self, measure: str) -> NDArray[np.bool_]:
        """Return bool [C], which clips define a measure."""
        values = self.waits if measure == WAIT else self.by_clip.get(measure)
        return np.zeros(len(self.waits), dtype=bool) if values is None else np.isfinite(values)

    def mean(
        self, measure: str, plan: Plan, horizon: int, only: NDArray[np.bool_] | None = None
    ) -> Resampled:
        """Return the mean of a measure over clips; of the waits, Kaplan and Meier's estimate.

        Args:
            measure: one of ``measures``.
            plan: for the clips.
            horizon: no wait is taken as longer, in frames.
            only: bool [C], the clips that count; None for all.
        """
        values = self.waits if measure == WAIT else self.by_clip[measure]
        counted = values if only is None else np.where(only, values, np.nan)
        if measure == WAIT:
            return restricted_mean_wait(counted, self.found, plan, horizon)
        return mean(counted, plan, bounds_of(measure))


def rule_scores(records: RuleRecords) -> pd.DataFrame:
    """Score every rule, set by set and over all sets whose object goes.

    Args:
        records: of clips that were tracked under several rules.

    Returns:
        One row a ``set`` (``ALL_ABSENT`` for all whose object goes), ``rule`` and ``measure`` of
        ``MEASURES``: ``mean``, ``low`` and ``high`` of its 95 % interval over source and partner videos, the
        ``clips`` and source ``videos`` that it rests on; and how far it is above the first rule, the
        ``reference``, on the ``difference_clips`` on which both define it, with its interval: the same videos
        are left out of both. Measures are as in ``absence_measures`` and ``accuracy``, and:

        - ``j_present``: J on the frames that show the object;
        - ``j_suffix``: J after the middle, by the DAVIS protocol;
        - ``written_absent``: of the tracked frames whose memory was kept, the share without the object;
        - ``read_absent``: of the memories that were read, the prompted one aside, the share without it.

        A measure that no clip of a set defines has no row.
    """
    rows: list[dict[str, Any]] = []
    for label, names in labelled_sets(records.clips):
        plan = plan_of_sets(records.clips, names)
        measured = {rule: rule_measures(records, rule, names) for rule in records.rules}
        rows += ({"set": label, **row} for row in _rows(measured, plan, records.rules[0]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def labelled_sets(clips: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Return what is scored together: all sets whose object goes, as ``ALL_ABSENT``, then each by itself."""
    sets = [str(name) for name in clips["set"].unique()]
    gone = [name for name in sets if name in ABSENT_SETS]
    return [*([(ALL_ABSENT, gone)] if gone else []), *((name, [name]) for name in sets)]


def plan_of_sets(clips: pd.DataFrame, sets: Sequence[str]) -> Plan:
    """Return how the clips of sets are taken again, set by set in their order."""
    return plan_of_clips(clips_of_sets(clips, sets))


def clips_of_sets(clips: pd.DataFrame, sets: Sequence[str]) -> pd.DataFrame:
    """Return the rows of the clips of sets, set by set in their order, by number in each."""
    return pd.concat(
        [clips.loc[clips["set"] == name].sort_values("clip") for name in sets], ignore_index=True
    )


def rule_measures(records: RuleRecords, rule: str, sets: Sequence[str]) -> MeasuresByClip:
    """Return what a rule made of each clip of sets, in the order of ``clips_of_sets``."""
    return measures_by_clip(records.clips, records.under(rule), sets)


def measures_by_clip(clips: pd.DataFrame, frames: pd.DataFrame, sets: Sequence[str]) -> MeasuresByClip:
    """Return what a tracker made of each clip of sets, in the order of ``clips_of_sets``.

    Args:
        clips: ``schema.CLIPS``.
        frames: ``schema.FRAMES``, or those of ``schema.RULE_FRAMES`` under one rule. Where it does not say
            what was written or read, the measures of ``OF_MEMORY`` that take it are left out.
        sets: one or more that have clips.
    """
    seen = [tracked(clips, frames, name) for name in sets]
    of_sets = [
        _by_clip(tracked_set, frames.loc[frames["set"] == tracked_set.grid.set]) for tracked_set in seen
    ]
    searches = [search(tracked_set) for tracked_set in seen]
    return MeasuresByClip(
        {
            name: np.concatenate(
                [np.where(measures[name].asked, measures[name].values, np.nan) for measures in of_sets]
            )
            for name in MEASURES
            if name in of_sets[0]
        },
        np.concatenate([searched.waits.values for searched in searches]),  # noqa: PD011 - of a PerClip
        np.concatenate([searched.found for searched in searches]),
        max(searched.horizon for searched in searches),
    )


def _by_clip(seen: Tracked, frames: pd.DataFrame) -> dict[str, PerClip]:
    grid = seen.grid
    measures = absence_by_clip(seen, None)
    measures["j_present"] = clip_means(seen.j, grid.compared & davis_frames(grid))
    measures["j_suffix"] = accuracy_by_clip(grid, frames)["suffix", "j"]
    if OF_MEMORY["written_absent"] in frames:
        written = grid.fill_truth(frames, OF_MEMORY["written_absent"]) & grid.recorded & ~grid.prompted
        measures["written_absent"] = clip_means(np.where(written, grid.absent, np.nan), written)
    if OF_MEMORY["read_absent"] in frames:
        measures["read_absent"] = _read_absent(seen, frames)
    return measures


def _read_absent(seen: Tracked, frames: pd.DataFrame) -> PerClip:
    grid = seen.grid
    read, absent = (np.zeros(len(grid.clips), dtype=np.int64) for _ in range(2))
    rows = {int(clip): row for row, clip in enumerate(grid.clips)}
    for clip, of_frame in zip(frames["clip"], frames[OF_MEMORY["read_absent"]], strict=True):
        row = rows[int(clip)]
        places = np.asarray(of_frame, dtype=np.int64)
        places = places[~grid.prompted[row, places]]
        read[row] += len(places)
        absent[row] += int(grid.absent[row, places].sum())
    return PerClip(ratio(absent.astype(float), read), read, np.zeros_like(read), read > 0)


def _rows(measured: Mapping[str, MeasuresByClip], plan: Plan, reference: str) -> Iterator[dict[str, Any]]:
    horizon = max(measures.horizon for measures in measured.values())
    other = measured[reference]
    for rule, own in measured.items():
        for name in own.measures:
            both = own.defined(name) & other.defined(name)
            value = own.mean(name, plan, horizon)
            difference = own.mean(name, plan, horizon, both) - other.mean(name, plan, horizon, both)
            yield {"rule": rule, "measure": name, "reference": reference, **_numbers(value, difference)}


def _numbers(value: Resampled, apart: Resampled) -> dict[str, Any]:
    estimate, difference = value.estimate, apart.estimate
    return {
        "mean": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "clips": len(value.clips),
        "videos": len(value.videos),
        "difference": difference.value,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "difference_clips": len(apart.clips),
    }
