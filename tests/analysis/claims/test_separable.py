from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.absence.contrasts import Against
from samscope.analysis.absence.separability import choose, separability
from samscope.analysis.claims.claim import DEFINITIONS, Definition
from samscope.analysis.claims.positions import PAPER_SPREAD, paper_column
from samscope.analysis.claims.separable import separable_claims
from tests.planted_claims import Raised, answer, gathered, raised, told, verdict

SETS = ("interjection", "object_removal")
SHORT, RATIO = ("short",), ("ratio",)


def _told(deviations: dict[str, tuple[float, ...]]) -> tuple[Raised, ...]:
    """Raise the absent frames of sets by so many standard deviations at positions 1, 2, ..."""
    return tuple(
        Raised(set_name, number, "middle", told(by))
        for set_name, of_set in deviations.items()
        for number, by in enumerate(of_set, start=1)
    )


BETTER_AT_2_AND_4 = _told(
    {"interjection": (0.7, 6.0, 0.7, 6.0, 0.7), "object_removal": (0.0, 6.0, 0.7, 6.0, 0.7)}
)
BETTER_AT_3_AND_5 = _told(dict.fromkeys(SETS, (6.0, 0.7, 6.0, 0.7, 6.0)))
EVEN = _told({"interjection": (1.0, 1.0)})
INTERJECTION_BETTER = _told({"interjection": (6.0, 6.0), "object_removal": (0.5, 0.5)})
REMOVAL_BETTER = _told({"interjection": (0.5, 0.5), "object_removal": (6.0, 6.0)})
RATIO_BETTER = (
    Raised("interjection", 1, "middle", told(0.3), SHORT),
    Raised("interjection", 1, "middle", told(3), RATIO),
)
DISTANCE_BETTER = (
    Raised("interjection", 1, "middle", told(3), SHORT),
    Raised("interjection", 1, "middle", told(0.3), RATIO),
)
ONLY_DECEIVES = tuple(
    Raised("interjection", number, "middle", told(4.0), (paper_column("long"), "ratio"), flips=True)
    for number in (1, 2)
)
"""Features that mean absence in half of the videos and presence in the others deceive a combination."""

DECEIVES = (
    *ONLY_DECEIVES,
    *(Raised("interjection", number, "middle", told(1.0), SHORT) for number in (1, 2)),
)

_AT_3 = [
    f"{name}-{what}"
    for name in ("interjection", "removal")
    for what in ("separability-grows-2-to-3", "completely-separable-at-3")
]
HOLDS = {
    **dict.fromkeys(_AT_3, BETTER_AT_3_AND_5),
    "interjection-more-separable-than-removal-at-1": INTERJECTION_BETTER,
    "interjection-more-separable-than-removal-at-2": INTERJECTION_BETTER,
    "combination-helps-at-1": EVEN,
    "combination-helps-at-2": EVEN,
    "ratio-improves-on-distance": RATIO_BETTER,
}
"""Where a claim holds, if not where positions 2 and 4 are the better ones."""

FAILS = {
    **dict.fromkeys(_AT_3, BETTER_AT_2_AND_4),
    "interjection-slightly-separable-at-1": ONLY_DECEIVES,
    "interjection-more-separable-than-removal-at-1": REMOVAL_BETTER,
    "interjection-more-separable-than-removal-at-2": REMOVAL_BETTER,
    "combination-helps-at-1": DECEIVES,
    "combination-helps-at-2": DECEIVES,
    "ratio-improves-on-distance": DISTANCE_BETTER,
}
"""Where a claim fails, if not where positions 3 and 5 are the better ones."""

NAMES = [claim.id for claim in separable_claims()]


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("name", NAMES)
def test_holds_where_it_was_planted(name: str, definition: Definition) -> None:
    assert verdict(name, raised(*HOLDS.get(name, BETTER_AT_2_AND_4)), definition) == "holds"


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("name", NAMES)
def test_fails_where_the_contrary_was_planted(name: str, definition: Definition) -> None:
    assert verdict(name, raised(*FAILS.get(name, BETTER_AT_3_AND_5)), definition) == "fails"


def test_what_old_references_tell_as_well_holds_by_definition_alone() -> None:
    aged = raised(
        *(Raised(name, 4, "middle", told(6.0)) for name in (*SETS, "clean_gap")),
        *(Raised(name, 3, "middle", told(0.5)) for name in SETS),
    )
    assert verdict("removal-separability-grows-3-to-4", aged) == "holds"
    assert verdict("removal-separability-grows-3-to-4", aged, "gap control") == "fails"
    assert verdict("removal-extremely-separable-at-4", aged) == "holds"
    assert verdict("removal-extremely-separable-at-4", aged, "gap control") == "fails"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    study = raised(*EVEN).study
    return separability(study.clips, study.frames, study.features, ["interjection"])


@pytest.mark.parametrize(("definition", "against"), [("paper", "present"), ("gap control", "clean_gap")])
def test_the_numbers_are_those_of_the_separability_table(
    definition: Definition, against: Against, table: pd.DataFrame
) -> None:
    of = raised(*EVEN)
    rows = choose(table, "interjection", against, spread=PAPER_SPREAD)
    rows = rows.loc[rows["feature"] == "combination"].set_index("position")
    first, second = rows.loc["image_embeddings"], rows.loc["memory_conditioned"]
    at = answer("interjection-slightly-separable-at-1", of, definition).measured
    step = answer("interjection-separability-grows-1-to-2", of, definition).measured
    assert at is not None
    assert step is not None
    assert at.estimate.value == pytest.approx(first["auroc"])
    assert (at.estimate.low, at.estimate.high) == pytest.approx((first["low"], first["high"]))
    assert step.estimate.value == pytest.approx(second["auroc"] - first["auroc"])
    assert (step.videos, step.clips) == (first["videos"], first["clips"])


def test_a_position_that_was_not_recorded_is_named() -> None:
    found = answer("removal-separability-falls-at-5", raised(*RATIO_BETTER))
    assert found.verdict == "undecided"
    assert found.reason == "there is no AUROC of the combination with object_removal at position 4"


def test_records_of_an_older_version_are_named() -> None:
    study = raised(*EVEN).study
    older = replace(study, features=study.features.assign(**{paper_column("long"): np.nan}))
    found = answer("combination-helps-at-1", gathered(older))
    assert found.verdict == "undecided"
    assert found.reason == (
        "there is no AUROC of the combination with interjection at position 1: "
        "records of an older version have no long_variance_without_floor; run the study again"
    )
    assert answer("clean-level-long", gathered(older)).reason == (
        "no clip of clean has a value of long_variance_without_floor there"
    )
