import numpy as np

from samscope.analysis.claims.sampled import Sampled, undefined


def _sampled(values: list[float], clips: set[int], videos: set[str]) -> Sampled:
    return Sampled(np.array(values), frozenset(clips), frozenset(videos))


ONE = _sampled([1.0, 2.0, 3.0], {1, 2}, {"goat", "swan"})
OTHER = _sampled([2.0, 0.0, -1.0], {2, 3}, {"swan"})


def test_it_calculates_row_by_row() -> None:
    np.testing.assert_array_equal((ONE - OTHER).values, [-1, 2, 4])
    np.testing.assert_array_equal((ONE + OTHER).values, [3, 2, 2])
    np.testing.assert_array_equal((ONE * 0.5).values, [0.5, 1, 1.5])
    np.testing.assert_array_equal((ONE - 1).values, [0, 1, 2])


def test_a_ratio_to_nothing_is_undefined() -> None:
    np.testing.assert_array_equal((ONE / OTHER).values, [0.5, np.nan, np.nan])


def test_it_rests_on_what_both_rest_on() -> None:
    both = ONE - OTHER
    assert (sorted(both.clips), sorted(both.videos)) == ([2], ["swan"])
    assert (ONE - 1).videos == ONE.videos


def test_what_is_missing_stays_missing() -> None:
    gone = undefined(3, "not run")
    for found in (ONE / gone, gone - ONE, gone * 2.0, gone - 1):
        assert found.missing == "not run"
        assert np.isnan(found.values).all()
        assert not found.videos


def test_the_difference_of_equal_statistics_has_no_spread() -> None:
    values = np.random.default_rng(0).normal(size=1001)
    one = Sampled(values, frozenset({1}), frozenset(map(str, range(8))))
    found = (one - one).estimate
    assert (found.value, found.low, found.high) == (0, 0, 0)
