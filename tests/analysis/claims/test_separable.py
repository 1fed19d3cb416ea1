from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.absence.contrasts import Against
from samscope.analysis.absence.detectors import COMBINATION
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
EVEN = _told({"interjection": (1.0, 1.0), "object_removal": (1.0, 1.5)})
INTERJECTION_BETTER = _told({"interjection": (6.0, 6.0), "object_removal": (0.5, 0.5)})
REMOVAL_BETTER = _told({"interjection": (0.5, 0.5), "object_removal": (6.0, 6.0)})
RATIO_BETTER = tuple(
    Raised(name, 1, "onset", told(by), column) for name in SETS for by, column in ((0.3, SHORT), (3, RATIO))
)
DISTANCE_BETTER = tuple(
    Raised(name, 1, "onset", told(by), column) for name in SETS for by, column in ((3, SHORT), (0.3, RATIO))
)
LATER_RATIOS_FALL = (*RATIO_BETTER, *(Raised(name, 1, "rest", told(-6), RATIO) for name in SETS))
"""After the onset a ratio compares absent frames with absent ones."""
DECEIVES_AT_5 = tuple(Raised(name, 5, "middle", told(12.0), flips=True) for name in SETS)
APART_AT_3_AND_4 = _told(dict.fromkeys(SETS, (0.0, 0.0, 30.0, 30.0, 0.0)))
ONLY_DECEIVES = tuple(
    Raised(name, number, "middle", told(4.0), (paper_column("long"), "ratio"), flips=True)
    for name in SETS
    for number in (1, 2)
)
"""Features that mean absence in half of the videos and presence in the others deceive a combination."""

DECEIVES = (
    *ONLY_DECEIVES,
    *(Raised(name, number, "middle", told(2.0), SHORT) for name in SETS for number in (1, 2)),
)

_AT_3 = [f"{name}-separability-grows-2-to-3" for name in ("interjection", "removal")]
_COMPLETE = [
    f"{name}-completely-separable-at-{number}" for name in ("interjection", "removal") for number in (3, 4)
]
_AT_5 = [f"{name}-somewhat-separable-at-5" for name in ("interjection", "removal")]
_HELPS = ["combination-helps-at-1", "combination-helps-at-2", "combination-helps-at-2-with-removal"]
_RATIO = ["ratio-improves-on-distance", "ratio-improves-on-distance-with-removal"]
HOLDS = {
    **dict.fromkeys(_AT_3, BETTER_AT_3_AND_5),
    **dict.fromkeys(_AT_5, BETTER_AT_3_AND_5),
    **dict.fromkeys(_COMPLETE, APART_AT_3_AND_4),
    **dict.fromkeys(_HELPS, EVEN),
    **dict.fromkeys(_RATIO, LATER_RATIOS_FALL),
    "interjection-more-separable-than-removal-at-1": INTERJECTION_BETTER,
    "interjection-more-separable-than-removal-at-2": INTERJECTION_BETTER,
}
"""Where a claim holds, if not where positions 2 and 4 are the better ones."""

FAILS = {
    **dict.fromkeys(_AT_3, BETTER_AT_2_AND_4),
    **dict.fromkeys(_AT_5, DECEIVES_AT_5),
    **{name: BETTER_AT_2_AND_4 if name.endswith("3") else BETTER_AT_3_AND_5 for name in _COMPLETE},
    **dict.fromkeys(_HELPS, DECEIVES),
    **dict.fromkeys(_RATIO, DISTANCE_BETTER),
    "interjection-slightly-separable-at-1": ONLY_DECEIVES,
    "interjection-not-fully-separable-at-1": _told({"interjection": (30.0,)}),
    "interjection-more-separable-than-removal-at-1": REMOVAL_BETTER,
    "interjection-more-separable-than-removal-at-2": REMOVAL_BETTER,
}
"""Where a claim fails, if not where positions 3 and 5 are the better ones."""

NOISE_DECIDES = {
    "interjection-not-fully-separable-at-1": "holds",
    "removal-inseparable-at-1": "holds",
    **dict.fromkeys(_COMPLETE, "fails"),
    "interjection-extremely-separable-at-4": "fails",
    "removal-extremely-separable-at-4": "fails",
}
"""What features that know nothing say of claims about how much they tell."""

NAMES = [claim.id for claim in separable_claims()]


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("name", NAMES)
def test_holds_where_it_was_planted(name: str, definition: Definition) -> None:
    assert verdict(name, raised(*HOLDS.get(name, BETTER_AT_2_AND_4)), definition) == "holds"


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("name", NAMES)
def test_fails_where_the_contrary_was_planted(name: str, definition: Definition) -> None:
    assert verdict(name, raised(*FAILS.get(name, BETTER_AT_3_AND_5)), definition) == "fails"


@pytest.mark.parametrize("name", NAMES)
def test_features_that_know_nothing_decide_only_what_they_refute(name: str) -> None:
    study = raised(*(Raised("interjection", number, "middle", 1.0) for number in (1, 2, 3, 4, 5)))
    assert verdict(name, study) == NOISE_DECIDES.get(name, "undecided")


def test_one_frame_in_the_wrong_order_is_no_complete_separation() -> None:
    """An AUROC of nearly 1 is not enough."""
    study = raised(*APART_AT_3_AND_4, Raised("interjection", 4, "return", told(40.0)))
    found = answer("interjection-completely-separable-at-4", study)
    assert study.aurocs["interjection", "present", 4, COMBINATION, PAPER_SPREAD].value > 0.9
    assert found.measured is not None
    assert found.measured.estimate.value < 0
    assert found.verdict == "fails"


def test_ratios_count_at_the_onset_alone() -> None:
    first, later = (raised(*world) for world in (RATIO_BETTER, LATER_RATIOS_FALL))
    for definition in DEFINITIONS:
        one, other = (answer("ratio-improves-on-distance", of, definition).measured for of in (first, later))
        assert one is not None
        assert other is not None
        assert one.estimate.value == pytest.approx(other.estimate.value)


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
    found = answer("removal-separability-falls-at-5", raised(*DISTANCE_BETTER))
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
