import numpy as np
import pytest

from samscope.analysis.claims.agreeing import agreeing_claims
from samscope.analysis.claims.claim import DEFINITIONS, Definition
from samscope.analysis.claims.rises import agreement
from samscope.analysis.statistics.resampled import Resampled, undefined
from tests.planted_claims import Raised, answer, raised, verdict

NAMES = [claim.id for claim in agreeing_claims()]


def _alike(*numbers: int) -> tuple[Raised, ...]:
    """Raise both sets while the object is gone at these positions, and at the others at different times."""
    return tuple(
        Raised(set_name, number, part, by)
        for number in (1, 2, 3, 4, 5)
        for set_name, part, by in (
            ("interjection", "middle", 1.5),
            ("object_removal", "middle" if number in numbers else "early", 2.5),
        )
    )


def _memory_like(*numbers: int) -> tuple[Raised, ...]:
    """Let the context's return raise positions 1 and 2, its going position 4, and position 5 like these."""
    return (
        *(Raised("context_removal", number, "return", 3.0) for number in (1, 2)),
        Raised("context_removal", 4, "onset", 3.0),
        Raised("context_removal", 5, "return" if 1 in numbers else "onset", 2.0),
    )


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("name", NAMES)
def test_holds_where_it_was_planted(name: str, definition: Definition) -> None:
    world = _memory_like(1, 2) if name == "curves-at-5-like-1-and-2" else _alike(4)
    assert verdict(name, raised(*world), definition) == "holds"


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("name", NAMES)
def test_fails_where_the_contrary_was_planted(name: str, definition: Definition) -> None:
    world = _memory_like(4) if name == "curves-at-5-like-1-and-2" else _alike(1, 2, 3, 5)
    assert verdict(name, raised(*world), definition) == "fails"


def test_curves_that_move_by_chance_are_undecided() -> None:
    study = raised(*(Raised("interjection", number, "early", 1.0) for number in (1, 2, 3, 4, 5)))
    undecided = {name for name in NAMES if name != "curves-agree-at-4"}
    assert {verdict(name, study) for name in undecided} == {"undecided"}
    assert verdict("curves-agree-at-4", study) == "fails"  # chance is not nearly alike


def test_alikeness_that_old_references_bring_holds_by_definition_alone() -> None:
    """Both sets rise at position 4 as the control does; beyond that they move at different times."""
    aged = [Raised(name, 4, "middle", 3.0) for name in ("interjection", "object_removal", "clean_gap")]
    own = [Raised("interjection", 4, "early", 1.2), Raised("object_removal", 4, "return", 1.2)]
    elsewhere = [
        Raised("interjection", 1, "early", 1.2),
        Raised("object_removal", 1, "return", 1.2),
    ]
    study = raised(*aged, *own, *elsewhere)
    assert verdict("curves-agree-more-at-4-than-at-1", study) == "holds"
    assert verdict("curves-agree-more-at-4-than-at-1", study, "gap control") == "undecided"


def test_a_position_that_was_not_recorded_is_named() -> None:
    found = answer("curves-agree-more-at-4-than-at-3", raised(Raised("interjection", 4, "middle", 2.0)))
    assert found.verdict == "undecided"
    assert found.reason == "the records hold no features of interjection at prompt_conditioned"


ROLES = np.zeros(4, dtype=np.int64)


def test_agreement_is_pearsons_correlation_under_every_row_of_weights() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 5, 12))
    first[:, 3] = np.nan
    second[:, 7] = np.nan
    one = Resampled(first, ROLES, frozenset({1, 2}), frozenset({0, 1}))
    other = Resampled(second, ROLES, frozenset({2, 3}), frozenset({1}))
    found = agreement(one, other)
    known = [frame for frame in range(12) if frame not in (3, 7)]
    expected = [np.corrcoef(a[known], b[known])[0, 1] for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(found.values, expected)
    assert (sorted(found.clips), sorted(found.videos)) == ([2], [1])


def test_agreement_with_nothing_is_undefined() -> None:
    flat = Resampled(np.ones((5, 12)), ROLES, frozenset({1}), frozenset({0}))
    assert np.isnan(agreement(flat, flat).values).all()
    assert agreement(flat, undefined("not recorded")).missing == "not recorded"
    empty = Resampled(np.full((5, 12), np.nan), ROLES, frozenset(), frozenset())
    assert np.isnan(agreement(flat, empty).values).all()
