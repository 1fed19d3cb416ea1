"""Studies whose features rise where they are told to, to test claims on."""

from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.absence.measurements import all_measurements
from samscope.analysis.claims.claim import Answer, Definition
from samscope.analysis.claims.every_claim import claim_answers, every_claim
from samscope.analysis.claims.evidence import Evidence, gather
from samscope.analysis.claims.positions import PLACES
from samscope.analysis.pointers.decoding import Decoding
from samscope.analysis.pointers.decoding_scores import SCORE_COLUMNS, decoding_scores
from samscope.analysis.pointers.distances import distance_correlations_within, pointer_distances
from samscope.analysis.pointers.motion import LEAD_COLUMNS, motion_lead
from samscope.records.store import Study
from tests.planted import NULL, Planted, planted

VIDEOS = tuple(f"video {number}" for number in range(8))
CLIPS = 16

CONTRARY = (0, 2, 5, 7)
"""Half of the videos, so that whichever are held out of a cross-validation, more of the contrary stay in."""

LEVEL, NOISE = 10.0, 0.1
"""Level of every feature where nothing raises it, and the standard deviation of its noise."""

PARTS = {
    "prefix": range(12),
    "early": range(3, 6),
    "middle": range(12, 16),
    "onset": range(12, 13),
    "rest": range(13, 16),
    "return": range(16, 17),
}

_COLUMNS = tuple(measure.column for measure in all_measurements())


@dataclass(frozen=True)
class Raised:
    """What is multiplied, and by what.

    Attributes:
        set: the set's name.
        number: the position's.
        part: a name of ``PARTS``.
        by: the multiple.
        columns: which features; all without.
        flips: in the videos of ``CONTRARY`` it is divided instead.
    """

    set: str
    number: int
    part: str
    by: float
    columns: tuple[str, ...] = _COLUMNS
    flips: bool = False


def told(deviations: float) -> float:
    """Return the multiple that moves a feature by so many standard deviations of its noise."""
    return 1 + deviations * NOISE / LEVEL


@cache
def bare(sets: tuple[str, ...] = ("clean", "interjection", "object_removal", "context_removal")) -> Planted:
    """Plant clips and frames; what comes back is shared, and not to be changed."""
    return planted(clips=CLIPS, videos=VIDEOS, sets=sets, positions=(NULL,), maps=False)


@cache
def raised(*rises: Raised) -> Evidence:
    """Plant features that are level but for some rises, at the positions that these name."""
    study = bare()
    frame = np.arange(28)
    numbers = sorted({rise.number for rise in rises})
    sets = [*study.clips["set"].unique(), "clean_gap"]
    noise = {column: _noise(column, (len(sets), CLIPS, len(PLACES), len(frame))) for column in _COLUMNS}
    pieces = []
    for (place, set_name), clip, number in product(enumerate(sets), range(CLIPS), numbers):
        values = {column: LEVEL + NOISE * noise[column][place, clip, number - 1] for column in _COLUMNS}
        for rise in rises:
            if (rise.set, rise.number) == (set_name, number):
                down = rise.flips and clip % len(VIDEOS) in CONTRARY
                for column in rise.columns:
                    values[column][PARTS[rise.part]] *= 1 / rise.by if down else rise.by
        for column in _COLUMNS:
            values[column][: 1 if column.startswith("short") else 2] = np.nan
        keys = {"set": set_name, "clip": clip, "frame": frame, "position": PLACES[number]}
        pieces.append(pd.DataFrame({**keys, **values, "references": np.minimum(frame, 5)}))
    return evidence(replace(study, features=pd.concat(pieces, ignore_index=True)))


def _noise(column: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Draw the noise of a column, the same whatever other columns there are."""
    return np.random.default_rng(crc32(column.encode())).normal(size=shape)


def evidence(study: Planted, decoding: Decoding | None = None) -> Evidence:
    """Gather a planted study; without a decoding nothing was decoded."""
    return gathered(study.study, decoding)


def gathered(study: Study, decoding: Decoding | None = None) -> Evidence:
    """Gather a study; without a decoding nothing was decoded."""
    distances = pointer_distances(study.clips, study.frames)
    scores, lead = pd.DataFrame(columns=list(SCORE_COLUMNS)), pd.DataFrame(columns=list(LEAD_COLUMNS))
    if decoding is not None:
        scores, lead = decoding_scores(decoding), motion_lead(decoding)
    return gather(
        study,
        distances=distances,
        correlation=distance_correlations_within(distances)["spearman"],
        decoding_scores=scores,
        motion_lead=lead,
    )


def verdict(name: str, of: Evidence, definition: Definition = "paper") -> str:
    """Test one claim."""
    return str(answer(name, of, definition).verdict)


def verdicts(of: Evidence, definition: Definition = "paper") -> dict[str, str]:
    """Test all claims, those of a family together."""
    return {one.claim.id: str(one.verdict) for one in claim_answers(of) if one.definition == definition}


def answer(name: str, of: Evidence, definition: Definition = "paper") -> Answer:
    """Test one claim."""
    (claim,) = (one for one in every_claim() if one.id == name)
    return claim.answer(of, definition)
