import pytest

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
    *(Raised("context_removal", number, "onset", 1.5) for number in (2, 3, 4)),
    Raised("context_removal", 4, "return", 1.5),
    *(Raised("object_removal", number, "middle", 2.0) for number in (3, 4)),
)

FAILS = (
    Raised("clean", 1, "middle", 1.5),
    Raised("clean_gap", 1, "middle", 1.5),
    Raised("object_removal", 1, "middle", 1.5),
    Raised("object_removal", 2, "middle", 0.5),
    Raised("context_removal", 1, "rest", 1.5),
    *(Raised("context_removal", number, "onset", 2.0) for number in (2, 3, 4)),
)


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("name", NAMES)
def test_holds_where_it_was_planted(name: str, definition: Definition) -> None:
    assert verdict(name, raised(*HOLDS), definition) == "holds"


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("name", NAMES)
def test_fails_where_the_contrary_was_planted(name: str, definition: Definition) -> None:
    contrary = (Raised("interjection", 4, "middle", 2.0),) if name == "context-removal-peaks-at-4" else FAILS
    assert verdict(name, raised(*contrary), definition) == "fails"


def test_a_rise_that_old_references_bring_too_holds_by_definition_alone() -> None:
    aged = raised(Raised("interjection", 1, "middle", 1.5), Raised("clean_gap", 1, "middle", 1.5))
    assert verdict("interjection-rises-at-1", aged) == "holds"
    assert verdict("interjection-rises-at-1", aged, "gap control") == "fails"
    assert verdict("clean-level-short", aged) == "holds"
    assert verdict("clean-level-short", aged, "gap control") == "fails"


def test_jumps_that_transformed_references_make_hold_by_definition_alone() -> None:
    """Against untouched references the context stays lost until it returns, and then nothing is new."""
    present, untransformed = ("short",), ("short_untransformed",)
    study = raised(
        Raised("context_removal", 1, "onset", 3.0),
        Raised("context_removal", 1, "rest", 3.0, untransformed),
        Raised("context_removal", 1, "return", 3.0, present),
    )
    for name in ("context-removal-settles-at-1", "context-removal-jumps-again-at-1"):
        assert verdict(name, study) == "holds"
        assert verdict(name, study, "gap control") == "fails"
    assert verdict("context-removal-peaks-at-1", study, "gap control") == "holds"


def test_the_numbers_are_the_planted_multiples() -> None:
    found = answer("interjection-rises-at-1", raised(*HOLDS)).measured
    assert found is not None
    assert found.estimate.value == pytest.approx(1.0, abs=0.01)
    assert (found.videos, found.clips) == (8, 16)
    peak = answer("context-removal-lower-at-3", raised(*HOLDS), "gap control").measured
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
