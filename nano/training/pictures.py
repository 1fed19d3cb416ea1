"""Pictures that the encoder is taught on: parts of photos, backgrounds and frames of videos."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nano.training.frames import normalised
from nano.training.lighting import change_light
from nano.training.sources import Sources
from samscope.support.errors import SamscopeError
from samscope.videos.images import read_frame

_ATTEMPTS = 60
_FROM_VIDEO = 0.35


def draw_picture(sources: Sources, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a square part, half to all of a picture's height, squeezed by up to a video's aspect ratio.

    Args:
        sources: whose photos, backgrounds and video frames are drawn from; masks are not looked at.
        side: S in pixels.
        rng: the source of chance.

    Returns:
        uint8 [S, S, 3].

    Raises:
        SamscopeError: the picture cannot be read.
    """
    picture = _draw_whole(sources, rng)
    height, width = picture.shape[:2]
    tall = int(height * rng.uniform(0.5, 1.0))
    wide = int(min(width, tall * rng.uniform(0.8, 1.9)))
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    part = picture[top : top + tall, left : left + wide]
    how = cv2.INTER_AREA if min(tall, wide) > side else cv2.INTER_CUBIC
    resized = cv2.resize(part, (side, side), interpolation=how)
    if rng.random() < 0.5:
        resized = resized[:, ::-1]
    lit = change_light(np.asarray(resized, np.uint8)[None], rng, during=False)
    return np.asarray(lit[0], np.uint8)


def _draw_whole(sources: Sources, rng: np.random.Generator) -> NDArray[np.uint8]:
    if sources.videos and rng.random() < _FROM_VIDEO:
        video = sources.videos[int(rng.integers(len(sources.videos)))]
        return np.asarray(video.frame(int(rng.integers(len(video)))), np.uint8)
    choice = int(rng.integers(len(sources.grounds) + len(sources.photos)))
    if choice < len(sources.grounds):
        return read_frame(sources.grounds[choice])
    return read_frame(sources.photos[choice - len(sources.grounds)].image)


@dataclass(frozen=True, eq=False)
class Pictures:
    """A batch of pictures.

    Attributes:
        pixels: float32 [B, 3, S, S], preprocessed.
        skipped: pictures that could not be read while drawing, by reason.
    """

    pixels: Tensor
    skipped: Mapping[str, int]

    def to(self, device: torch.device) -> "Pictures":
        """Return the batch on a device."""
        return replace(self, pixels=self.pixels.to(device))


def draw_pictures(sources: Sources, side: int, *, places: range, seed: int, step: int) -> Pictures:
    """Draw the pictures of a step, or some of them: the same for the same arguments.

    Args:
        sources: what they are parts of.
        side: S in pixels.
        places: numbers of the step's pictures that are drawn.
        seed: of the run.
        step: number of the training step.

    Raises:
        SamscopeError: none of many pictures in a row can be read.
    """
    pictures = []
    skipped: Counter[str] = Counter()
    for place in places:
        rng = np.random.default_rng([seed, step, place])
        for attempt in range(_ATTEMPTS):
            try:
                pictures.append(draw_picture(sources, side, rng))
                break
            except SamscopeError as error:
                skipped[str(error)] += 1
                if attempt + 1 == _ATTEMPTS:
                    raise
    return Pictures(normalised(np.stack(pictures)), dict(skipped))


def usual_pictures(sources: Sources, side: int) -> Tensor:
    """Return the pictures that a teacher's features are standardised by: the same of the same sources."""
    return draw_pictures(sources, side, places=range(_USUAL), seed=_USUAL_SEED, step=0).pixels


_USUAL = 64
_USUAL_SEED = 3_000_003
