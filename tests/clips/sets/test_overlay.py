import numpy as np
import pytest

from samscope.clips.clip import Timeline
from samscope.clips.sets import TransformOptions, make_clip
from samscope.clips.sets.options import OverlayObjects
from tests.clips.sets.scenes import TIMELINE, footage, material


@pytest.mark.parametrize("seed", range(8))
def test_it_hides_a_part_throughout(seed: int) -> None:
    drawn = material(seed)
    clip = make_clip("overlay", drawn, TIMELINE)
    assert clip.transformed.all()
    assert clip.present.all()
    assert clip.obscured[0] == 0
    assert 0.15 <= clip.obscured[6:].mean() <= 0.6
    assert clip.obscured[6:].min() > 0.05
    assert clip.obscured.max() <= 0.9
    assert np.array_equal(clip.amodal_masks, drawn.source.masks)


def test_three_overlays_stand_around_the_object() -> None:
    overlays = tuple(
        footage(f"overlay{number}", seed=20 + number, start=(80, 48), velocity=(0, 0)) for number in range(3)
    )
    for channel, overlay in enumerate(overlays):
        overlay.frames[overlay.masks] = 255 * np.eye(3)[channel]
    source = footage("source", seed=1, start=(80, 48), velocity=(0, 0), radius=12, colour=(90, 90, 90))
    clip = make_clip("overlay", material(source=source, overlays=overlays), TIMELINE)
    angles = []
    for channel in range(3):
        rows, columns = np.nonzero((clip.frames[5] == 255 * np.eye(3)[channel]).all(axis=-1))
        assert 100 < len(rows) < 600
        angles.append(np.degrees(np.arctan2(rows.mean() - 48, columns.mean() - 80)))
    gaps = np.diff(np.sort([*angles, min(angles) + 360]))
    assert gaps.min() > 70


def test_they_go_where_the_object_goes() -> None:
    drawn = material(source=footage("source", seed=1, start=(50, 48), velocity=(2, 0), radius=12))
    clip = make_clip("overlay", drawn, TIMELINE)
    changed = (clip.frames != drawn.source.frames).any(axis=-1)
    first, last = (np.nonzero(changed[index])[1].mean() for index in (2, 25))
    assert last - first == pytest.approx(2 * 23, abs=10)


def test_copies_look_like_the_object_itself() -> None:
    drawn = material(source=footage("source", seed=1, start=(70, 48), velocity=(0.5, 0), radius=13))
    clip = make_clip("overlay", drawn, TIMELINE, TransformOptions(overlay="copies"))
    changed = (clip.frames[0] != drawn.source.frames[0]).any(axis=-1)
    own_colour = drawn.source.frames[0][drawn.source.masks[0]].mean(axis=0)
    assert np.abs(clip.frames[0][changed].mean(axis=0) - own_colour).max() < 25
    assert all("source/" in origin and "overlay0" not in origin for origin in clip.origins)
    assert clip.obscured[0] == 0
    assert clip.obscured[6] > 0.1


def test_copies_need_no_look_alikes() -> None:
    clip = make_clip("overlay", material(overlays=()), TIMELINE, TransformOptions(overlay="copies"))
    assert clip.transformed.all()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("overlaid", ["similar", "copies"])
def test_no_pixel_of_the_prompted_object_is_touched(seed: int, overlaid: OverlayObjects) -> None:
    drawn = material(seed)
    clip = make_clip("overlay", drawn, TIMELINE, TransformOptions(overlay=overlaid))
    mask = drawn.source.masks[0]
    assert np.array_equal(clip.masks[0], mask)
    assert np.array_equal(clip.frames[0][mask], drawn.source.frames[0][mask])
    assert clip.transformed[0]


def test_they_come_close_within_a_short_prefix_too() -> None:
    timeline = Timeline(3, 2, 3)
    clip = make_clip("overlay", material(timeline=timeline), timeline)
    assert clip.obscured[0] == 0
    assert clip.obscured[2:].min() > 0.05
