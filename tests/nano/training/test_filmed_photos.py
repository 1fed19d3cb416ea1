from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nano.training.filmed_photos import film_photo
from nano.training.sources import PhotoFiles, Sources
from samscope.support.errors import SamscopeError


@pytest.fixture
def painted(tmp_path: Path) -> Sources:
    """Return one photo whose object is red, where nothing else is."""
    pixels = np.random.default_rng(0).integers(0, 120, (80, 100, 3), dtype=np.uint8)
    pixels[..., 0] = 0
    mask = np.zeros((80, 100), np.uint8)
    mask[25:60, 30:70] = 255
    pixels[mask > 0] = (255, 0, 0)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return Sources((PhotoFiles(tmp_path / "photo.png", tmp_path / "mask.png"),), (), (), ())


def test_the_mask_goes_where_its_object_goes(painted: Sources) -> None:
    moved = 0
    for seed in range(6):
        film = film_photo(painted, 6, 64, np.random.default_rng(seed))
        red = film.frames[..., 0] >= 128
        either = (red | film.masks).sum()
        assert (red & film.masks).sum() > 0.97 * either
        moved += bool((film.masks[0] != film.masks[-1]).mean() > 0.01)
    assert moved >= 4


def test_same_seed_same_film(painted: Sources) -> None:
    first, again, other = (film_photo(painted, 3, 32, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert np.array_equal(first.frames, again.frames)
    assert not np.array_equal(first.frames, other.frames)


def test_refuses_a_photo_without_its_object(painted: Sources, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((80, 100), np.uint8)).save(tmp_path / "mask.png")
    with pytest.raises(SamscopeError, match=r"mask\.png: shows no object"):
        film_photo(painted, 3, 32, np.random.default_rng(0))
    Image.fromarray(np.zeros((8, 10), np.uint8)).save(tmp_path / "mask.png")
    with pytest.raises(SamscopeError, match="but its photo has"):
        film_photo(painted, 3, 32, np.random.default_rng(0))
