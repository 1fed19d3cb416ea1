"""AUROCs of absent frames under the weights that all claims share, so that they can be compared in pairs."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.arrays import any_in_row
from samscope.analysis.auroc import weighted_aurocs
from samscope.analysis.claims.places import PLACES, paper_column
from samscope.analysis.claims.sampled import Sampled
from samscope.analysis.contrasts import (
    AGAINST,
    Against,
    Contrast,
    Scores,
    column_scores,
    combined_scores,
    contrast,
    pooled,
)
from samscope.analysis.grids import GAP_SET
from samscope.analysis.measurements import FEATURES
from samscope.analysis.separability import ABSENT_SETS
from samscope.analysis.ways import COMBINATION, Cells

AurocKey = tuple[str, Against, int, str]
"""Set, other side of the contrast, the position's number, feature or ``combination``."""


def shared_aurocs(
    clips: pd.DataFrame,
    frames: pd.DataFrame,
    cells: Cells,
    videos: NDArray[np.str_],
    weights: NDArray[np.float64],
) -> dict[AurocKey, Sampled]:
    """Measure how well each of the paper's features, and their combination, tells absent frames from others.

    The features are the paper's (the long distance regularised by the variance, references that contain the
    object), all clips are pooled, and the combination is cross-validated by source video.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
        cells: the rows of the features table by set and position.
        videos: [V], names of all source videos, ascending.
        weights: float64 [1 + RESAMPLES, V].

    Returns:
        What is defined; a set, position or combination that is not has no entry.
    """
    found = {}
    for set_name in ABSENT_SETS:
        for against in AGAINST:
            sides = contrast(clips, frames, set_name, against)
            columns = np.searchsorted(videos, sides.absent_grid.videos)
            for number, position in PLACES.items():
                for feature, scores in _scores(sides, cells, position):
                    auroc = _sampled(sides, scores, columns[:, None], weights)
                    if auroc is not None:
                        found[set_name, against, number, feature] = auroc
    return found


def _scores(sides: Contrast, cells: Cells, position: str) -> Iterator[tuple[str, Scores]]:
    other_set = sides.set if sides.against == "present" else GAP_SET
    absent, other = cells.get((sides.set, position)), cells.get((other_set, position))
    if absent is None or other is None:
        return
    single = {feature: column_scores(sides, absent, other, paper_column(feature)) for feature in FEATURES}
    yield from single.items()
    combined = combined_scores(sides, list(single.values()))
    if combined is not None:
        yield COMBINATION, combined


def _sampled(
    sides: Contrast, scores: Scores, columns: NDArray[np.int64], weights: NDArray[np.float64]
) -> Sampled | None:
    positive, _, negative, _ = pooled(sides, scores)
    if not len(positive) or not len(negative):
        return None
    absent, other = np.isfinite(scores.absent), np.isfinite(scores.other)
    of_absent, of_other = (np.broadcast_to(columns, known.shape)[known] for known in (absent, other))
    used = any_in_row(absent) | any_in_row(other)
    return Sampled(
        weighted_aurocs(positive, of_absent, negative, of_other, weights),
        frozenset(sides.absent_grid.clips[used].tolist()),
        frozenset(sides.absent_grid.videos[used].tolist()),
    )
