from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.clips.synthetic import textures
from samscope.clips.synthetic.textures import PHOTOGRAPHS, duotone, make_coat, pattern, photograph
from samscope.support.errors import SamscopeError


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_is_in_the_installed_package(name: str) -> None:
    pixels = photograph(name)
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert min(pixels.shape[:2]) >= 190
    assert pixels.std() > 10


def test_missing_photograph_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(textures.PHOTOGRAPHS, "grass", ("not-there.png", None))
    with pytest.raises(SamscopeError, match=r"not-there\.png: missing, .*install scikit-image again"):
        photograph("grass")


def test_duotone_runs_from_dark_to_light() -> None:
    ramp = duotone(np.array([[0, 255]], np.uint8), (1, 2, 3), (201, 202, 203))
    np.testing.assert_array_equal(ramp, [[(1, 2, 3), (201, 202, 203)]])


@pytest.mark.parametrize(
    "name", ["plain", "fur", "scales", "marble", "stripes", "planks", "tiles", "water", "sand"]
)
def test_patterns_use_all_of_their_range(name: str) -> None:
    grey = pattern(name, 64, np.random.default_rng(0))
    assert grey.shape == (64, 64)
    assert grey.dtype == np.uint8
    assert (grey.min(), grey.max()) == (0, 255)


def test_coat_stands_out_from_what_it_shall_be_unlike() -> None:
    def mean_lab(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
        return np.array([lab[..., channel].mean() for channel in range(3)])

    grass = photograph("grass")
    for seed in range(8):
        surfaces = make_coat([grass], 40, np.random.default_rng(seed)).surfaces
        assert surfaces["body"].shape == (40, 40, 3)
        assert np.linalg.norm(mean_lab(surfaces["body"]) - mean_lab(grass)) > 20
        assert np.linalg.norm(mean_lab(surfaces["body"]) - mean_lab(surfaces["accent"])) > 20


def test_photographs_need_no_network_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("SKIMAGE_DATADIR", str(tmp_path))
    for name in PHOTOGRAPHS:
        photograph(name)
    assert not list(tmp_path.iterdir())
