import pytest

from samscope.analysis.absence.measurements import FEATURES
from samscope.analysis.claims.claim import DEFINITIONS, Definition
from samscope.analysis.claims.positions import paper_column
from samscope.analysis.claims.through_time import through_time_claims
from tests.planted_claims import Raised, answer, raised, verdict

NAMES = [claim.id for claim in through_time_claims()]

HOLDS = (
    Raised("interjection", 1, "middle", 2.0),
    Raised("object_removal", 1, "middle", 1.2),
    Raised("object_removal", 2, "middle", 1.8),
    Raised("context_removal", 1, "onset", 3.0),
    Raised("context_removal", 1, "rest", 1.2),
    Raised("context_removal", 1, "return", 3.0),
    *(Raised("context_removal", number, part, 1.5) for number in (2, 3, 4) for part in ("onset", "return")),
    *(Raised("object_removal", number, "middle", 2.0) for number in (3, 4)),
)

FAILS = (
    Raised("clean", 1, "middle", 1.5),
    Raised("clean_gap", 1, "middle", 1.5),
    Raised("object_removal", 1, "middle", 1.5),
    Raised("object_removal", 2, "middle", 0.5),
    Raised("context_removal", 1, "rest", 1.5),
    *(Raised("context_removal", number, part, 2.0) for number in (2, 3, 4) for part in ("onset", "return")),
)

LEVEL_AT_2_AND_4 = (Raised("interjection", 2, "middle", 2.0), Raised("interjection", 4, "middle", 2.0))
"""Where no jump of the context removal's at these positions is."""

AT_THE_THRESHOLD = {
    **{f"clean-level-{feature}": (Raised("clean", 1, "middle", 1.1),) for feature in FEATURES},
    "interjection-rises-at-1": (Raised("interjection", 1, "middle", 1.1),),
    "removal-hardly-rises-at-1": (
        Raised("interjection", 1, "middle", 2.0),
        Raised("object_removal", 1, "middle", 1.5),
    ),
    "removal-higher-at-2": tuple(Raised("object_removal", number, "middle", 1.5) for number in (1, 2)),
    "context-removal-settles-at-1": (
        Raised("context_removal", 1, "onset", 2.0),
        Raised("context_removal", 1, "rest", 1.5),
    ),
    **{
        f"context-removal-{what}-at-{number}": (Raised("context_removal", number, part, 1.1),)
        for what, part in (("peaks", "onset"), ("jumps-again", "return"))
        for number in (1, 2, 4)
    },
    **{
        f"context-removal-{what}-lower-at-2": tuple(
            Raised("context_removal", number, part, 2.0) for number in (1, 2)
        )
        for what, part in (("peak", "onset"), ("second-jump", "return"))
    },
    **{
        f"context-removal-below-removal-at-{number}": (
            Raised("object_removal", number, "middle", 2.0),
            Raised("context_removal", number, part, 2.0),
        )
        for number, part in ((3, "onset"), (4, "return"))
    },
}
"""Worlds in which the truth is the threshold itself."""


BY_BOTH = [
    (claim.id, definition)
    for claim in through_time_claims()
    for definition in DEFINITIONS
    if definition == "paper" or claim.gap_control is not None
]


@pytest.mark.parametrize(("name", "definition"), BY_BOTH)
def test_holds_where_it_was_planted(name: str, definition: Definition) -> None:
    assert verdict(name, raised(*HOLDS), definition) == "holds"


@pytest.mark.parametrize(("name", "definition"), BY_BOTH)
def test_fails_where_the_contrary_was_planted(name: str, definition: Definition) -> None:
    a_jump = name.endswith(("-at-2", "-at-4")) and ("peaks-at" in name or "jumps-again" in name)
    contrary = LEVEL_AT_2_AND_4 if a_jump else FAILS
    assert verdict(name, raised(*contrary), definition) == "fails"


@pytest.mark.parametrize("name", NAMES)
def test_noise_about_the_threshold_is_undecided(name: str) -> None:
    assert verdict(name, raised(*AT_THE_THRESHOLD[name])) == "undecided"


def test_a_rise_that_old_references_bring_too_holds_by_definition_alone() -> None:
    aged = raised(Raised("interjection", 1, "middle", 1.5), Raised("clean_gap", 1, "middle", 1.5))
    assert verdict("interjection-rises-at-1", aged) == "holds"
    assert verdict("interjection-rises-at-1", aged, "gap control") == "fails"


@pytest.mark.parametrize("feature", FEATURES)
def test_what_is_said_of_the_clean_clips_has_no_control(feature: str) -> None:
    found = answer(f"clean-level-{feature}", raised(*HOLDS), "gap control")
    assert (found.verdict, found.measured) == (None, None)
    assert found.reason == "it is of the clean clips, which the others are held against"


def test_jumps_are_held_against_clean_clips_whose_references_are_as_young() -> None:
    """What the clean clips do on the same frames is no jump, and old references have no part in it."""
    jumps = [
        Raised(name, 1, part, 3.0) for name in ("context_removal", "clean") for part in ("onset", "return")
    ]
    for name in ("context-removal-peaks-at-1", "context-removal-jumps-again-at-1"):
        assert verdict(name, raised(*jumps)) == "holds"
        assert verdict(name, raised(*jumps), "gap control") == "fails"
    aged = raised(*HOLDS, Raised("clean_gap", 1, "middle", 5.0), Raised("clean_gap", 1, "return", 5.0))
    for name in ("context-removal-settles-at-1", "context-removal-jumps-again-at-1"):
        assert verdict(name, aged, "gap control") == "holds"


def test_the_higher_one_of_both_jumps_counts() -> None:
    study = raised(Raised("object_removal", 4, "middle", 2.0), Raised("context_removal", 4, "return", 3.0))
    assert verdict("context-removal-below-removal-at-4", study) == "fails"


def test_the_numbers_are_the_planted_multiples() -> None:
    found = answer("interjection-rises-at-1", raised(*HOLDS)).measured
    assert found is not None
    assert found.estimate.value == pytest.approx(1.0, abs=0.01)
    assert (found.videos, found.clips) == (8, 16)
    peak = answer("context-removal-peak-lower-at-2", raised(*HOLDS), "gap control").measured
    assert peak is not None
    assert peak.estimate.value == pytest.approx(3.0 / 1.5 - 1, abs=0.03)


@pytest.mark.parametrize("by", [1.08, 1.12])
def test_a_level_at_the_threshold_is_told_from_a_rise(by: float) -> None:
    study = raised(Raised("clean", 1, "middle", by))
    assert verdict("clean-level-short", study) == ("holds" if by < 1.1 else "fails")


def test_a_fall_is_no_level_either() -> None:
    assert verdict("clean-level-short", raised(Raised("clean", 1, "middle", 0.8))) == "fails"


def test_the_paper_regularises_by_the_variance() -> None:
    assert paper_column("long") == "long_variance_without_floor"
    study = raised(Raised("clean", 1, "middle", 1.5, (paper_column("long"), "long_variance")))
    assert verdict("clean-level-long", study) == "fails"
    assert verdict("clean-level-short", study) == "holds"


def test_the_variance_without_a_floor_decides_nothing_alone() -> None:
    found = answer("clean-level-long", raised(Raised("clean", 1, "middle", 1.5, (paper_column("long"),))))
    assert found.verdict == "undecided"
    assert found.reason.endswith(
        "by the variance without a floor alone, which is unstable; with one it holds"
    )


def test_long_distances_to_fewer_than_five_references_do_not_count() -> None:
    study = raised(Raised("clean", 1, "early", 9.0, (paper_column("long"),)))
    found = answer("clean-level-long", study).measured
    assert found is not None
    assert found.estimate.value < -0.2  # frame 5 is the first with five references, and it alone is raised
