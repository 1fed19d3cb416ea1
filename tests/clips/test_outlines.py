import numpy as np
import pytest

from samscope.clips.outlines import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_outlines_stay_in_their_circle_and_are_of_a_fair_size(kind: str) -> None:
    for seed in range(20):
        outline = KINDS[kind](np.random.default_rng(seed))
        for time in (0.0, 7.0, 31.5, 400.0):
            corners = np.concatenate(outline.polygons(time))
            distance = np.linalg.norm(corners, axis=1)
            assert distance.max() <= 1 + 1e-9
            assert distance.max() > 0.6


@pytest.mark.parametrize("kind", KINDS)
def test_outlines_change_smoothly(kind: str) -> None:
    outline = KINDS[kind](np.random.default_rng(1))
    for time in range(40):
        now, soon = (np.concatenate(outline.polygons(time + step)) for step in (0, 1))
        assert np.abs(now - soon).max() < 0.25


@pytest.mark.parametrize("kind", ["walker", "fish", "blob"])
def test_living_outlines_deform(kind: str) -> None:
    outline = KINDS[kind](np.random.default_rng(1))
    first, later = (np.concatenate(outline.polygons(time)) for time in (0, 5))
    assert np.abs(first - later).max() > 0.03
