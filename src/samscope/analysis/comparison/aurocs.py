"""How well absent frames are told apart in two studies, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.absence.contrasts import (
    AGAINST,
    POOLINGS,
    Contrast,
    Scores,
    combined_scores,
    contrast,
)
from samscope.analysis.absence.detectors import (
    OBJECT_SCORE,
    Cells,
    Way,
    cells_of,
    feature_scores,
    object_score_scores,
    ways,
)
from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.analysis.absence.separation import separation
from samscope.analysis.comparison.shared_clips import Pair
from samscope.analysis.comparison.statistic import (
    NUMBER_COLUMNS,
    difference,
)
from samscope.records.store import Study

COLUMNS = ("set", "position", "feature", "spread", "references", "against", "pooling", *NUMBER_COLUMNS)

COMPARED_WAYS: tuple[Way, ...] = tuple(ways(["std", "variance_without_floor"], ["present"]))
"""References that contain the object; the default spread, and the paper's own."""

Sides = tuple[Contrast, Cells, Study]


def auroc_differences(pair: Pair, chosen: Sequence[Way] = COMPARED_WAYS) -> pd.DataFrame:
    """Compare how well every feature at every position tells absent frames, where both studies have it.

    Args:
        pair: the studies. Where they hold the same clips, only frames count on which the score is defined in
            both, and a linear combination is fitted, study by study, with the same source videos held out.
        chosen: the ways of measuring.

    Returns:
        One row a set, position, feature, other side and pooling as in ``separability``, with the columns of
        ``Difference`` for the AUROC.
    """
    rows: list[dict[str, Any]] = []
    cells, other_cells = cells_of(pair.study.features), cells_of(pair.reference.features)
    for set_name in ABSENT_SETS:
        for against in AGAINST:
            first, second = (
                (contrast(study.clips, study.frames, set_name, against), own_cells, study)
                for study, own_cells in ((pair.study, cells), (pair.reference, other_cells))
            )
            if all(sides.absent.any() and sides.other.any() for sides, *_ in (first, second)):
                named = {"set": set_name, "against": against}
                differences = _rows(first, second, chosen, paired=pair.paired)
                rows += ({**named, **row} for row in differences)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(first: Sides, second: Sides, chosen: Sequence[Way], *, paired: bool) -> Iterator[dict[str, Any]]:
    score, other_score = (object_score_scores(sides, study.frames) for sides, _, study in (first, second))
    nowhere = {"position": None, "feature": OBJECT_SCORE, "spread": None, "references": None}
    yield from _pooled_rows((first[0], [score]), (second[0], [other_score]), nowhere, paired=paired)
    for position in dict.fromkeys(position for _, position in first[1]):
        scores, others = (
            feature_scores(sides, cells, position, chosen) for sides, cells, _ in (first, second)
        )
        if scores is None or others is None:
            continue
        for way in chosen:
            parts, other_parts = (
                [by_column[column] for column in way.columns] for by_column in (scores, others)
            )
            named = {"position": position, **way.named}
            yield from _pooled_rows((first[0], parts), (second[0], other_parts), named, paired=paired)


def _pooled_rows(
    first: tuple[Contrast, list[Scores]],
    second: tuple[Contrast, list[Scores]],
    named: dict[str, Any],
    *,
    paired: bool,
) -> Iterator[dict[str, Any]]:
    """Yield a row for each pooling; none where a combination cannot be cross-validated."""
    (sides, parts), (other_sides, other_parts) = first, second
    if paired:
        every = [*parts, *other_parts]
        parts, other_parts = _defined_in(every, parts), _defined_in(every, other_parts)
    scores, other_scores = _one(sides, parts), _one(other_sides, other_parts)
    if scores is None or other_scores is None:
        return
    if paired:
        other_sides = replace(other_sides, plan=sides.plan)
    for pooling in POOLINGS:
        auroc_difference = difference(
            separation(sides, scores, pooling),
            separation(other_sides, other_scores, pooling),
            paired=paired,
        )
        yield {**named, "pooling": pooling, **auroc_difference.columns}


def _defined_in(every: list[Scores], parts: list[Scores]) -> list[Scores]:
    """Return scores on the frames on which all of ``every`` are defined."""
    absent = np.isfinite([scores.absent for scores in every]).all(axis=0)
    other = np.isfinite([scores.other for scores in every]).all(axis=0)
    return [
        replace(
            scores,
            absent=np.where(absent, scores.absent, np.nan),
            other=np.where(other, scores.other, np.nan),
        )
        for scores in parts
    ]


def _one(sides: Contrast, parts: list[Scores]) -> Scores | None:
    return parts[0] if len(parts) == 1 else combined_scores(sides, parts)
