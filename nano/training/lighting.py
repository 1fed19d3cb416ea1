"""Light, colour and sharpness of a clip."""

import cv2
import numpy as np
from numpy.typing import NDArray

_LEVELS = np.arange(256) / 255


def change_light(frames: NDArray[np.uint8], rng: np.random.Generator, *, during: bool) -> NDArray[np.uint8]:
    """Change contrast, colour balance, saturation and sharpness of a clip, and its brightness frame by frame.

    Args:
        frames: uint8 [T, H, W, 3].
        rng: the source of chance.
        during: whether brightness also changes during the clip.

    Returns:
        uint8 [T, H, W, 3].
    """
    gains = rng.normal(1.0, 0.06, 3) * rng.normal(1.0, 0.12)
    gamma = rng.lognormal(0.0, 0.15)
    grey = rng.uniform(0.2, 1.0) if rng.random() < 0.15 else 0.0
    blur = rng.uniform(0.4, 1.0) if rng.random() < 0.12 else 0.0
    noise = rng.uniform(1.0, 6.0) if rng.random() < 0.15 else 0.0
    brightness = np.ones(len(frames))
    if during:
        time = np.arange(len(frames))
        drift = rng.normal(0, 0.04) * time + rng.normal(0, 0.15) * np.sin(time / rng.uniform(1, 4))
        brightness = np.exp(np.clip(drift - drift[0], -0.7, 0.5))
    changed = np.empty_like(frames)
    for index, frame in enumerate(frames):
        curve = 255 * (_LEVELS[:, None] ** gamma) * gains * brightness[index]
        picture = cv2.LUT(np.ascontiguousarray(frame), curve.clip(0, 255).astype(np.uint8)[None])
        if grey:
            level = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
            picture = cv2.addWeighted(picture, 1 - grey, level, grey, 0)
        if blur:
            picture = cv2.GaussianBlur(picture, (0, 0), blur)
        if noise:
            picture = (picture + rng.normal(0, noise, picture.shape)).clip(0, 255)
        changed[index] = picture
    return changed
