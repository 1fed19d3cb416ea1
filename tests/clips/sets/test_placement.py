import numpy as np
import pytest

from samscope.clips.sets.placement import Placement, bringing, covers, place_path, points_of, scales_to
from tests.clips.sets.scenes import footage


def test_placements_can_be_named_exactly() -> None:
    placement = Placement(1 / 3, 0.1, -7.77)
    assert placement.scale == pytest.approx(1 / 3, abs=1e-3)
    words = str(placement).split()
    assert Placement(float(words[1]), float(words[3]), float(words[5])) == placement


def test_bringing() -> None:
    placement = bringing(np.array([10.0, 20.0]), np.array([50.0, 60.0]), 0.8)
    assert placement.scale * 10 + placement.left == pytest.approx(50, abs=0.01)
    assert placement.scale * 20 + placement.top == pytest.approx(60, abs=0.01)


def test_points_lie_on_the_mask() -> None:
    mask = footage("source", seed=1, count=1).masks[0]
    points = points_of(mask, 50)
    assert len(points) == 50
    columns, rows = points.astype(int).T
    assert mask[rows, columns].all()
    assert np.abs(points.mean(axis=0) - (60, 48)).max() < 3
    assert len(points_of(np.zeros_like(mask))) == 0


def test_covers() -> None:
    mask = np.zeros((10, 10), np.bool_)
    mask[2:4, 6:8] = True
    points = np.array([[10 + 2 * 6.5, 20 + 2 * 2.5], [10 + 2 * 5.5, 20 + 2 * 2.5], [0, 0], [500, 500]])
    assert covers(points, mask, Placement(2, 10, 20)).tolist() == [True, False, False, False]


def test_scales_give_the_area_and_end_somewhere() -> None:
    scales = scales_to(np.array([400.0, 1e6]), np.array([100.0, 100.0]), (100, 100), (100, 100))
    assert scales[0] == 2
    assert 2 < scales[1] < 4


def test_places_are_spread_across_the_picture() -> None:
    masks = footage("partner", seed=1, velocity=(0.2, 0), radius=10).masks
    placements = [place_path(masks, (96, 160), np.random.default_rng(seed)) for seed in range(40)]
    lefts = [placement.left for placement in placements]
    assert max(lefts) - min(lefts) > 90
    assert all(placement.scale == 1 for placement in placements)
    assert all(placement.left == round(placement.left) for placement in placements)
    assert max(abs(placement.top) for placement in placements) <= 10
