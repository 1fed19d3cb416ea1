import dataclasses

import numpy as np
import pytest

from samscope.clips.sets import TransformOptions, make_clip
from samscope.clips.sets.interjection import fill_picture
from tests.clips.sets.scenes import SIZE, TIMELINE, footage, material, texture


def test_insert_goes_on_where_the_prefix_ended() -> None:
    drawn = material()
    clip = make_clip("interjection", drawn, TIMELINE)
    assert np.array_equal(clip.frames[:12], drawn.source.frames[:12])
    assert np.array_equal(clip.frames[12:16], drawn.partner.frames[12:16])
    assert np.array_equal(clip.frames[16:], drawn.source.frames[12:24])
    assert np.array_equal(clip.masks[16:], drawn.source.masks[12:24])
    assert clip.origins[11:17] == ("source/16", *(f"partner/{9 + t}" for t in range(12, 16)), "source/17")


def test_replace_keeps_the_time() -> None:
    drawn = material()
    clip = make_clip("interjection", drawn, TIMELINE, TransformOptions(splice="replace"))
    assert np.array_equal(clip.frames[16:], drawn.source.frames[16:])
    assert np.array_equal(clip.masks[16:], drawn.source.masks[16:])


def test_the_object_is_gone_in_the_middle() -> None:
    clip = make_clip("interjection", material(), TIMELINE)
    middle = np.isin(np.arange(28), range(12, 16))
    assert np.array_equal(clip.present, ~middle)
    assert np.array_equal(clip.transformed, middle)
    assert np.array_equal(np.isnan(clip.obscured), middle)
    assert not clip.amodal_masks[middle].any()


def test_nothing_of_another_video_is_void() -> None:
    source = footage("source", seed=1)
    source = dataclasses.replace(source, void=np.roll(source.masks, 20, axis=2) & ~source.masks)
    clip = make_clip("interjection", material(source=source), TIMELINE)
    assert not clip.void[12:16].any()
    assert np.array_equal(clip.void[16:], source.void[12:24])


def test_a_partner_of_another_size_fills_the_picture() -> None:
    partner = footage("partner", seed=11, size=(192, 320), start=(150, 90), radius=30)
    clip = make_clip("interjection", material(partner=partner), TIMELINE)
    assert clip.frames.shape == (28, *SIZE, 3)
    assert clip.origins[12] == "partner/17 filling 160x96"


@pytest.mark.parametrize("size", [(50, 200), (200, 50), (96, 160), (31, 47)])
def test_filling_keeps_the_aspect_and_the_centre(size: tuple[int, int]) -> None:
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    scale = max(96 / size[0], 160 / size[1])
    x, y = (columns - size[1] / 2) * scale, (rows - size[0] / 2) * scale
    filled = fill_picture(
        np.stack([128 + x, 128 + y, np.full(size, 128.0)], axis=-1).clip(0, 255).astype(np.uint8), (96, 160)
    )
    assert filled.shape == (96, 160, 3)
    target_rows, target_columns = np.mgrid[:96, :160] + 0.5
    inner = np.s_[10:-10, 10:-10]
    assert np.abs(filled[..., 0] - (128 + target_columns - 80))[inner].max() <= 4
    assert np.abs(filled[..., 1] - (128 + target_rows - 48))[inner].max() <= 4


def test_filling_keeps_a_picture_of_the_same_size() -> None:
    frame = texture(SIZE, 4, (100, 100, 100))
    assert np.array_equal(fill_picture(frame, SIZE), frame)
