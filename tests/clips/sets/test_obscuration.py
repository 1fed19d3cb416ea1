import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.clips.clip import Clip, Footage, Timeline
from samscope.clips.sets import make_clip
from samscope.clips.sets.motion import follow
from samscope.clips.sets.obscuration import PEAK, facing
from tests.clips.sets.scenes import SIZE, TIMELINE, footage, material


def pasted_area(clip: Clip, source: NDArray[np.uint8]) -> NDArray[np.int64]:
    areas: NDArray[np.int64] = np.count_nonzero((clip.frames != source).any(axis=-1), axis=(1, 2))
    return areas


@pytest.mark.parametrize("seed", range(8))
def test_it_crosses_and_leaves(seed: int) -> None:
    clip = make_clip("obscuration", material(seed), TIMELINE)
    assert clip.obscured[0] == clip.obscured[-1] == 0
    assert clip.obscured[12:16].max() >= PEAK
    assert 9 <= int(clip.obscured.argmax()) <= 18
    rising = clip.obscured[: int(clip.obscured.argmax()) + 1]
    assert np.diff(rising).min() > -0.1


def test_ground_truth_is_the_visible_part() -> None:
    drawn = material()
    clip = make_clip("obscuration", drawn, TIMELINE)
    assert np.array_equal(clip.amodal_masks, drawn.source.masks)
    hidden = clip.amodal_masks & ~clip.masks
    unchanged = (clip.frames == drawn.source.frames).all(axis=-1)
    assert (hidden & unchanged).sum() < 5  # pixels that happen to have the same colour
    assert hidden[14].any()


def test_the_obscuring_object_is_the_rival() -> None:
    drawn = material()
    clip = make_clip("obscuration", drawn, TIMELINE)
    assert clip.rivals is not None
    assert np.array_equal(clip.amodal_masks & ~clip.masks, clip.amodal_masks & clip.rivals)
    changed = (clip.frames != drawn.source.frames).any(axis=-1)
    assert (clip.rivals & ~changed).sum() < 5 * len(clip.frames)
    assert np.array_equal(clip.rivals.any(axis=(1, 2)), clip.transformed)


def test_the_prompted_object_is_untouched() -> None:
    drawn = material()
    clip = make_clip("obscuration", drawn, TIMELINE)
    mask = drawn.source.masks[0]
    assert np.array_equal(clip.masks[0], mask)
    assert np.array_equal(clip.frames[0][mask], drawn.source.frames[0][mask])


@pytest.mark.parametrize("radius", [4, 14, 40])
def test_it_is_comparable_in_size(radius: float) -> None:
    partner = footage(
        "partner", seed=11, start=(80, 48), velocity=(0.1, 0), radius=radius, colour=(40, 70, 210)
    )
    drawn = material(partner=partner)
    clip = make_clip("obscuration", drawn, TIMELINE)
    ratio = pasted_area(clip, drawn.source.frames)[14] / drawn.source.masks[14].sum()
    assert 0.5 <= ratio <= 1.45  # the soft edge counts here


def test_it_takes_no_more_of_the_picture_than_it_needs() -> None:
    source = footage("source", seed=1, start=(80, 48), velocity=(0, 0), radius=46)
    clip = make_clip("obscuration", material(source=source), TIMELINE)
    assert pasted_area(clip, source.frames).max() <= 0.43 * SIZE[0] * SIZE[1]
    smaller = footage("source", seed=1, start=(80, 48), velocity=(0, 0), radius=30)
    clip = make_clip("obscuration", material(source=smaller), TIMELINE)
    assert pasted_area(clip, smaller.frames).max() <= 0.28 * SIZE[0] * SIZE[1]


def test_both_sides_are_drawn() -> None:
    def first_side(seed: int) -> float:
        drawn = material(seed)
        clip = make_clip("obscuration", drawn, TIMELINE)
        pasted = (clip.frames[2] != drawn.source.frames[2]).any(axis=-1)
        return float(np.sign(np.nonzero(pasted)[1].mean() - np.nonzero(drawn.source.masks[2])[1].mean()))

    assert {first_side(seed) for seed in range(6)} == {-1.0, 1.0}


def test_transformed_says_whether_it_is_in_the_picture() -> None:
    drawn = material(source=footage("source", seed=1, start=(25, 48), velocity=(0, 0), radius=25))
    clip = make_clip("obscuration", drawn, TIMELINE)
    changed = (clip.frames != drawn.source.frames).any(axis=(1, 2, 3))
    assert np.array_equal(clip.transformed, changed)
    assert not changed.all()
    for index, origin in enumerate(clip.origins):
        assert (origin == f"source/{5 + index}") != changed[index]


def test_what_hides_void_makes_it_known() -> None:
    source = footage("source", seed=1)
    source = dataclasses.replace(source, void=np.ones_like(source.masks) & ~source.masks)
    clip = make_clip("obscuration", material(source=source), TIMELINE)
    assert not (clip.void & ~source.void).any()
    assert clip.void.sum() < source.void.sum()
    assert not (clip.void & clip.masks).any()


def test_a_growing_object_is_met_by_a_growing_one() -> None:
    source = footage("source", seed=1, start=(80, 48), velocity=(0, 0), radius=5, growth=1.06)
    clip = make_clip("obscuration", material(source=source), TIMELINE)
    areas = pasted_area(clip, source.frames)
    assert areas[16] > 1.5 * areas[8]
    assert clip.obscured[0] == clip.obscured[-1] == 0


def test_an_object_that_is_out_of_sight_for_a_while() -> None:
    source = footage("source", seed=1)
    source.masks[10:15] = False
    clip = make_clip("obscuration", material(source=source), TIMELINE)
    assert np.isnan(clip.obscured[10:15]).all()
    assert np.nanmax(clip.obscured) > 0.3


@pytest.mark.parametrize(("velocity", "expected"), [(3.0, 1), (-1.5, -1), (0.1, 0)])
def test_facing(velocity: float, expected: int) -> None:
    start = (120, 48) if velocity < 0 else (30, 48)
    assert facing(follow(footage("partner", seed=1, start=start, velocity=(velocity, 0)).masks)) == expected


def bar(width: int, height: int) -> Footage:
    """Return footage of a standing bar: narrow and high, or broad and low."""
    shown = footage("partner", seed=11, velocity=(0, 0), colour=(40, 70, 210))
    shown.masks[:] = False
    shown.masks[:, 48 - height // 2 : 48 + height // 2, 80 - width // 2 : 80 + width // 2] = True
    return shown


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("width", "height"), [(10, 60), (80, 12), (10, 10)])
def test_objects_of_another_shape_hide_enough_in_the_middle(seed: int, width: int, height: int) -> None:
    clip = make_clip("obscuration", material(seed, partner=bar(width, height)), TIMELINE)
    assert clip.obscured[12:16].max() >= PEAK
    assert clip.obscured[0] == clip.obscured[-1] == 0


@pytest.mark.parametrize("timeline", [Timeline(4, 2, 12), Timeline(20, 4, 3)])
def test_the_peak_is_in_the_middle_of_any_timeline(timeline: Timeline) -> None:
    clip = make_clip("obscuration", material(timeline=timeline), timeline)
    middle = timeline.middle_frames
    assert clip.obscured[middle].max() >= PEAK
    assert middle.start - 1 <= int(clip.obscured.argmax()) <= middle.stop


def test_where_it_cannot_be_what_hides_most_is_taken() -> None:
    source = footage("source", seed=1, start=(80, 48), velocity=(0, 0), radius=75)
    clip = make_clip("obscuration", material(source=source, partner=bar(6, 90)), TIMELINE)
    assert 0.1 < clip.obscured.max() < PEAK
