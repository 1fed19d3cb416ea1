from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.clips.clip import SETS
from samscope.report.page import write_report
from tests.planted import planted

LARGEST = 15_000_000
"""Bytes that a page of the default study may have: it is to be sent by mail."""

FRAMES, HEIGHT, WIDTH = 28, 216, 384
DRAWS_WITH_MAPS = 2


def _pictures(seed: int) -> NDArray[np.uint8]:
    """Frames with as much detail as video has, no two of them equal."""
    rng = np.random.default_rng(seed)
    field = np.zeros((HEIGHT + FRAMES, WIDTH + FRAMES, 3), np.float32)
    for size in (2, 5, 12, 30, 80):
        noise = rng.normal(size=(field.shape[0] // size + 2, field.shape[1] // size + 2, 3)).astype(
            np.float32
        )
        field += size**0.6 * cv2.resize(noise, field.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    scaled = np.clip(127 + 60 * field / field.std(), 0, 255).astype(np.uint8)
    return np.stack([scaled[at : at + HEIGHT, at : at + WIDTH] for at in range(FRAMES)])


def _maps(like: dict[str, NDArray[Any]], seed: int) -> dict[str, NDArray[Any]]:
    """Maps of the sizes that the released models have at 1024 pixels."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    centre = 100 + 4 * np.arange(FRAMES)[:, None, None]
    mask = (rows - 108) ** 2 + (columns - centre) ** 2 + 900 * np.sin(columns / 5) < 60**2
    maps: dict[str, NDArray[Any]] = {
        "frames": _pictures(seed),
        "masks": mask.astype(np.uint8),
        "predicted": np.roll(mask, 3, axis=2).astype(np.uint8),
    }
    for key in like:
        if "/" in key:
            side = 256 if key.startswith("image_embeddings") else 64
            maps[key] = rng.normal(size=(FRAMES, side, side)).astype(np.float16)
    return maps


@pytest.mark.slow
def test_the_page_of_a_default_study_can_be_sent(tmp_path: Path) -> None:
    study = planted(clips=24, videos=[f"video-{number}" for number in range(9)])
    like = study.maps["clean", 0]
    for number, key in enumerate((name, draw) for draw in range(DRAWS_WITH_MAPS) for name in SETS):
        study.maps[key] = _maps(like, number)
    page = write_report(study.write(tmp_path / "study"))
    assert 5_000_000 < page.stat().st_size < LARGEST
