import dataclasses

import cv2
import numpy as np
import pytest

from samscope.clips.sets import TransformOptions, make_clip
from samscope.clips.sets.context_removal import replace_context
from samscope.clips.sets.options import Background
from tests.clips.sets.scenes import SIZE, TIMELINE, footage, material, texture

DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))


@pytest.mark.parametrize("background", ["black", "mean", "blur", "noise"])
def test_only_the_object_is_left(background: Background) -> None:
    drawn = material()
    source = drawn.source
    clip = make_clip("context_removal", drawn, TIMELINE, TransformOptions(background=background))
    assert np.array_equal(clip.masks, source.masks)
    assert np.array_equal(np.flatnonzero(clip.transformed), [12, 13, 14, 15])
    for index in range(28):
        if not clip.transformed[index]:
            assert np.array_equal(clip.frames[index], source.frames[index])
            continue
        mask = source.masks[index].astype(np.uint8)
        interior, exterior = cv2.erode(mask, DISC) > 0, cv2.dilate(mask, DISC) == 0
        assert interior.sum() > 100
        assert np.array_equal(clip.frames[index][interior], source.frames[index][interior])
        outside = clip.frames[index][exterior]
        assert (outside != source.frames[index][exterior]).mean() > 0.9
        if background == "black":
            assert not outside.any()
        if background == "mean":
            assert len(np.unique(outside, axis=0)) == 1
            assert np.abs(outside[0] - source.frames[index][~source.masks[index]].mean(axis=0)).max() <= 0.5


def test_the_blurred_context_keeps_nothing_of_the_object() -> None:
    mask = footage("source", seed=1, count=1).masks[0]
    ground = texture(SIZE, 3, (60, 160, 90))
    with_red, with_blue = (
        np.where(mask[..., None], colour, ground).astype(np.uint8) for colour in ([255, 0, 0], [0, 0, 255])
    )
    red, blue = (replace_context(frame, ~mask, "blur", (0,)) for frame in (with_red, with_blue))
    assert np.array_equal(red, blue)
    assert np.abs(red.mean(axis=(0, 1)) - ground[~mask].mean(axis=0)).max() < 5
    assert red.std(axis=(0, 1)).max() < ground.std(axis=(0, 1)).min() / 2


def test_noise_differs_by_frame_and_seed() -> None:
    options = TransformOptions(background="noise")
    one, other = (make_clip("context_removal", material(seed), TIMELINE, options) for seed in (0, 1))
    assert (one.frames[12] != one.frames[13]).mean() > 0.5
    assert (one.frames[12] != other.frames[12]).mean() > 0.5
    assert one.origins[12] != other.origins[12]


def test_void_belongs_to_the_context() -> None:
    source = footage("source", seed=1)
    source = dataclasses.replace(source, void=np.roll(source.masks, 40, axis=2) & ~source.masks)
    clip = make_clip("context_removal", material(source=source), TIMELINE)
    assert not clip.void[12:16].any()
    assert np.array_equal(clip.void[:12], source.void[:12])
    far = source.void[12] & (cv2.dilate(source.masks[12].astype(np.uint8), DISC) == 0)
    assert not clip.frames[12][far].any()


def test_an_object_at_the_border_is_not_faded_there() -> None:
    source = footage("source", seed=1, start=(0, 48), velocity=(0, 0), radius=20)
    clip = make_clip("context_removal", material(source=source), TIMELINE)
    assert source.masks[12, 40:56, :8].all()
    assert np.array_equal(clip.frames[12, 40:56, :8], source.frames[12, 40:56, :8])


def test_an_absent_object_leaves_the_background_alone() -> None:
    source = footage("source", seed=1)
    source.masks[13] = False
    clip = make_clip("context_removal", material(source=source), TIMELINE)
    assert not clip.frames[13].any()
    assert not clip.present[13]
