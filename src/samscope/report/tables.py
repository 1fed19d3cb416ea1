"""The page's tables: what stands in each cell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.absence.contrasts import AGAINST, POOLINGS, Against, Pooling
from samscope.analysis.absence.measurements import FEATURE_TITLES, REFERENCE_TITLES, SPREAD_TITLES, SPREADS
from samscope.analysis.absence.separability import (
    ABSENT_SETS,
    COMBINATION,
    OBJECT_SCORE,
    choose,
    headline_feature,
)
from samscope.analysis.masks.accuracy import SEGMENTS
from samscope.figures.style import position_title
from samscope.observation.kinds import REFERENCES, References
from samscope.records.schema import GAP_SET
from samscope.report.results import Results
from samscope.report.wording import NONE, interval, number, set_label
from samscope.trackers.positions import POSITION_NAMES

_SURE = 4
"""How deep a difference is tinted whose interval leaves 0 out."""


@dataclass(frozen=True)
class Cell:
    """One number of a table.

    Attributes:
        text: the number.
        interval: its 95 % interval; empty where there is none.
        heat: 0 to 5, how deep the cell is tinted.
        span: how many columns it takes.
    """

    text: str
    interval: str = ""
    heat: int = 0
    span: int = 1


@dataclass(frozen=True)
class Table:
    """A table of the page.

    Attributes:
        name: its id on the page, unique.
        caption: what it shows and what it rests on.
        columns: titles of the columns, the row labels' first.
        rows: label and cells of each row.
        source: name of the CSV file with these numbers and more.
        main: whether it is shown at once, and not folded away.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    source: str
    main: bool = True


_AGAINST: dict[Against, str] = {
    "present": "against the set's own frames with the object (the paper's comparison)",
    GAP_SET: "against clean frames under the gap control",
}
_POOLING: dict[Pooling, str] = {
    "pooled": "all clips pooled",
    "within_clips": "within each clip, then averaged over clips",
}

_TITLES = {
    **{str(feature): title for feature, title in FEATURE_TITLES.items()},
    COMBINATION: "Linear combination",
}
_FEATURES = tuple(_TITLES)


def separability_tables(results: Results) -> list[Table]:
    """Return AUROC by position and feature: for each set two comparisons, pooled and within clips."""
    tables = []
    for pooling in POOLINGS:
        for set_name in ABSENT_SETS:
            for against in AGAINST:
                rows = choose(results.separability, set_name, against, pooling)
                if len(rows):
                    feature = headline_feature(results.separability)
                    tables.append(_separability_table(rows, set_name, against, pooling, feature))
    return tables


def _separability_table(
    rows: pd.DataFrame, set_name: str, against: Against, pooling: Pooling, headline: str
) -> Table:
    by_cell = _by(rows, "position", "feature")
    body = [
        (
            position_title(position),
            (
                *(_auroc(by_cell.get((position, feature))) for feature in _FEATURES),
                _precision(by_cell.get((position, headline))),
            ),
        )
        for position in _positions(rows)
    ]
    score = next((row for (_, feature), row in by_cell.items() if feature == OBJECT_SCORE), None)
    of_score = replace(_auroc(score), span=len(_FEATURES)), _precision(score)
    return Table(
        f"separability-{set_name}-{against}-{pooling}",
        f"{set_label(set_name)}: AUROC of absent frames {_AGAINST[against]}, {_POOLING[pooling]}. "
        f"{_rests_on(rows)}{_chance_precision(rows, headline)}",
        ("Position", *_TITLES.values(), f"{_TITLES[headline]}: average precision"),
        (*body, ("Object score", of_score)),
        "separability",
        main=pooling == "pooled",
    )


def spread_tables(results: Results) -> list[Table]:
    """Return the AUROC of the long distance by what it is regularised by, the paper's own among them."""
    tables = []
    columns = [
        f"{title}, {SPREAD_TITLES[spread]}" for spread in SPREADS for title in ("Long-term", "Combination")
    ]
    for set_name in ABSENT_SETS:
        for against in AGAINST:
            chosen = {
                spread: choose(results.separability, set_name, against, spread=spread) for spread in SPREADS
            }
            by_spread = {spread: _by(rows, "position", "feature") for spread, rows in chosen.items()}
            body = [
                (
                    position_title(position),
                    tuple(
                        _auroc(by_spread[spread].get((position, feature)))
                        for spread in SPREADS
                        for feature in ("long", COMBINATION)
                    ),
                )
                for position in _positions(chosen["std"])
            ]
            if body:
                tables.append(
                    Table(
                        f"spread-{set_name}-{against}",
                        f"{set_label(set_name)}: AUROC by the spread of the long-term distance, "
                        f"{_AGAINST[against]}, all clips pooled. The paper's own spread is the variance "
                        "without a floor; the others are never less than their median over the elements.",
                        ("Position", *columns),
                        tuple(body),
                        "separability",
                        main=False,
                    )
                )
    return tables


def reference_tables(results: Results) -> list[Table]:
    """Return the AUROC by what a frame is compared with: frames chosen by the truth, or by the tracker.

    A kind of references that an older study did not record has no column.
    """
    table = results.separability
    known_kinds = [
        kind
        for kind in REFERENCES
        if ((table["references"] == kind) & (table["feature"] == "short") & table["auroc"].notna()).any()
    ]
    feature = headline_feature(results.separability)
    tables = []
    for set_name in ABSENT_SETS:
        for against in AGAINST:
            chosen = {kind: choose(table, set_name, against, references=kind) for kind in known_kinds}
            by_kind = {kind: _by(rows, "position", "feature") for kind, rows in chosen.items()}
            body = [
                (
                    position_title(position),
                    tuple(
                        _auroc(by_kind[kind].get((position, name)))
                        for kind in known_kinds
                        for name in dict.fromkeys(("short", feature))
                    ),
                )
                for position in _positions(chosen[known_kinds[0]] if known_kinds else table.iloc[:0])
            ]
            if body:
                tables.append(
                    Table(
                        f"references-{set_name}-{against}",
                        f"{set_label(set_name)}: AUROC by the frames that a frame is compared with, "
                        f"{_AGAINST[against]}, all clips pooled. {_kinds(known_kinds)}",
                        (
                            "Position",
                            *(
                                f"{_TITLES[name]}, {kind}"
                                for kind in known_kinds
                                for name in dict.fromkeys(("short", feature))
                            ),
                        ),
                        tuple(body),
                        "separability",
                        main=False,
                    )
                )
    return tables


def _kinds(references: Sequence[References]) -> str:
    return "; ".join(f"{kind}: {REFERENCE_TITLES[kind]}" for kind in references).capitalize() + "."


def _by(rows: pd.DataFrame, *keys: str) -> dict[Any, Any]:
    """Return the rows of a table by their values in one or several columns."""
    records = rows.to_dict("records")
    if len(keys) == 1:
        return {row[keys[0]]: row for row in records}
    return {tuple(row[key] for key in keys): row for row in records}


def _positions(rows: pd.DataFrame) -> list[str]:
    recorded = set(rows["position"].dropna())
    return [name for name in POSITION_NAMES if name in recorded]


def _auroc(row: Any) -> Cell:
    if row is None or not np.isfinite(row["auroc"]):
        return Cell(NONE)
    return Cell(number(row["auroc"]), interval(row["low"], row["high"]), heat_of(row["auroc"]))


def difference_cell(
    value: float, low: float, high: float, digits: int = 2, *, tinted: bool = True, signed: bool = True
) -> Cell:
    """Return a number with its interval, as a difference: a dash where it is undefined.

    Args:
        value: the number.
        low: lower end of its interval.
        high: upper end.
        digits: how many stand behind the point.
        tinted: whether it is tinted where the interval leaves 0 out.
        signed: whether a plus stands before what is above 0.
    """
    if not np.isfinite(value):
        return Cell(NONE)
    sign = "+" if signed and round(value, digits) > 0 else ""
    sure = tinted and (low > 0 or high < 0)
    return Cell(f"{sign}{number(value, digits)}", interval(low, high, digits), heat=_SURE if sure else 0)


def heat_of(share: float) -> int:
    """Return how deep a share is tinted that is 0.5 by chance: 0 to 5, 0 where it is undefined."""
    return int(np.clip(np.ceil((share - 0.5) * 10), 0, 5)) if np.isfinite(share) else 0


def _precision(row: Any) -> Cell:
    if row is None or not np.isfinite(row["average_precision"]):
        return Cell(NONE)
    between = interval(row["average_precision_low"], row["average_precision_high"])
    return Cell(number(row["average_precision"]), between)


def _chance_precision(rows: pd.DataFrame, headline: str) -> str:
    chances = rows.loc[rows["feature"] == headline, "chance_precision"].dropna()
    return f" Average precision without any knowledge: {number(chances.median())}." if len(chances) else ""


def _rests_on(rows: pd.DataFrame) -> str:
    counted = rows.dropna(subset=["clips"])
    if counted.empty:
        return ""
    most = counted.sort_values(["clips", "other_frames"]).iloc[-1]
    undefined = counted.loc[counted["feature"].isin(list(FEATURE_TITLES)), "undefined"].max()
    left_out = f"; up to {undefined:.0f} undefined values of a cell left out" if undefined > 0 else ""
    return (
        f"n = {most['absent_frames']:.0f} absent and {most['other_frames']:.0f} other frames of "
        f"{most['clips']:.0f} clips of {most['videos']:.0f} source videos{left_out}."
    )


def accuracy_tables(results: Results) -> list[Table]:
    """Return J&F by set and segment, and J and F by themselves."""
    titles = {"j_and_f": "J&F", "j": "J (region similarity)", "f": "F (contour accuracy)"}
    return [_accuracy_table(results.accuracy, measure, title) for measure, title in titles.items()]


def _accuracy_table(accuracy: pd.DataFrame, measure: str, title: str) -> Table:
    rows = accuracy.loc[accuracy["measure"] == measure]
    by_cell = _by(rows, "set", "segment")
    body = tuple(
        (set_label(name), tuple(_mean(by_cell[name, segment]) for segment in SEGMENTS))
        for name in rows["set"].unique()
    )
    undefined = int(rows.loc[rows["segment"] == "whole", "undefined"].sum())
    left_out = f" {undefined} undefined frames left out." if undefined else ""
    return Table(
        f"accuracy-{measure}",
        f"{title} by set and part of the clip, by the DAVIS protocol: mean over the frames of a clip, then "
        f"over clips; the prompted and the last frame are left out. n = {rows['clips'].max()} clips of "
        f"{rows['videos'].max()} source videos a set.{left_out}",
        ("Set", *(segment.capitalize() for segment in SEGMENTS)),
        body,
        "accuracy",
        main=measure == "j_and_f",
    )


def _mean(row: Any) -> Cell:
    return Cell(number(row["mean"]), interval(row["low"], row["high"]))


def folded_apart(tables: Sequence[Table]) -> tuple[list[Table], list[Table]]:
    """Return the tables that are shown at once, and those that are folded away."""
    return [table for table in tables if table.main], [table for table in tables if not table.main]
