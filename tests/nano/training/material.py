"""A made-up data folder in the layout that training reads, and a training small enough for tests."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nano.training import loop
from nano.training.batches import Batch
from nano.training.configuration import Architecture
from nano.training.evaluate import held_out_batches
from nano.training.sources import Sources, Split, split_of

TINY = Architecture(64, 16, (1, 1, 1, 1), width=64, feed_forward=64)


MOST_HELD_OUT = 8


def make_training_small(replace: Callable[[Any, str, Any], None]) -> None:
    """Check and calibrate what is trained on few short clips.

    Args:
        replace: as ``setattr``, or a monkeypatch's.
    """
    replace(loop, "CHECK_FRAMES", 3)
    replace(loop, "CALIBRATION_FRAMES", 3)
    replace(loop, "held_out_batches", _few_held_out_batches)


def _few_held_out_batches(sources: Sources, clips: int, *more: int) -> list[Batch]:
    return held_out_batches(sources, min(clips, MOST_HELD_OUT), *more)


NUMBERS = {Split.TRAINING: 3, Split.VALIDATION: 2, Split.TEST: 2}


def names(prefix: str) -> list[str]:
    """Names of which some are in each split, as many as ``NUMBERS`` says."""
    return [name for split, wanted in NUMBERS.items() for name in _some(prefix, wanted, split)]


def _some(prefix: str, wanted: int, split: Split) -> Iterator[str]:
    found = 0
    for number in count():
        if found == wanted:
            return
        if split_of(f"{prefix}{number}") is split:
            found += 1
            yield f"{prefix}{number}"


def write_material(folder: Path, seed: int = 0) -> Path:
    """Write photos with masks, cut-outs, backgrounds and videos of a moving disc."""
    rng = np.random.default_rng(seed)
    for part in ("photos/images", "photos/masks", "cutouts", "backgrounds"):
        (folder / part).mkdir(parents=True)
    for name in names("photo"):
        mask = disc((60, 80), (rng.uniform(20, 40), rng.uniform(25, 55)), 18)
        picture = np.where(mask[..., None], rng.integers(0, 255, 3), _noise((60, 80), rng))
        save(folder / "photos/images" / f"{name}.jpg", picture)
        save(folder / "photos/masks" / f"{name}.png", mask * 255)
    for name in names("cutout"):
        mask = disc((40, 40), (20, 20), 15)
        save(folder / "cutouts" / f"{name}_3d.webp", np.dstack([_noise((40, 40), rng), mask * 255]))
    for name in names("ground"):
        save(folder / "backgrounds" / f"{name}.jpg", _noise((60, 80), rng))
    for name in names("video"):
        ground, colour = _noise((60, 80), rng), rng.integers(0, 255, 3)
        for part in ("JPEGImages", "Annotations"):
            (folder / "davis_train" / part / "256p" / name).mkdir(parents=True)
        for index in range(6):
            mask = disc((60, 80), (30, 20 + 6 * index), 14)
            picture = np.where(mask[..., None], colour, ground)
            save(folder / "davis_train/JPEGImages/256p" / name / f"{index:05d}.jpg", picture)
            save(folder / "davis_train/Annotations/256p" / name / f"{index:05d}.png", mask * 255)
    return folder


def save(path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def disc(size: tuple[int, int], middle: tuple[float, float], radius: float) -> np.ndarray:
    rows, columns = np.ogrid[: size[0], : size[1]]
    return (rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 <= radius**2


def _noise(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    coarse = rng.integers(0, 255, (8, 8, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(coarse).resize(size[::-1]))
