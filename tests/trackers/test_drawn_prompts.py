import numpy as np
import pytest

from samscope.trackers.drawn_prompts import box_corners, click


def test_box_is_about_the_object() -> None:
    mask = np.zeros((64, 64), bool)
    mask[20:40, 10:50] = True
    boxes = np.array([box_corners(mask, np.random.default_rng(seed)) for seed in range(300)])

    assert boxes.mean(axis=0) == pytest.approx(np.array([[10, 20], [50, 40]]), abs=0.5)
    assert (boxes[:, 1] > boxes[:, 0]).all()
    assert boxes.min() >= 0


def test_half_of_the_clicks_are_innermost() -> None:
    mask = np.zeros((64, 64), bool)
    mask[20:41, 10:31] = True
    clicks = [tuple(click(mask, np.random.default_rng(seed))) for seed in range(200)]

    assert clicks.count((20.0, 30.0)) == pytest.approx(100, abs=25)
