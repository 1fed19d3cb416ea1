from collections import Counter

import numpy as np
import pytest
from transformers import Sam2VideoModel

from nano.checks.copying import FRAMES, MIX, STILL, check_copying, compare_with_copying, is_still
from nano.checks.drawing import Drawing
from nano.training.clips import TrainingClip
from nano.training.sources import Sources


def clip(shift: int) -> TrainingClip:
    """A square of 20 pixels that moves so many pixels a frame."""
    masks = np.zeros((5, 64, 64), bool)
    for time in range(5):
        masks[time, 10:30, 10 + shift * time : 30 + shift * time] = True
    return TrainingClip(np.zeros((5, 64, 64, 3), np.uint8), masks, Counter())


def test_a_model_that_copies_is_neither_better_nor_worse() -> None:
    overlap = np.random.default_rng(0).random(20)
    found = compare_with_copying(overlap, overlap)

    assert found.difference.value == 0
    assert found.difference.interval == pytest.approx((0, 0))
    assert found.overlap.value == found.copied.value == pytest.approx(overlap.mean())


def test_a_model_that_is_a_little_better_on_every_clip_is_seen_to_be() -> None:
    overlap = np.random.default_rng(0).random(20)
    found = compare_with_copying(overlap + 0.02, overlap)

    assert found.difference.interval == pytest.approx((0.02, 0.02))


def test_still_is_what_stays_where_it_is() -> None:
    assert is_still(clip(0))
    assert is_still(clip(1))
    assert not is_still(clip(5))


def test_copying_does_well_on_near_static_clips(network: Sam2VideoModel, sources: Sources) -> None:
    found = check_copying(network, Drawing(sources, 4, FRAMES, 64, 1, MIX, wanted=is_still))

    assert found.copied.value >= STILL
    assert found.difference.value == pytest.approx(found.overlap.value - found.copied.value)
    assert found.difference.clips == 4
