"""Short films to be tracked: a bright square that moves over a dark ground."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIZE = (64, 96)


def moving_square(frames: int) -> NDArray[np.uint8]:
    pixels = np.full((frames, *SIZE, 3), 40, dtype=np.uint8)
    for index in range(frames):
        pixels[index, 20:40, 10 + 3 * index : 34 + 3 * index] = (220, 60, 40)
    return pixels


def save_frames(folder: Path, frames: int) -> Path:
    folder.mkdir()
    for index, pixels in enumerate(moving_square(frames)):
        Image.fromarray(pixels).save(folder / f"{index}.png")
    return folder
