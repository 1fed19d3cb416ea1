import numpy as np
import pytest

from samscope.clips.sets.compositing import Layer, hidden_by, paste_layers, render
from samscope.clips.sets.cutouts import Cutout, cut_out
from samscope.clips.sets.motion import follow
from samscope.clips.sets.placement import Placement
from tests.clips.sets.test_cutouts import disc

SIZE = (120, 160)


def red_disc(radius: float = 20) -> Cutout:
    mask = disc((100, 100), (50, 50), radius)
    return cut_out(np.full((100, 100, 3), (200, 30, 30), np.uint8), mask)


def shown(cutout: Cutout, placement: Placement) -> Layer:
    layer = render(cutout, placement, SIZE)
    assert layer is not None
    return layer


@pytest.mark.parametrize("scale", [0.2, 0.37, 1.0, 1.7])
@pytest.mark.parametrize("shift", [(10.0, 3.0), (10.5, 3.25), (11.9, 3.99)])
def test_place_and_size_are_exact_below_the_pixel(scale: float, shift: tuple[float, float]) -> None:
    left, top = shift[0] + 30 * (1 - scale), shift[1] + 30 * (1 - scale)
    layer = shown(red_disc(), Placement(scale, left, top))
    alpha = np.zeros(SIZE)
    alpha[layer.window] = layer.pixels[..., 3] / 255
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    centre = [(alpha * axis).sum() / alpha.sum() for axis in (columns, rows)]
    assert centre == pytest.approx([left + 50 * scale, top + 50 * scale], abs=0.06)
    own = red_disc().pixels[..., 3].sum() / 255
    assert alpha.sum() == pytest.approx(own * scale**2, rel=0.02)


def test_whole_shifts_keep_the_pixels() -> None:
    cutout = red_disc()
    layer = shown(cutout, Placement(1, 7, 4))
    assert (layer.left, layer.top) == (cutout.left + 7, cutout.top + 4)
    assert np.array_equal(layer.pixels, cutout.pixels)


def test_shrinking_brings_no_dark_or_foreign_edge() -> None:
    layer = shown(red_disc(40), Placement(0.23, 40, 40))
    on_white = paste_layers(np.full((*SIZE, 3), 255, np.uint8), [layer]).astype(int)
    # Every pixel lies on the line between the disc's colour and white.
    share = (255 - on_white[..., 1]) / 225
    assert np.abs(255 - 55 * share - on_white[..., 0]).max() <= 2.5
    assert share.max() == pytest.approx(1, abs=0.01)


def test_nothing_outside_of_the_picture() -> None:
    assert render(red_disc(), Placement(1, 200, 0), SIZE) is None
    assert render(red_disc(), Placement(1, 0, -90), SIZE) is None


def test_what_sticks_out_is_cut_off() -> None:
    whole = shown(red_disc(), Placement(1.5, 0, 0))
    partly = shown(red_disc(), Placement(1.5, -60, 0))
    assert partly.left == 0
    kept = partly.pixels.shape[1]
    assert np.abs(whole.pixels[:, -kept:].astype(int) - partly.pixels).max() <= 1


def test_pasting_leaves_the_rest_and_the_original() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    before = frame.copy()
    layer = shown(red_disc(), Placement(1, 0, 0))
    pasted = paste_layers(frame, [layer])
    assert np.array_equal(frame, before)
    alpha = np.zeros(SIZE, np.uint8)
    alpha[layer.window] = layer.pixels[..., 3]
    assert np.array_equal(pasted[alpha == 0], frame[alpha == 0])
    assert (pasted[alpha == 255] == (200, 30, 30)).all()


def test_alpha_blends() -> None:
    half = Layer(np.full((2, 2, 4), (50, 0, 100, 128), np.uint8), 1, 1)
    pasted = paste_layers(np.full((4, 4, 3), 100, np.uint8), [half])
    assert pasted[1, 1].tolist() == [100, 50, 150]
    assert pasted[0, 0].tolist() == [100, 100, 100]


def test_hidden_where_more_than_half_is_covered() -> None:
    def layer(alpha: int, left: int) -> Layer:
        return Layer(np.full((4, 4, 4), (0, 0, 0, alpha), np.uint8), left, 0)

    assert not hidden_by([layer(127, 0)], (4, 8)).any()
    assert hidden_by([layer(128, 0)], (4, 8))[:, :4].all()
    both = hidden_by([layer(100, 0), layer(100, 2)], (4, 8))
    assert np.array_equal(np.flatnonzero(both.all(axis=0)), [2, 3])
    assert not hidden_by([], (4, 8)).any()


def test_a_sliding_disc_keeps_its_size() -> None:
    cutout = red_disc()
    areas = []
    for step in range(16):
        layer = shown(cutout, Placement(0.71, 20 + step / 16, 20))
        areas.append(follow(hidden_by([layer], SIZE)[None]).areas[0])
    assert max(areas) <= 1.03 * min(areas)
