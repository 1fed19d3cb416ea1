import numpy as np

from samscope.analysis.statistics.stretches import stretches

INSIDE = np.array([[1, 1, 0, 1, 0], [0, 0, 0, 0, 0], [0, 1, 1, 1, 1]], dtype=bool)


def test_where_stretches_begin_and_end() -> None:
    found = stretches(INSIDE)
    assert found.clips.tolist() == [0, 0, 2]
    assert found.starts.tolist() == [0, 3, 1]
    assert found.stops.tolist() == [2, 4, 5]
    np.testing.assert_array_equal(found.numbers, [[1, 1, 0, 2, 0], [0, 0, 0, 0, 0], [0, 3, 3, 3, 3]])


def test_a_stretch_at_a_clips_end_does_not_run_into_the_next_clip() -> None:
    found = stretches(np.array([[False, True], [True, True]]))
    np.testing.assert_array_equal(found.numbers, [[0, 1], [2, 2]])


def test_means_leave_out_what_is_not_finite_and_what_lies_outside() -> None:
    values = np.array([[1.0, 3.0, 99.0, np.nan, 99.0], [99.0] * 5, [99.0, 1.0, 2.0, np.nan, 6.0]])
    np.testing.assert_array_equal(stretches(INSIDE).means(values), [2.0, np.nan, 3.0])


def test_nothing_inside() -> None:
    for shape in ((2, 3), (2, 0), (0, 0)):
        found = stretches(np.zeros(shape, dtype=bool))
        assert len(found.clips) == len(found.means(np.zeros(shape))) == 0
