import numpy as np

from tests.analysis.hand_made import HandMade, answers


def test_masks_and_scores_are_told_apart_at_nothing_and_zero() -> None:
    seen = answers(HandMade("oo..", j=[1, 0, 0, 1], area=[0.1, 1e-6, 0.2, 0], score=[3, 0, 1e-3, -2]))
    np.testing.assert_array_equal(seen.masked, [[1, 1, 1, 0]])
    np.testing.assert_array_equal(seen.scored, [[1, 0, 1, 0]])


def test_a_null_is_undefined() -> None:
    seen = answers(HandMade("oo.", j=[1, None, 1], area=[0.1, None, 0], score=[1, None, -1]))
    np.testing.assert_array_equal(seen.masked, [[1, np.nan, 0]])
    np.testing.assert_array_equal(seen.scored, [[1, np.nan, 0]])
    np.testing.assert_array_equal(seen.j, [[1, np.nan, 1]])


def test_an_object_in_void_pixels_alone_is_not_found_by_an_empty_mask() -> None:
    seen = answers(HandMade("oooo.", j=[1, 1, 1, 0, 1], area=[0.1, 0, 0.1, 0, 0]))
    np.testing.assert_array_equal(seen.j, [[1, np.nan, 1, 0, 1]])
    np.testing.assert_array_equal(seen.f, [[1, np.nan, 1, 0, 1]])
    np.testing.assert_array_equal(seen.masked, [[1, np.nan, 1, 0, 0]])


def test_a_set_that_was_not_run_has_no_clips() -> None:
    seen = answers(HandMade("oo", j=[1, 1]), set_name="overlay")
    assert seen.j.shape == seen.masked.shape == (0, 0)
