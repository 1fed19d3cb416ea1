import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.clips.sets.cutouts import cut_out, mirrored


def disc(size: tuple[int, int], centre: tuple[float, float], radius: float) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    mask: NDArray[np.bool_] = np.hypot(columns - centre[0], rows - centre[1]) < radius
    return mask


def test_no_colour_of_the_old_background_is_left() -> None:
    mask = disc((80, 100), (50, 40), 20)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)[..., None]
    frame = np.rint(soft * (200, 30, 30) + (1 - soft) * (0, 255, 255)).astype(np.uint8)
    pixels = cut_out(frame, mask).pixels.astype(float)
    shown = pixels[..., 3] > 60
    colours = pixels[shown][:, :3] * 255 / pixels[shown][:, 3:]
    assert np.abs(colours - (200, 30, 30)).max() < 20


def test_the_edge_is_soft_and_the_interior_exact() -> None:
    mask = disc((80, 100), (50, 40), 20)
    frame = np.random.default_rng(0).integers(0, 256, (80, 100, 3), dtype=np.uint8)
    cutout = cut_out(frame, mask)
    alpha = np.zeros((80, 100), np.uint8)
    window = np.s_[
        cutout.top : cutout.top + cutout.pixels.shape[0], cutout.left : cutout.left + cutout.pixels.shape[1]
    ]
    alpha[window] = cutout.pixels[..., 3]
    interior = disc((80, 100), (50, 40), 16)
    assert (alpha[interior] == 255).all()
    assert not alpha[~disc((80, 100), (50, 40), 22)].any()
    assert np.array_equal(cutout.pixels[..., :3][interior[window]], frame[interior])
    partial = (alpha > 0) & (alpha < 255)
    circumference = 2 * np.pi * 20
    assert 0.8 * circumference < partial.sum() < 3 * circumference
    assert (alpha > 127).sum() == pytest.approx(mask.sum(), rel=0.08)
    assert (cutout.pixels[..., :3] <= cutout.pixels[..., 3:]).all()


def test_thin_parts_survive() -> None:
    mask = np.zeros((60, 60), np.bool_)
    mask[10:50, 28:31] = True
    frame = np.where(mask[..., None], (10, 200, 10), (250, 250, 250)).astype(np.uint8)
    pixels = cut_out(frame, mask).pixels
    middle = pixels[pixels.shape[0] // 2]
    assert middle[:, 3].max() > 180
    strongest = middle[middle[:, 3].argmax()].astype(float)
    assert np.abs(strongest[:3] * 255 / strongest[3] - (10, 200, 10)).max() < 10


def test_a_cut_at_the_border_is_not_softened() -> None:
    mask = disc((80, 100), (0, 40), 20)
    frame = np.full((80, 100, 3), 77, np.uint8)
    cutout = cut_out(frame, mask)
    assert cutout.left < 0
    at_border = cutout.pixels[40 - cutout.top, : -cutout.left + 5]
    assert (at_border == (77, 77, 77, 255)).all()


def test_larger_pictures_have_wider_edges() -> None:
    def softness(factor: int) -> int:
        mask = disc((480 * factor, 640 * factor), (320 * factor, 240 * factor), 60 * factor)
        frame = np.zeros((*mask.shape, 3), np.uint8)
        row = cut_out(frame, mask).pixels[..., 3][66 * factor]
        return int(((row > 0) & (row < 255)).sum())

    assert softness(3) >= 2 * softness(1)


def test_mirroring_twice_changes_nothing() -> None:
    mask = disc((80, 100), (30, 40), 10)
    cutout = cut_out(np.random.default_rng(0).integers(0, 256, (80, 100, 3), dtype=np.uint8), mask)
    once = mirrored(cutout, 100)
    assert once.left + once.pixels.shape[1] == 100 - cutout.left
    twice = mirrored(once, 100)
    assert twice.left == cutout.left
    assert np.array_equal(twice.pixels, cutout.pixels)
