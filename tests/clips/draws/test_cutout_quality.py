import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.clips.draws.cutout_quality import LEAST_CONTRAST, border_contrast

SIZE = (120, 200)


def textured(seed: int, level: float) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(level, 6, (*SIZE, 3))


def disc(radius: float) -> NDArray[np.float64]:
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.asarray(radius - np.hypot(rows - 60, columns - 100))


def test_an_opaque_object_stands_out_all_around() -> None:
    mask = disc(30) > 0
    frame = np.where(mask[..., None], textured(1, 180), textured(0, 90)).clip(0, 255).astype(np.uint8)
    assert border_contrast(frame, mask) == 1.0


@pytest.mark.parametrize("density", [0.3, 0.6, 0.9])
def test_what_fades_into_its_surroundings_does_not(density: float) -> None:
    alpha = density * np.exp(-(np.maximum(30 - disc(30), 0) ** 2) / (2 * 22.0**2))
    frame = textured(0, 90) + alpha[..., None] * (textured(1, 190) - textured(0, 90))
    assert border_contrast(frame.clip(0, 255).astype(np.uint8), alpha > density / 2) < LEAST_CONTRAST


def test_an_object_of_its_grounds_colour_does_not() -> None:
    frame = textured(0, 90).clip(0, 255).astype(np.uint8)
    assert border_contrast(frame, disc(30) > 0) < LEAST_CONTRAST


def test_the_pictures_own_border_counts_for_nothing() -> None:
    mask = np.ones(SIZE, bool)
    frame = textured(0, 90).clip(0, 255).astype(np.uint8)
    assert border_contrast(frame, mask) == 0
    assert border_contrast(frame, ~mask) == 0
    mask[:, 100:] = False
    frame[:, :100] = (200, 30, 30)
    assert border_contrast(frame, mask) == 1.0
