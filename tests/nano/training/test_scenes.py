from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nano.training.scenes import SceneMix, draw_scene
from nano.training.sources import PhotoFiles, Sources
from samscope.support.errors import SamscopeError

COMPOSED = SceneMix(photos=0.0, footage=0.0)


def test_same_chance_same_scene(sources: Sources) -> None:
    first, again, other = (draw_scene(sources, 64, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert first.frame.shape == (64, 64, 3)
    assert first.frame.dtype == np.uint8
    assert np.array_equal(first.frame, again.frame)
    assert np.array_equal(first.masks, again.masks)
    assert not np.array_equal(first.frame, other.frame)


def test_composed_scenes_show_several_objects_apart(sources: Sources) -> None:
    scenes = [draw_scene(sources, 64, np.random.default_rng(seed), COMPOSED) for seed in range(30)]

    assert all((scene.masks.sum(axis=0) <= 1).all() for scene in scenes)
    counts = [len(scene.masks) for scene in scenes]
    assert min(counts) >= 1
    assert max(counts) <= 6
    assert np.mean(counts) > 1.5


@pytest.mark.parametrize("mix", [SceneMix(photos=1.0), SceneMix(photos=0.0, footage=1.0)])
def test_scenes_as_they_were_taken_show_their_object(sources: Sources, mix: SceneMix) -> None:
    for seed in range(5):
        scene = draw_scene(sources, 64, np.random.default_rng(seed), mix)
        assert len(scene.masks) == 1
        assert 0.006 <= scene.masks.mean() <= 0.6


def test_unusable_sources_are_counted_and_all_unusable_is_an_error(sources: Sources, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"no picture")
    photo = PhotoFiles(damaged, damaged)
    mixed = replace(sources, photos=(*sources.photos, photo))
    skipped = sum(
        sum(draw_scene(mixed, 32, np.random.default_rng(seed)).skipped.values()) for seed in range(20)
    )

    assert skipped > 0
    with pytest.raises(SamscopeError, match=r"no usable scene in 60 attempts; unusable sources: .*damaged"):
        draw_scene(Sources((photo,), (), (damaged,), ()), 32, np.random.default_rng(0), SceneMix(photos=1.0))
