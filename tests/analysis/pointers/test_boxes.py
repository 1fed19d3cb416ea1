import numpy as np
import pytest

from samscope.analysis.pointers.boxes import box_overlap, box_shares, centres


def test_boxes_are_shares_of_the_picture() -> None:
    found = box_shares([[10, 5, 20, 25], None], 100, [50, 40])
    np.testing.assert_allclose(found[0], [0.1, 0.1, 0.2, 0.5])
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(centres(found[:1]), [[0.15, 0.3]])


def test_no_boxes() -> None:
    assert box_shares([], np.zeros(0), np.zeros(0)).shape == (0, 4)
    assert box_overlap(np.zeros((0, 4)), np.zeros((0, 4))).shape == (0,)


@pytest.mark.parametrize(
    ("box", "overlap"),
    [
        ([0.2, 0.2, 0.6, 0.6], 1),
        ([0.2, 0.2, 0.4, 0.6], 0.5),
        ([0.6, 0.6, 0.8, 0.8], 0),
        ([0.6, 0.2, 0.2, 0.6], 0),
        ([0.0, 0.0, 1.0, 1.0], 0.16),
        ([-3.0, -3.0, 9.0, 9.0], 0.16),
    ],
)
def test_overlaps(box: list[float], overlap: float) -> None:
    truth = np.array([[0.2, 0.2, 0.6, 0.6]])
    np.testing.assert_allclose(box_overlap(np.array([box]), truth), overlap)


def test_a_missing_box_has_no_overlap() -> None:
    box, nothing = np.array([[0.1, 0.1, 0.2, 0.2]]), np.full((1, 4), np.nan)
    assert np.isnan(box_overlap(box, nothing)).all()
    assert np.isnan(box_overlap(nothing, box)).all()
