from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nano.training.moving_cutouts import moving_cutout
from nano.training.sources import Sources, Split, find_sources
from samscope.support.errors import SamscopeError
from tests.nano.training.material import write_material


def test_one_sprite_a_frame_with_the_object_in_its_middle(sources: Sources) -> None:
    sprites = moving_cutout(sources, 4, np.random.default_rng(0))
    assert len(sprites) == 4
    assert len({sprite.alpha.shape for sprite in sprites}) == 1
    for sprite in sprites:
        assert sprite.colour.shape == (*sprite.alpha.shape, 3)
        rows, columns = np.nonzero(sprite.alpha > 0.5)
        middle = (np.array(sprite.alpha.shape) - 1) / 2
        centre = np.array([rows.min() + rows.max(), columns.min() + columns.max()]) / 2
        assert np.abs(centre - middle).max() <= 1


def test_it_is_the_video_object_and_not_its_ground(sources: Sources) -> None:
    """The made-up videos' discs have one colour, their grounds are noise."""
    for sprite in moving_cutout(sources, 3, np.random.default_rng(1)):
        inside = sprite.colour[sprite.alpha > 0.9].astype(float)
        assert inside.std(axis=0).mean() < 12


def test_an_absent_object_is_an_error(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "material")
    for path in (folder / "davis_train" / "Annotations" / "256p").rglob("*.png"):
        Image.fromarray(np.zeros((60, 80), np.uint8)).save(path)
    with pytest.raises(SamscopeError, match="absent or very small on frame"):
        moving_cutout(find_sources(folder, Split.TRAINING), 3, np.random.default_rng(0))
