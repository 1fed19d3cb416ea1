import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.clips.clip import Clip
from samscope.clips.sets import make_clip
from samscope.clips.sets.motion import follow
from samscope.support.errors import SamscopeError
from tests.clips.sets.scenes import SIZE, TIMELINE, footage, material

PASTED = ~np.isin(np.arange(28), range(12, 16))


def test_the_context_plays_on_in_the_middle() -> None:
    drawn = material()
    clip = make_clip("object_removal", drawn, TIMELINE)
    assert np.array_equal(clip.frames[12:16], drawn.source.frames[12:16])
    assert np.array_equal(clip.present, PASTED)
    assert np.array_equal(clip.transformed, ~PASTED)
    assert np.isnan(clip.obscured[12:16]).all()
    assert not clip.obscured[PASTED].any()
    assert clip.origins[12:16] == tuple(f"source/{5 + t}" for t in range(12, 16))


def test_only_the_pasted_object_differs() -> None:
    drawn = material()
    clip = make_clip("object_removal", drawn, TIMELINE)
    for index in np.flatnonzero(PASTED):
        changed = (clip.frames[index] != drawn.source.frames[index]).any(axis=-1)
        # The soft edge reaches at most two pixels beyond the half-way line of the alpha.
        rows, columns = np.nonzero(changed & ~clip.masks[index])
        inside = np.argwhere(clip.masks[index])
        for row, column in zip(rows, columns, strict=True):
            assert np.hypot(*(inside - (row, column)).T).min() <= 2.5
        assert changed[clip.masks[index]].mean() > 0.95


def test_the_sources_own_object_is_the_rival() -> None:
    drawn = material()
    clip = make_clip("object_removal", drawn, TIMELINE)
    assert clip.rivals is not None
    assert np.array_equal(clip.rivals[12:16], drawn.source.masks[12:16])
    assert np.array_equal(clip.rivals, drawn.source.masks & ~clip.masks)


def path_of(clip: Clip) -> NDArray[np.float64]:
    return follow(clip.masks[PASTED]).centres


@pytest.mark.parametrize("seed", range(4))
def test_it_moves_as_in_its_own_video_by_one_scale_and_shift(seed: int) -> None:
    drawn = material(seed)
    clip = make_clip("object_removal", drawn, TIMELINE)
    own, pasted = follow(drawn.partner.masks[PASTED]).centres, path_of(clip)
    scale = np.sqrt(np.median(clip.masks[PASTED].sum((1, 2)) / drawn.partner.masks[PASTED].sum((1, 2))))
    shift = pasted - scale * own
    assert np.abs(shift - shift.mean(axis=0)).max() < 0.6


@pytest.mark.parametrize("radius", [5, 14, 34])
def test_its_size_is_plausible_and_constant(radius: float) -> None:
    partner = footage("partner", seed=11, start=(70, 48), velocity=(0.5, 0), radius=radius)
    clip = make_clip("object_removal", material(partner=partner), TIMELINE)
    shares = clip.masks[PASTED].mean(axis=(1, 2))
    assert 0.015 <= np.median(shares) <= 0.125
    own = partner.masks[PASTED].sum(axis=(1, 2))
    scaling = shares / (own / own.mean())
    assert scaling.max() <= 1.1 * scaling.min()


def test_a_plausible_size_is_kept_pixel_for_pixel() -> None:
    drawn = material(source=footage("source", seed=1, start=(10, 90), velocity=(0, 0), radius=5))
    clip = make_clip("object_removal", drawn, TIMELINE)
    own = follow(drawn.partner.masks[:1]).centres[0]
    pasted = follow(clip.masks[:1]).centres[0]
    x, y = (int(value) for value in np.rint(pasted - own))
    row, column = (int(value) for value in own[::-1])
    square = np.s_[row - 6 : row + 6, column - 6 : column + 6]
    moved = np.s_[row + y - 6 : row + y + 6, column + x - 6 : column + x + 6]
    assert np.array_equal(clip.frames[0][moved], drawn.partner.frames[0][square])


@pytest.mark.parametrize("seed", range(6))
def test_the_whole_path_is_in_the_picture(seed: int) -> None:
    partner = footage(
        "partner",
        seed=11,
        size=(200, 160),
        start=(20, 20),
        velocity=(4, 5.8),
        radius=14,
        colour=(40, 70, 210),
    )
    clip = make_clip("object_removal", material(seed, partner=partner), TIMELINE)
    border = np.ones(SIZE, dtype=bool)
    border[1:-1, 1:-1] = False
    assert not clip.masks[:, border].any()
    assert clip.present[PASTED].all()


@pytest.mark.parametrize(
    ("start", "row", "column"),
    [((1, 48), None, 0), ((159, 48), None, -1), ((80, 95), -1, None), ((80, 1), 0, None)],
)
def test_a_cut_stays_at_the_border(start: tuple[float, float], row: int | None, column: int | None) -> None:
    partner = footage("partner", seed=11, start=start, velocity=(0, 0), radius=22)
    for seed in range(3):
        clip = make_clip("object_removal", material(seed, partner=partner), TIMELINE)
        line = clip.masks[0][row] if row is not None else clip.masks[0][:, column]
        assert line.sum() > 20


def test_an_object_cut_on_both_sides_spans_the_picture() -> None:
    partner = footage("partner", seed=11, size=(90, 60), start=(30, 45), velocity=(0, 0), radius=33)
    clip = make_clip("object_removal", material(partner=partner), TIMELINE)
    assert clip.masks[0][:, 0].any()
    assert clip.masks[0][:, -1].any()


def test_where_the_partner_hides_its_object_the_frame_is_untouched() -> None:
    partner = footage("partner", seed=11)
    partner.masks[[5, 20]] = False
    drawn = material(partner=partner)
    clip = make_clip("object_removal", drawn, TIMELINE)
    assert not clip.present[[5, 20]].any()
    assert clip.origins[5] == "source/10"
    assert np.array_equal(clip.frames[5], drawn.source.frames[5])


def test_nothing_is_void() -> None:
    source = footage("source", seed=1)
    source = dataclasses.replace(source, void=source.masks)
    assert not make_clip("object_removal", material(source=source), TIMELINE).void.any()


def test_a_partner_absent_on_the_first_frame() -> None:
    partner = footage("partner", seed=11)
    partner.masks[0] = False
    with pytest.raises(SamscopeError, match=r"object_removal .* is not on its first frame"):
        make_clip("object_removal", material(partner=partner), TIMELINE)


def test_a_partner_too_small_on_the_first_frame() -> None:
    partner = footage("partner", seed=11, start=(80, 48), velocity=(0, 0), radius=45)
    partner.masks[0] = False
    partner.masks[0, 40, 80] = True
    with pytest.raises(SamscopeError, match="too small to be seen"):
        make_clip("object_removal", material(partner=partner), TIMELINE)


@pytest.mark.parametrize("seed", range(12))
def test_the_sources_own_object_stays_in_sight(seed: int) -> None:
    source = footage("source", seed=1, start=(40, 50), velocity=(2.5, 0), radius=16)
    partner = footage("partner", seed=11, start=(120, 46), velocity=(-2.5, 0), radius=15)
    clip = make_clip("object_removal", material(seed, source=source, partner=partner), TIMELINE)
    own = source.masks[PASTED]
    hidden = (own & clip.masks[PASTED]).sum(axis=(1, 2)) / own.sum(axis=(1, 2))
    assert hidden.max() <= 0.07
    assert clip.present[PASTED].all()


def test_where_the_sources_object_is_everywhere_little_of_it_is_hidden() -> None:
    source = footage("source", seed=1, start=(80, 48), velocity=(0, 0), radius=90)
    clip = make_clip("object_removal", material(source=source), TIMELINE)
    hidden = (source.masks & clip.masks).sum(axis=(1, 2)) / source.masks.sum(axis=(1, 2))
    assert clip.present[PASTED].all()
    assert hidden.max() <= 0.05
