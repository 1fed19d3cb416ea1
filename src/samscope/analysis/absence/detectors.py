"""The ways of telling absence that the features table holds, and the scores of a contrast by each of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from samscope.analysis.absence.contrasts import Contrast, Scores, column_scores
from samscope.analysis.absence.measurements import SPREADS, measurements
from samscope.observation.kinds import REFERENCES, References, Spread
from samscope.records.schema import GAP_SET

COMBINATION = "combination"
"""The linear combination of the three features."""

OBJECT_SCORE = "object_score"
"""The tracker's own answer to 'is it there?', the baseline of every way."""

Cells = dict[tuple[str, str], pd.DataFrame]
"""The rows of the features table by set and position."""


@dataclass(frozen=True)
class Way:
    """A feature or the linear combination of the three, and how they are measured.

    Attributes:
        feature: ``short``, ``long``, ``ratio`` or ``combination``.
        spread: what the long distance is regularised by; ``none`` for ``short`` and ``ratio``.
        references: which earlier frames a frame is compared with.
        columns: the columns of the features table that it takes: one, or three for the combination.
    """

    feature: str
    spread: Spread
    references: References
    columns: tuple[str, ...]

    @property
    def named(self) -> dict[str, str]:
        """What a row of a table of results says of it."""
        return {"feature": self.feature, "spread": self.spread, "references": self.references}


def ways(
    spreads: Sequence[Spread] = SPREADS, every_references: Sequence[References] = REFERENCES
) -> Iterator[Way]:
    """Yield the ways with some spreads and kinds of references, in their order, each feature once.

    Without any named they are all that the features table holds, the default ones first.
    """
    seen: set[str] = set()
    for references in every_references:
        for spread in spreads:
            measured = measurements(spread, references)
            for measure in measured:
                if measure.column not in seen:
                    seen.add(measure.column)
                    yield Way(measure.feature, measure.spread, references, (measure.column,))
            yield Way(COMBINATION, spread, references, tuple(measure.column for measure in measured))


def cells_of(features: pd.DataFrame) -> Cells:
    """Return the rows of the features table by set and position, in its order."""
    return {
        (str(of_set), str(position)): rows
        for (of_set, position), rows in features.groupby(["set", "position"], sort=False, observed=True)
    }


def feature_scores(
    sides: Contrast, cells: Cells, position: str, chosen: Sequence[Way] = tuple(ways())
) -> dict[str, Scores] | None:
    """Score a contrast by the features of some ways at one position, by column.

    Args:
        sides: the contrast.
        cells: the rows of the features table by set and position.
        position: the position's name.
        chosen: the ways; all of them by default.

    Returns:
        The scores; None where a side was not recorded.
    """
    other_set = sides.set if sides.against == "present" else GAP_SET
    if (sides.set, position) not in cells or (other_set, position) not in cells:
        return None
    absent_rows, other_rows = cells[sides.set, position], cells[other_set, position]
    columns = dict.fromkeys(column for way in chosen for column in way.columns)
    return {column: column_scores(sides, absent_rows, other_rows, column) for column in columns}


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
