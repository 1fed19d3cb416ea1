from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from nano.training.pictures import draw_picture, draw_pictures, usual_pictures
from nano.training.sources import PhotoFiles, Sources
from samscope.support.errors import SamscopeError


def test_same_step_same_pictures(sources: Sources) -> None:
    first, again, other = (
        draw_pictures(sources, 64, places=range(3), seed=0, step=step) for step in (5, 5, 6)
    )

    assert first.pixels.shape == (3, 3, 64, 64)
    assert torch.equal(first.pixels, again.pixels)
    assert not torch.equal(first.pixels, other.pixels)
    assert not first.skipped


def test_pictures_are_parts_of_all_sources(sources: Sources) -> None:
    without_videos = replace(sources, videos=())
    for part in (sources, without_videos):
        picture = draw_picture(part, 32, np.random.default_rng(1))
        assert picture.shape == (32, 32, 3)
        assert picture.dtype == np.uint8


def test_the_usual_pictures_are_always_the_same(sources: Sources) -> None:
    assert torch.equal(usual_pictures(sources, 32), usual_pictures(sources, 32))


def test_a_picture_that_cannot_be_read_is_skipped_and_counted(sources: Sources, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"no picture")
    mixed = Sources((), (), (*sources.grounds, damaged), ())
    drawn = draw_pictures(mixed, 32, places=range(12), seed=0, step=0)

    assert len(drawn.pixels) == 12
    assert sum(drawn.skipped.values()) > 0
    assert all(str(damaged) in reason for reason in drawn.skipped)
    with pytest.raises(SamscopeError, match="damaged"):
        draw_pictures(
            Sources((PhotoFiles(damaged, damaged),), (), (), ()), 32, places=range(1), seed=0, step=0
        )
