"""How well absent frames stand apart (the numbers of paper figures 18, 19, 21, 22, 24-27, 29 and 30)."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from samscope.analysis.contrasts import (
    AGAINST,
    POOLINGS,
    Against,
    Contrast,
    Pooling,
    Scores,
    column_scores,
    combined_scores,
    contrast,
    sample_sizes,
    separation,
)
from samscope.analysis.grids import GAP_SET
from samscope.analysis.measurements import REFERENCES, SPREADS, References, Spread, measurements

ABSENT_SETS = ("interjection", "object_removal")
"""The sets whose object is gone in the middle."""

COMBINATION = "combination"
OBJECT_SCORE = "object_score"

COLUMNS = (
    "set",
    "position",
    "feature",
    "spread",
    "references",
    "against",
    "pooling",
    "auroc",
    "low",
    "high",
    "absent_frames",
    "other_frames",
    "clips",
    "videos",
    "undefined",
)


def separability(
    clips: pd.DataFrame, frames: pd.DataFrame, features: pd.DataFrame, sets: Sequence[str] = ABSENT_SETS
) -> pd.DataFrame:
    """Measure how well every feature at every position tells absent frames from others.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
        features: the features table.
        sets: the sets to look at; one that was not run, or has no absent frame, is left out.

    Returns:
        One row a set, position, feature (``short``, ``long``, ``ratio``, their linear ``combination``, and
        the tracker's own ``object_score``, whose position, spread and references are null), way of measuring
        (``spread``, ``references``), other side (``against``) and ``pooling``: the ``auroc`` of 'higher means
        absent' (for the object score: lower), ``low`` and ``high`` of its 95 % interval (bootstrap over
        source videos; NaN with fewer than two), and what it rests on. A combination that cannot be
        cross-validated by source video is null, never fitted and scored on the same videos.
    """
    rows: list[dict[str, Any]] = []
    cells: dict[tuple[str, str], pd.DataFrame] = {
        (str(of_set), str(position)): of_cell
        for (of_set, position), of_cell in features.groupby(["set", "position"], sort=False, observed=True)
    }
    positions = list(dict.fromkeys(position for _, position in cells))
    for set_name in sets:
        for against in AGAINST:
            sides = contrast(clips, frames, set_name, against)
            if not sides.absent.any() or not sides.other.any():
                continue
            other_set = set_name if against == "present" else GAP_SET
            rows += _object_score_rows(sides, frames)
            for position in positions:
                if (set_name, position) in cells and (other_set, position) in cells:
                    absent_rows, other_rows = cells[set_name, position], cells[other_set, position]
                    rows += _feature_rows(sides, absent_rows, other_rows, position)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def object_score_scores(sides: Contrast, frames: pd.DataFrame) -> Scores:
    """Score a contrast by the tracker's own object score, low where the object is gone."""
    other_set = sides.set if sides.against == "present" else "clean"
    return column_scores(
        sides,
        frames.loc[frames["set"] == sides.set],
        frames.loc[frames["set"] == other_set],
        OBJECT_SCORE,
        -1,
    )


def _object_score_rows(sides: Contrast, frames: pd.DataFrame) -> Iterator[dict[str, Any]]:
    named = {"position": None, "feature": OBJECT_SCORE, "spread": None, "references": None}
    yield from _pooled_rows(sides, object_score_scores(sides, frames), named)


def _feature_rows(
    sides: Contrast, absent_rows: pd.DataFrame, other_rows: pd.DataFrame, position: str
) -> Iterator[dict[str, Any]]:
    known: dict[str, Scores] = {}
    combinations: list[tuple[list[Scores], Scores | None]] = []
    for references in REFERENCES:
        for spread in SPREADS:
            measured = measurements(spread, references)
            for measure in measured:
                if measure.column not in known:
                    scores = column_scores(sides, absent_rows, other_rows, measure.column)
                    known[measure.column] = scores
                    named = {
                        "position": position,
                        "feature": measure.feature,
                        "spread": measure.spread,
                        "references": references,
                    }
                    yield from _pooled_rows(sides, scores, named)
            combined = _combined(sides, [known[measure.column] for measure in measured], combinations)
            named = {"position": position, "feature": COMBINATION, "spread": spread, "references": references}
            yield from _pooled_rows(sides, combined, named)


def _combined(
    sides: Contrast, parts: list[Scores], known: list[tuple[list[Scores], Scores | None]]
) -> Scores | None:
    """Combine scores, or take what is ``known`` of equal ones: both kinds of references often agree."""
    for others, combined in known:
        if all(one.equals(other) for one, other in zip(parts, others, strict=True)):
            return combined
    known.append((parts, combined_scores(sides, parts)))
    return known[-1][1]


def _pooled_rows(sides: Contrast, scores: Scores | None, named: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for pooling in POOLINGS:
        row = {"set": sides.set, **named, "against": sides.against, "pooling": pooling}
        if scores is None:
            yield row
            continue
        found = separation(sides, scores, pooling)
        yield {
            **row,
            "auroc": found.value,
            "low": found.low,
            "high": found.high,
            **sample_sizes(sides, scores, pooling),
        }


def choose(
    table: pd.DataFrame,
    set_name: str,
    against: Against,
    pooling: Pooling = "pooled",
    *,
    spread: Spread = "std",
    references: References = "present",
) -> pd.DataFrame:
    """Return the rows of ``separability`` for one comparison, one a position and feature.

    ``spread`` counts for ``long`` and ``combination``; the object score has neither spread nor references.
    """
    measured = (table["references"] == references) & (
        (table["spread"] == spread) | table["feature"].isin(["short", "ratio"])
    )
    return table.loc[
        (table["set"] == set_name)
        & (table["against"] == against)
        & (table["pooling"] == pooling)
        & (measured | (table["feature"] == OBJECT_SCORE))
    ]
