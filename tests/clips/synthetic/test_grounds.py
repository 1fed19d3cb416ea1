import numpy as np
import pytest

from samscope.clips.synthetic.grounds import PLACES, Place, make_ground


def test_places_have_names_of_their_own_that_fit_for_files() -> None:
    assert len({place.name for place in PLACES}) == len(PLACES) >= 24
    assert all(place.name.replace("-", "").isalnum() for place in PLACES)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
@pytest.mark.parametrize("size", [(32, 40), (240, 426), (300, 90)])
def test_ground_is_as_large_as_asked_for(place: Place, size: tuple[int, int]) -> None:
    ground = make_ground(place, size, 1.5, np.random.default_rng(0))
    assert ground.shape == (int(size[0] * 1.5), int(size[1] * 1.5), 3)
    assert ground.dtype == np.uint8
    assert ground.flags.c_contiguous
    assert ground.std() > 5


def test_same_place_looks_different_another_time() -> None:
    first, again, other = (
        make_ground(PLACES[1], (64, 96), 1.2, np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first.astype(int) - other).mean() > 5
