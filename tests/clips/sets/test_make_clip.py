from itertools import product
from pathlib import Path

import numpy as np
import pytest

from samscope.clips.clip import SETS, Clip, Footage, SetName, Timeline
from samscope.clips.draws.sampling import sample_draws
from samscope.clips.material import load_material
from samscope.clips.sets import TransformOptions, make_clip
from samscope.clips.sets.obscuration import PEAK
from samscope.support.errors import SamscopeError, UsageError
from samscope.videos.davis import read_collection
from samscope.videos.video import Collection
from tests.clips.sets.scenes import SIZE, TIMELINE, footage, material


def same(one: Clip, other: Clip) -> bool:
    arrays = ("frames", "masks", "amodal_masks", "void", "present", "transformed")
    same_rivals = (one.rivals is None) == (other.rivals is None)
    if one.rivals is not None and other.rivals is not None:
        same_rivals = np.array_equal(one.rivals, other.rivals)
    return (
        one.origins == other.origins
        and same_rivals
        and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)
    )


def check_consistency(clip: Clip, timeline: Timeline, size: tuple[int, int]) -> None:
    """Everything that must hold for a clip of any set."""
    length = timeline.length
    assert clip.frames.shape == (length, *size, 3)
    assert clip.frames.dtype == np.uint8
    for masks in (clip.masks, clip.amodal_masks, clip.void):
        assert masks.shape == (length, *size)
        assert masks.dtype == np.bool_
    assert clip.obscured.dtype == np.float32
    if clip.rivals is not None:
        assert clip.rivals.shape == (length, *size)
        assert clip.rivals.dtype == np.bool_
        assert not (clip.rivals & clip.masks).any()
    assert (clip.rivals is None) == (clip.set in ("clean", "interjection", "context_removal"))
    assert len(clip.origins) == length
    assert not (clip.masks & ~clip.amodal_masks).any()
    visible, amodal = clip.masks.sum(axis=(1, 2)), clip.amodal_masks.sum(axis=(1, 2))
    assert np.array_equal(clip.present, visible > 0)
    assert np.array_equal(np.isnan(clip.obscured), amodal == 0)
    known = amodal > 0
    assert np.allclose(clip.obscured[known], 1 - visible[known] / amodal[known], atol=1e-6)
    assert clip.masks[0].any()


@pytest.mark.parametrize("timeline", [TIMELINE, Timeline(4, 2, 3), Timeline(2, 1, 1)])
@pytest.mark.parametrize("set_name", SETS)
def test_every_set_makes_consistent_clips_of_any_timeline(set_name: SetName, timeline: Timeline) -> None:
    clip = make_clip(set_name, material(timeline=timeline), timeline)
    check_consistency(clip, timeline, SIZE)
    assert clip.set == set_name
    assert clip.timeline == timeline
    absent = set_name in ("interjection", "object_removal")
    middle = list(timeline.middle_frames)
    assert clip.present[middle].any() != absent


@pytest.mark.parametrize("set_name", SETS)
def test_the_same_seed_gives_the_same_bytes(set_name: SetName) -> None:
    assert same(make_clip(set_name, material(5), TIMELINE), make_clip(set_name, material(5), TIMELINE))


@pytest.mark.parametrize("set_name", ["object_removal", "obscuration", "overlay"])
def test_another_seed_gives_another_place(set_name: SetName) -> None:
    one, other = (make_clip(set_name, material(seed), TIMELINE) for seed in (5, 6))
    assert not np.array_equal(one.frames, other.frames)
    assert one.origins != other.origins


def test_material_is_left_as_it_was() -> None:
    drawn, untouched = material(2), material(2)
    for set_name in SETS:
        make_clip(set_name, drawn, TIMELINE)
    for one, other in zip(
        (drawn.source, drawn.partner, *drawn.overlays),
        (untouched.source, untouched.partner, *untouched.overlays),
        strict=True,
    ):
        assert np.array_equal(one.frames, other.frames)
        assert np.array_equal(one.masks, other.masks)


def test_equal_origins_mean_equal_pixels_across_sets_and_draws() -> None:
    clips = [make_clip(set_name, material(seed), TIMELINE) for set_name, seed in product(SETS, (0, 1))]
    clips.append(make_clip("interjection", material(0), TIMELINE, TransformOptions(splice="replace")))
    clips += [
        make_clip("context_removal", material(seed), TIMELINE, TransformOptions(background=background))
        for background in ("mean", "blur", "noise")
        for seed in (0, 1)
    ]
    clips.append(make_clip("overlay", material(0), TIMELINE, TransformOptions(overlay="copies")))
    pixels_of: dict[str, bytes] = {}
    for clip in clips:
        for origin, frame in zip(clip.origins, clip.frames, strict=True):
            assert pixels_of.setdefault(origin, frame.tobytes()) == frame.tobytes(), origin
    assert len(set(pixels_of.values())) == len(pixels_of)


def test_untouched_frames_have_the_plain_origin() -> None:
    drawn = material()
    plain = [f"source/{index}" for index in drawn.source.excerpt.indices(TIMELINE.length)]
    for set_name in SETS:
        clip = make_clip(set_name, drawn, TIMELINE)
        for index, origin in enumerate(plain):
            if np.array_equal(clip.frames[index], drawn.source.frames[index]):
                assert clip.origins[index] == origin


def test_strides_show_in_the_origins() -> None:
    source = footage("source", seed=1, first=3, stride=2)
    clip = make_clip("clean", material(source=source), TIMELINE)
    assert clip.origins[:3] == ("source/3", "source/5", "source/7")


@pytest.mark.parametrize("set_name", SETS)
def test_other_videos_may_have_other_sizes(set_name: SetName) -> None:
    partner = footage("partner", seed=11, size=(180, 140), start=(60, 80), radius=24, first=2)
    overlays = tuple(
        footage(f"overlay{i}", seed=i, size=(70, 90), start=(30, 30), radius=9, velocity=(0.5, 0))
        for i in range(3)
    )
    check_consistency(
        make_clip(set_name, material(partner=partner, overlays=overlays), TIMELINE), TIMELINE, SIZE
    )


@pytest.mark.parametrize("set_name", SETS)
@pytest.mark.parametrize("start", [(3, 48), (158, 10), (60, 95)])
def test_objects_at_the_border(set_name: SetName, start: tuple[float, float]) -> None:
    source = footage("source", seed=1, start=start, velocity=(0, 0))
    partner = footage("partner", seed=11, start=start, velocity=(0, 0), colour=(40, 70, 210))
    check_consistency(make_clip(set_name, material(source=source, partner=partner), TIMELINE), TIMELINE, SIZE)


def without_object(shown: Footage) -> Footage:
    return Footage(shown.excerpt, shown.frames, np.zeros_like(shown.masks), shown.void)


@pytest.mark.parametrize("set_name", ["object_removal", "obscuration"])
def test_a_partner_without_its_object_is_named(set_name: SetName) -> None:
    drawn = material(partner=without_object(footage("partner", seed=11)))
    with pytest.raises(
        SamscopeError, match=rf"^{set_name} .*draw 3 \(source source, partner partner\)"
    ) as caught:
        make_clip(set_name, drawn, TIMELINE)
    assert "\n" not in str(caught.value)


def test_a_look_alike_without_its_object_is_named() -> None:
    overlays = (*material().overlays[:2], without_object(footage("empty", seed=3)))
    with pytest.raises(SamscopeError, match=r"overlay .* of empty is on no frame from 5 to 32"):
        make_clip("overlay", material(overlays=overlays), TIMELINE)


def test_too_few_look_alikes() -> None:
    with pytest.raises(SamscopeError, match="2 look-alikes and needs 3"):
        make_clip("overlay", material(overlays=material().overlays[:2]), TIMELINE)


def test_footage_of_another_length() -> None:
    with pytest.raises(SamscopeError, match=r"28 frames of source .* timeline has 29"):
        make_clip("clean", material(), Timeline(12, 4, 13))


def test_unknown_set() -> None:
    with pytest.raises(UsageError, match="no set 'inpainting'; the sets are clean"):
        make_clip("inpainting", material(), TIMELINE)  # type: ignore[arg-type]


@pytest.mark.parametrize("option", ["splice", "background", "overlay"])
def test_unknown_options(option: str) -> None:
    with pytest.raises(UsageError, match=f"--{option} is 'magic'; it can be "):
        TransformOptions(**{option: "magic"})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def davis(shared: Path) -> Collection:
    """Real videos, of which each is looked through once."""
    return read_collection(shared / "data" / "davis")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "partner", "least_hidden"),
    [
        ("car-shadow", "goat", PEAK),
        ("drift-straight", "bmx-trees", 0.25),  # the car takes a third of the picture, the cyclist is thin
    ],
)
def test_real_videos(davis: Collection, source: str, partner: str, least_hidden: float) -> None:
    draw = sample_draws(davis, 1, TIMELINE, seed=0, source=source, partner=partner).draws[0]
    loaded = load_material(draw, davis, TIMELINE)
    clips = {set_name: make_clip(set_name, loaded, TIMELINE) for set_name in SETS}
    for clip in clips.values():
        check_consistency(clip, TIMELINE, (480, 854))
    obscured = clips["obscuration"].obscured
    assert obscured[0] == obscured[-1] == 0
    assert obscured.max() >= least_hidden
    removal = clips["object_removal"]
    share = np.median(removal.masks[~removal.transformed].mean(axis=(1, 2)))
    assert 0.015 <= share <= 0.13
    assert clips["overlay"].obscured[0] <= 0.5
