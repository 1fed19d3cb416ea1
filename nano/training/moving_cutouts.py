"""Objects cut out of every frame of a real video: they bend, turn and change as real things do."""

import cv2
import numpy as np
from numpy.typing import NDArray

from nano.training.frame_choice import draw_places
from nano.training.sources import Sources
from nano.training.sprites import Sprite, opacity_of_mask
from samscope.support.errors import SamscopeError
from samscope.videos.video import Video

_MARGIN = 3
_LEAST_SIDE = 12


def moving_cutout(sources: Sources, count: int, rng: np.random.Generator) -> tuple[Sprite, ...]:
    """Cut the object of a random video out of consecutive frames.

    Its own way through the video is taken out: the middle of its box is the middle of every sprite.

    Args:
        sources: with at least one video.
        count: frames.
        rng: the source of chance.

    Returns:
        A sprite a frame, all of one size.

    Raises:
        SamscopeError: a file cannot be read, or the object is absent or very small on one of the frames.
    """
    video = sources.videos[int(rng.integers(len(sources.videos)))]
    places = draw_places(len(video), count, rng)
    masks = [video.labels(place) > 0 for place in places]
    boxes = np.array([_box(video, place, mask) for place, mask in zip(places, masks, strict=True)])
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=0) // 2 + _MARGIN
    return tuple(
        _cut(video.frame(place), mask, (box[:2] + box[2:]) // 2, half)
        for place, mask, box in zip(places, masks, boxes, strict=True)
    )


def _box(video: Video, place: int, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the box of a mask, left, top, right, bottom."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if min(len(rows), len(columns)) < _LEAST_SIDE:
        raise SamscopeError(f"{video.name}: the object is absent or very small on frame {place}")
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])


def _cut(
    colour: NDArray[np.uint8], mask: NDArray[np.bool_], middle: NDArray[np.int64], half: NDArray[np.int64]
) -> Sprite:
    """Cut the window at most ``half`` [2] about a middle [2] out of a frame; beyond the edge, nothing."""
    size = tuple((2 * half).tolist())
    corner = middle - half
    shift = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]]], np.float64)
    return Sprite(
        np.asarray(cv2.warpAffine(colour, shift, size, borderMode=cv2.BORDER_REPLICATE), np.uint8),
        np.asarray(cv2.warpAffine(opacity_of_mask(mask), shift, size, borderValue=0.0), np.float32),
    )
