"""How well absent frames stand apart (the numbers of paper figures 18, 19, 21, 22, 24-27, 29 and 30)."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from samscope.analysis.absence.contrasts import (
    AGAINST,
    POOLINGS,
    Against,
    Contrast,
    Pooling,
    Scores,
    combined_scores,
    contrast,
)
from samscope.analysis.absence.detectors import (
    COMBINATION,
    OBJECT_SCORE,
    Way,
    cells_of,
    feature_scores,
    object_score_scores,
    ways,
)
from samscope.analysis.absence.separation import (
    base_rates,
    margin,
    perfectly_separated,
    precision,
    sample_sizes,
    separation,
)
from samscope.analysis.statistics.bootstrap import Estimate
from samscope.observation.kinds import References, Spread

__all__ = [
    "ABSENT_SETS",
    "COLUMNS",
    "COMBINATION",
    "OBJECT_SCORE",
    "choose",
    "object_score_scores",
    "separability",
]

ABSENT_SETS = ("interjection", "object_removal")
"""The sets whose object is gone in the middle."""

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
    "partners",
    "undefined",
    "average_precision",
    "average_precision_low",
    "average_precision_high",
    "base_rate",
    "chance_precision",
    "margin",
    "margin_low",
    "margin_high",
    "separated",
    "separated_low",
    "separated_high",
)


def separability(
    clips: pd.DataFrame,
    frames: pd.DataFrame,
    features: pd.DataFrame,
    sets: Sequence[str] = ABSENT_SETS,
    chosen: Sequence[Way] = tuple(ways()),
) -> pd.DataFrame:
    """Measure how well every feature at every position tells absent frames from others.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
        features: the features table.
        sets: the sets to look at; one that was not run, or has no absent frame, is left out.
        chosen: the ways of measuring; all of them by default.

    Returns:
        One row a set, position, feature (``short``, ``long``, ``ratio``, their linear ``combination``, and
        the tracker's own ``object_score``, whose position, spread and references are null), way of measuring
        (``spread``, ``references``), other side (``against``) and ``pooling``:

        - ``auroc`` of 'higher means absent' (for the object score: lower), ``low`` and ``high`` of its 95 %
          interval (over source and partner videos; NaN with fewer than two of either), and what it rests
          on: ``partners`` is 0 where no partner lends to the clips;
        - ``average_precision`` likewise; beside it ``base_rate``, the share of absent frames, and
          ``chance_precision``, what a score that knows nothing has on average;
        - ``margin``, the perfect-separation margin (``analysis.margin``): over all frames, or the median of
          the clips' own; ``separated``, how often it is above 0: over all frames 0 or 1, within clips the
          share of clips.

        The paper's own definition is spread ``variance_without_floor``, references ``present``, against
        ``present``, pooling ``pooled``. A combination that cannot be cross-validated by source video is null,
        never fitted and scored on the same videos.
    """
    rows: list[dict[str, Any]] = []
    cells = cells_of(features)
    positions = list(dict.fromkeys(position for _, position in cells))
    for set_name in sets:
        for against in AGAINST:
            sides = contrast(clips, frames, set_name, against)
            if not sides.absent.any() or not sides.other.any():
                continue
            rows += _object_score_rows(sides, frames)
            for position in positions:
                scores = feature_scores(sides, cells, position, chosen)
                if scores is not None:
                    rows += _feature_rows(sides, scores, position, chosen)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _object_score_rows(sides: Contrast, frames: pd.DataFrame) -> Iterator[dict[str, Any]]:
    named = {"position": None, "feature": OBJECT_SCORE, "spread": None, "references": None}
    key = {"set": sides.set, **named, "against": sides.against}
    yield from (key | measured for measured in _statistics(sides, object_score_scores(sides, frames)))


def _feature_rows(
    sides: Contrast, scores: dict[str, Scores], position: str, chosen: Sequence[Way]
) -> Iterator[dict[str, Any]]:
    measured: list[tuple[list[Scores], list[dict[str, Any]]]] = []
    for way in chosen:
        parts = [scores[column] for column in way.columns]
        key = {"set": sides.set, "position": position, **way.named, "against": sides.against}
        yield from (key | row for row in _measured_once(sides, parts, measured))


def _measured_once(
    sides: Contrast, parts: list[Scores], measured: list[tuple[list[Scores], list[dict[str, Any]]]]
) -> list[dict[str, Any]]:
    """Measure a score or combine several, or take what was ``measured`` of equal ones.

    The kinds of references often agree, and what was not recorded is undefined in all of them.
    """
    for others, measured_rows in measured:
        if len(others) == len(parts) and all(map(Scores.equals, parts, others)):
            return measured_rows
    score = parts[0] if len(parts) == 1 else combined_scores(sides, parts)
    measured.append((parts, list(_statistics(sides, score))))
    return measured[-1][1]


def _statistics(sides: Contrast, scores: Scores | None) -> Iterator[dict[str, Any]]:
    """Measure a score by each pooling; without one there is only the pooling's name."""
    for pooling in POOLINGS:
        if scores is None:
            yield {"pooling": pooling}
            continue
        auroc = separation(sides, scores, pooling).estimate
        yield {
            "pooling": pooling,
            "auroc": auroc.value,
            "low": auroc.low,
            "high": auroc.high,
            **sample_sizes(sides, scores, pooling),
            **_columns("average_precision", precision(sides, scores, pooling)),
            **base_rates(scores, pooling),
            **_columns("margin", margin(sides, scores, pooling)),
            **_columns("separated", perfectly_separated(sides, scores, pooling)),
        }


def _columns(name: str, estimate: Estimate) -> dict[str, float]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


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


def headline_feature(table: pd.DataFrame) -> str:
    """Return the feature of ``separability`` to rest on: the combination, or short where none was fitted."""
    fitted = bool(table.loc[table["feature"] == COMBINATION, "auroc"].notna().any())
    return COMBINATION if fitted else "short"
