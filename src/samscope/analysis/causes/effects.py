"""What the cells of a trace do: effects as shares of what is lost, with intervals over videos."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.causes.cells import TOGETHER
from samscope.analysis.statistics.resampled import Resampled, mean, undefined
from samscope.analysis.statistics.resampling_plan import Plan, plan_of_clips

MEASURES = ("j", "object_score", "wait")
CLEAN = "clean"


@dataclass(frozen=True, eq=False)
class SetOutcomes:
    """The outcomes of one set beside those of the clean clips of the same draws.

    Attributes:
        name: the set's.
        clips: int [C], numbers of the draws that have both clips.
        plan: how they are resampled.
        runs: of this set, one row a draw and run.
        clean: of the clean clips, likewise.
    """

    name: str
    clips: NDArray[np.int64]
    plan: Plan
    runs: pd.DataFrame
    clean: pd.DataFrame

    def values(self, kind: str, measure: str, edited: str = "", first: int = -1, last: int = -1) -> Any:
        """Return float64 [C], an outcome of each draw's run; NaN where there is none."""
        table = self.clean if kind in ("clean", "clean_probe") else self.runs
        rows = table.loc[
            (table["kind"] == kind)
            & (table["edited"] == edited)
            & (table["first"] == first)
            & (table["last"] == last)
        ]
        return rows.set_index("clip")[measure].reindex(self.clips).to_numpy(dtype=np.float64)

    def lost(self, measure: str = "j") -> Resampled:
        """Return the mean by which the set's runs are below the clean ones."""
        return self._mean(self.values("clean", measure) - self.values("transformed", measure))

    def gained(self, kind: str, edited: str, first: int, last: int, measure: str = "j") -> Resampled:
        """Return the mean of what an edit changes.

        Args:
            kind: of the run.
            edited: position or probe.
            first: as in the outcomes.
            last: likewise.
            measure: of ``MEASURES``.

        Returns:
            What is won by an edit of a transformed run, what is lost by one of a clean run.
        """
        edits = self.values(kind, measure, edited, first, last)
        if kind in ("restore", "transformed_probe"):
            return self._mean(edits - self.values("transformed", measure))
        return self._mean(self.values("clean", measure) - edits)

    def _mean(self, values: NDArray[np.float64]) -> Resampled:
        if not np.isfinite(values).any():
            return undefined("no clip defines it")
        return mean(values, self.plan, numbers=self.clips)


def outcomes_by_set(outcomes: pd.DataFrame) -> dict[str, SetOutcomes]:
    """Return what each set came to, the clean set itself first, as far as it has draws beside clean ones.

    Args:
        outcomes: as ``read_outcomes`` gives them.
    """
    table = outcomes.fillna({"first": -1, "last": -1})
    clean = table.loc[table["set"] == CLEAN]
    by_set = {}
    for name, runs in table.groupby("set", sort=False):
        rows = runs.loc[runs["kind"].isin([CLEAN, "transformed"]) & runs["clip"].isin(clean["clip"])]
        rows = rows.drop_duplicates("clip").sort_values("clip")
        if len(rows):
            numbers = rows["clip"].to_numpy(dtype=np.int64)
            by_set[str(name)] = SetOutcomes(str(name), numbers, plan_of_clips(rows), runs, clean)
    return dict(sorted(by_set.items(), key=lambda item: item[0] != CLEAN))


def effects(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Measure what every cell and probe does.

    Args:
        outcomes: as ``read_outcomes`` gives them.

    Returns:
        One row a set, kind, position or probe, and span: ``lost`` in J over the suffix between clean and
        transformed clips; ``gain``, how much J an edit brings back, or of edits of clean clips takes away;
        ``share``, the gain as a share of what is lost, NaN where nothing is; ``score_gain`` and
        ``score_share`` of the object score; ``wait_gain``, by how many frames the object is back sooner, or
        later. Each with ``_low`` and ``_high``, the ends of its 95 % interval; ``clips`` and ``videos``.
        Probes of clean clips are of the set ``clean``, without shares.
    """
    rows = [row for own in outcomes_by_set(outcomes).values() for row in _rows(own)]
    return pd.DataFrame(rows, columns=EFFECT_COLUMNS)


_NUMBERS = ("lost", "gain", "share", "score_gain", "score_share", "wait_gain")
EFFECT_COLUMNS = [
    *("set", "kind", "edited", "first", "last", "clips", "videos"),
    *(f"{name}{end}" for name in _NUMBERS for end in ("", "_low", "_high")),
]


def _rows(own: SetOutcomes) -> Iterator[dict[str, Any]]:
    edited = own.runs.loc[own.runs["edited"] != ""]
    for kind, name, first, last in edited[["kind", "edited", "first", "last"]].drop_duplicates().to_numpy():
        gain, score, wait = (own.gained(kind, name, first, last, measure) for measure in MEASURES)
        nothing = undefined("clean clips have lost nothing")
        lost, score_lost = (nothing, nothing) if own.name == CLEAN else (own.lost(), own.lost("object_score"))
        measured = dict(
            zip(_NUMBERS, (lost, gain, gain / lost, score, score / score_lost, wait * -1.0), strict=True)
        )
        numbers: dict[str, float] = {}
        for column, statistic in measured.items():
            estimate = statistic.estimate
            numbers |= {
                column: estimate.value,
                f"{column}_low": estimate.low,
                f"{column}_high": estimate.high,
            }
        yield {
            "set": own.name,
            "kind": kind,
            "edited": name,
            "first": int(first),
            "last": int(last),
            "clips": len(gain.clips),
            "videos": len(gain.videos),
            **numbers,
        }


def pairs(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Compare two positions that are patched at once with each of them alone.

    Args:
        outcomes: as ``read_outcomes`` gives them.

    Returns:
        One row a set, direction, pair and span of which both are there alone as well: ``gain`` of the pair,
        ``gain_one`` and ``gain_other`` of its positions in their order, ``beyond``, the first less the sum of
        both, with their intervals; and ``only_together``, whether the pair's interval lies above 0 and
        neither of the others does.
    """
    rows = []
    for own in outcomes_by_set(outcomes).values():
        cells = own.runs.loc[own.runs["kind"].isin(["restore", "spoil"])]
        of_cells: NDArray[Any] = cells[["kind", "edited", "first", "last"]].drop_duplicates().to_numpy()
        for kind, edited, first, last in of_cells:
            names = str(edited).split(TOGETHER)
            if len(names) != 2:
                continue
            both, first_alone, second_alone = (
                own.gained(kind, name, first, last) for name in (edited, *names)
            )
            if first_alone.missing or second_alone.missing:
                continue
            measured = {
                "gain": both,
                "gain_one": first_alone,
                "gain_other": second_alone,
                "beyond": both - (first_alone + second_alone),
            }
            row: dict[str, Any] = {
                "set": own.name,
                "kind": kind,
                "edited": edited,
                "first": int(first),
                "last": int(last),
            }
            for column, statistic in measured.items():
                row |= {
                    column: statistic.estimate.value,
                    f"{column}_low": statistic.estimate.low,
                    f"{column}_high": statistic.estimate.high,
                }
            row["only_together"] = bool(row["gain_low"] > 0) and not (
                row["gain_one_low"] > 0 or row["gain_other_low"] > 0
            )
            rows.append(row)
    return pd.DataFrame(rows)
