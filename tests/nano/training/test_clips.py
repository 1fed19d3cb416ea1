from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nano.training.clips import ClipMix, draw_clip
from nano.training.composition import Actor, add_passers_by, paint
from nano.training.interruptions import draw_absence, interrupt
from nano.training.lighting import change_light
from nano.training.motion import Course, Pace, Placement, draw_course, fold
from nano.training.sources import Sources, Split, find_sources
from nano.training.sprites import Sprite, place, sprite_of_cutout
from nano.training.tracked_film import Film
from samscope.support.errors import SamscopeError
from tests.nano.training.material import write_material

ONLY = {
    "footage": ClipMix(footage=1.0, absence=0.0),
    "composed": ClipMix(footage=0.0, absence=0.0, moving_cutouts=0.0),
    "moving": ClipMix(footage=0.0, absence=0.0, near_static=0.0, moving_cutouts=1.0),
    "made up": ClipMix(footage=0.0, made_up=1.0, absence=0.0),
    "filmed": ClipMix(footage=0.0, filmed_photos=1.0, absence=0.0),
    "absence": ClipMix(absence=1.0),
}


@pytest.mark.parametrize("kind", sorted(ONLY))
@pytest.mark.parametrize("frames", [3, 8])
def test_clips_of_every_kind(kind: str, frames: int, sources: Sources) -> None:
    for seed in range(8):
        clip = draw_clip(sources, frames, 64, np.random.default_rng(seed), ONLY[kind])

        assert clip.frames.shape == (frames, 64, 64, 3)
        assert clip.frames.dtype == np.uint8
        assert clip.masks.shape == (frames, 64, 64)
        assert clip.masks.dtype == bool
        assert 0.006 <= clip.masks[0].mean() <= 0.6
        assert clip.present[0]
        if kind == "absence" and frames >= 5:
            assert not clip.present.all()


def test_same_seed_same_clip(sources: Sources) -> None:
    first, again, other = (draw_clip(sources, 5, 64, np.random.default_rng(seed)) for seed in (3, 3, 4))

    assert np.array_equal(first.frames, again.frames)
    assert np.array_equal(first.masks, again.masks)
    assert not np.array_equal(first.frames, other.frames)


def test_footage_keeps_masks_on_the_object(sources: Sources) -> None:
    """The made-up videos' object has one colour, and nothing else in them has it as exactly."""
    mix = ClipMix(footage=1.0, absence=0.0, light=0.0)
    clip = draw_clip(sources, 4, 96, np.random.default_rng(1), mix)
    inside = clip.frames[0][clip.masks[0]].astype(float)
    outside = clip.frames[0][~clip.masks[0]].astype(float)

    assert inside.std(axis=0).mean() < 0.5 * outside.std(axis=0).mean()


def square(value: int) -> Sprite:
    alpha = np.zeros((12, 12), np.float32)
    alpha[2:10, 2:10] = 1
    return Sprite(np.full((12, 12, 3), value, np.uint8), alpha)


def still(start: tuple[float, float], frames: int = 2) -> Actor:
    course = Course(np.zeros((frames, 2)), np.zeros(frames), np.zeros(frames))
    return Actor((square(200),), start, course)


def test_a_sprite_comes_where_it_is_placed() -> None:
    _, alpha = place(square(200), Placement(20.5, 10.5), 32)
    rows, columns = np.nonzero(alpha > 0.5)

    assert (rows.min(), rows.max()) == (7, 14)
    assert (columns.min(), columns.max()) == (17, 24)


def test_scale_stretch_and_turn() -> None:
    _, alpha = place(square(200), Placement(31.5, 31.5, scale=2.0, stretch=0.5), 64)
    rows, columns = np.nonzero(alpha > 0.5)
    _, turned = place(square(200), Placement(31.5, 31.5, scale=2.0, stretch=0.5, turn=np.pi / 2), 64)

    assert np.ptp(rows) + 1 == pytest.approx(16, abs=1)
    assert np.ptp(columns) + 1 == pytest.approx(8, abs=1)
    assert np.abs(turned - alpha.T).max() < 0.1


def test_masks_are_what_remains_visible() -> None:
    ground = np.zeros((2, 32, 32, 3), np.uint8)
    hero, before = still((15.5 / 32, 15.5 / 32)), still((19.5 / 32, 15.5 / 32))
    alone = paint(ground, [hero], hero=0)
    hidden = paint(ground, [hero, before], hero=0)
    behind = paint(ground, [before, hero], hero=1)

    assert alone.masks[0].sum() == 64
    assert hidden.masks[0].sum() == 32
    assert hidden.visible[0] == pytest.approx(0.5)
    assert np.array_equal(behind.masks, alone.masks)
    assert alone.frames[0][alone.masks[0]].min() == 200


def test_an_actor_that_is_away_leaves_the_ground() -> None:
    ground = np.full((2, 32, 32, 3), 7, np.uint8)
    film = paint(ground, [replace(still((0.5, 0.5)), away=range(1, 2))], hero=0)

    assert film.masks[0].any()
    assert not film.masks[1].any()
    assert np.array_equal(film.frames[1], ground[1])


def test_passers_by_take_from_the_mask_what_they_hide(sources: Sources) -> None:
    masks = np.ones((3, 64, 64), bool)
    film = add_passers_by(
        Film(np.zeros((3, 64, 64, 3), np.uint8), masks, np.ones(3)), sources, np.random.default_rng(0), None
    )

    assert (film.masks.sum(axis=(1, 2)) < masks[0].sum()).all()
    assert film.visible == pytest.approx(film.masks.mean(axis=(1, 2)))


@pytest.mark.parametrize("count", [3, 5, 16])
def test_absences_never_begin_on_frame_0_and_mostly_end(count: int) -> None:
    away = [draw_absence(count, np.random.default_rng(seed)) for seed in range(400)]

    assert min(frames.start for frames in away) == 1
    assert max(frames.stop for frames in away) == count
    assert all(len(frames) >= 1 for frames in away)
    assert 0.72 < np.mean([frames.stop < count for frames in away]) < 0.88


def test_foreign_frames_have_no_object(sources: Sources) -> None:
    film = Film(np.zeros((6, 64, 64, 3), np.uint8), np.ones((6, 64, 64), bool), np.ones(6))
    for seed in range(10):
        cut = interrupt(film, range(2, 4), sources, np.random.default_rng(seed))

        assert cut.masks.any(axis=(1, 2)).tolist() == [True, True, False, False, True, True]
        assert not np.array_equal(cut.frames[2], film.frames[2])
        assert np.array_equal(cut.frames[[0, 1, 4, 5]], film.frames[[0, 1, 4, 5]])
    assert film.masks.all()


def test_courses_start_at_rest_where_they_are_put_and_keep_their_pace() -> None:
    courses = {pace: [draw_course(10, pace, np.random.default_rng(s)) for s in range(50)] for pace in Pace}
    reach = {pace: np.median([np.ptp(c.shift, axis=0).max() for c in courses[pace]]) for pace in Pace}

    assert all(
        not course.shift[0].any() and not course.zoom[0] for many in courses.values() for course in many
    )
    assert reach[Pace.NEAR_STATIC] < 0.03 < reach[Pace.SLOW] < reach[Pace.FAST]


def test_fold_turns_round_at_the_borders() -> None:
    assert fold(np.array([0.5, 1.1, -0.2, 2.3]), 0.0, 1.0) == pytest.approx([0.5, 0.9, 0.2, 0.3])


def test_light_keeps_shapes_and_types() -> None:
    frames = np.random.default_rng(0).integers(0, 255, (4, 16, 16, 3), dtype=np.uint8)
    changed = change_light(frames, np.random.default_rng(1), during=True)

    assert changed.shape == frames.shape
    assert changed.dtype == np.uint8


def test_unreadable_files_are_counted_and_passed_over(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "material")
    damaged = find_sources(folder, Split.TRAINING).cutouts[0]
    damaged.write_bytes(damaged.read_bytes()[:40])
    sources = find_sources(folder, Split.TRAINING)
    skipped: Counter[str] = Counter()
    for seed in range(25):
        skipped += draw_clip(sources, 3, 64, np.random.default_rng(seed), ONLY["composed"]).skipped

    assert any(damaged.name in reason for reason in skipped)


def test_nothing_usable_is_an_error(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "material")
    for path in (folder / "photos" / "images").iterdir():
        path.write_bytes(b"no picture")
    for path in (folder / "cutouts").iterdir():
        path.write_bytes(b"no picture")
    sources = find_sources(folder, Split.TRAINING)

    with pytest.raises(SamscopeError, match=r"no usable training clip.*not a JPEG or PNG"):
        draw_clip(sources, 3, 64, np.random.default_rng(0), ONLY["composed"])


def test_cutout_without_alpha(tmp_path: Path, material: Path) -> None:
    photo = next((material / "backgrounds").iterdir())
    with pytest.raises(SamscopeError, match="no alpha channel"):
        sprite_of_cutout(photo)
