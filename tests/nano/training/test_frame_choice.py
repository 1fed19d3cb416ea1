import numpy as np
import pytest

from nano.training.frame_choice import draw_places


@pytest.mark.parametrize(("available", "count"), [(1, 4), (2, 5), (6, 6), (30, 5), (80, 12)])
def test_places_are_in_the_video_at_an_even_pace(available: int, count: int) -> None:
    for seed in range(50):
        places = np.array(draw_places(available, count, np.random.default_rng(seed)))
        assert len(places) == count
        assert places.min() >= 0
        assert places.max() < available
        if available > count:
            steps = np.diff(places)
            assert len(set(steps.tolist())) == 1
            assert 1 <= abs(steps[0]) <= 4


def test_both_directions_occur() -> None:
    first = [np.diff(draw_places(40, 4, np.random.default_rng(seed)))[0] > 0 for seed in range(100)]
    assert 0.4 < np.mean(first) < 0.8
