"""What a composed clip plays in front of: photos, videos and drawn textures, seen by a moving camera."""

import cv2
import numpy as np
from numpy.typing import NDArray

from nano.training.motion import Course
from nano.training.sources import Sources
from samscope.videos.images import read_frame
from samscope.videos.video import Video

_SPARE = 1.25
"""Side of the picture that the camera moves over, in frame sides."""


def photo_ground(sources: Sources, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a random part of a random photo, uint8 [1.25 side, 1.25 side, 3], squeezed or not.

    Raises:
        SamscopeError: the photo cannot be read.
    """
    choice = int(rng.integers(len(sources.grounds) + len(sources.photos)))
    if choice < len(sources.grounds):
        path = sources.grounds[choice]
    else:
        path = sources.photos[choice - len(sources.grounds)].image
    picture = read_frame(path)
    height, width = picture.shape[:2]
    share = rng.uniform(0.6, 1.0)
    tall = int(height * share)
    wide = int(min(width, tall * rng.uniform(0.9, 1.8)))
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    part = picture[top : top + tall, left : left + wide]
    whole = round(side * _SPARE)
    how = cv2.INTER_AREA if tall > whole else cv2.INTER_LINEAR
    ground = cv2.resize(part, (whole, whole), interpolation=how)
    return np.asarray(ground[:, ::-1] if rng.random() < 0.5 else ground, np.uint8)


def drawn_ground(side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a texture of noise in several scales, with or without stripes, uint8 as ``photo_ground``."""
    whole = round(side * _SPARE)
    grey = np.zeros((whole, whole), np.float32)
    for octave in range(5):
        cells = int(2 ** (octave + rng.integers(1, 3)))
        noise = rng.random((cells + 1, cells + 1), dtype=np.float32)
        grey += 0.6**octave * cv2.resize(noise, (whole, whole), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.3:
        across, down = np.meshgrid(np.arange(whole), np.arange(whole))
        angle, period = rng.uniform(0, np.pi), rng.uniform(6, 40)
        wave = np.sin(2 * np.pi * (across * np.cos(angle) + down * np.sin(angle)) / period)
        grey += (0.5 * wave).astype(np.float32)
    grey = (grey - grey.min()) / max(float(np.ptp(grey)), 1e-6)
    dark, light = rng.uniform(0, 255, (2, 3))
    return np.asarray((dark + (light - dark) * grey[..., None]).clip(0, 255), np.uint8)


def film(ground: NDArray[np.uint8], course: Course, side: int) -> NDArray[np.uint8]:
    """Move the camera over a ground.

    Args:
        ground: uint8 [G, G, 3], larger than a frame.
        course: the camera's: its shift is that of the picture, which is mirrored beyond its edge.
        side: of the frames in pixels.

    Returns:
        uint8 [T, side, side, 3].
    """
    spare = (ground.shape[0] - side) / 2
    frames = np.empty((len(course.zoom), side, side, 3), np.uint8)
    middle = (side - 1) / 2
    for index, ((x, y), zoom, turn) in enumerate(
        zip(course.shift * side, course.zoom, course.turn, strict=True)
    ):
        scale, cosine, sine = np.exp(-zoom), np.cos(turn), np.sin(turn)
        linear = scale * np.array([[cosine, sine], [-sine, cosine]])
        offset = spare + middle - linear @ np.array([middle + x, middle + y])
        cv2.warpAffine(
            ground,
            np.column_stack([linear, offset]),
            (side, side),
            dst=frames[index],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )
    return frames


def video_ground(video: Video, count: int, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return frames of a video as a ground that moves by itself, uint8 [count, side, side, 3].

    A video that is too short plays back and forth.

    Raises:
        SamscopeError: a frame cannot be read.
    """
    stride, start = int(rng.integers(1, 3)), int(rng.integers(len(video)))
    last = len(video) - 1
    places = start + stride * np.arange(count)
    places = last - np.abs(last - places % (2 * last)) if last else np.zeros(count, int)
    mirrored = rng.random() < 0.5
    frames = [
        cv2.resize(video.frame(int(place)), (side, side), interpolation=cv2.INTER_AREA) for place in places
    ]
    stacked = np.asarray(frames, np.uint8)
    return stacked[:, :, ::-1] if mirrored else stacked
