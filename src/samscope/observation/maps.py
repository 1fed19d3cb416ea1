"""Position maps (paper, figures 7, 8, 11, 12): the channels at each place as one mean and one variance."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.observation.measurement_cache import StepCaches
from samscope.trackers.family import PlacedPosition
from samscope.trackers.positions import MAPPED
from samscope.trackers.seen import Seen

MAX_WIDTH = 384
MAX_HEIGHT = 256

_LARGEST = float(np.finfo(np.float16).max)


def map_size(height: int, width: int) -> tuple[int, int]:
    """Return the largest height and width of the same shape that a map may have: at most 256 and 384.

    Args:
        height: pixels, at least 1.
        width: pixels, at least 1.
    """
    scale = min(1.0, MAX_HEIGHT / height, MAX_WIDTH / width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def frame_maps(
    seen: Seen,
    frame: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    predicted: NDArray[np.bool_],
    caches: StepCaches,
    *,
    positions: Sequence[PlacedPosition],
) -> dict[str, NDArray[Any] | None]:
    """Return what figures show of one frame.

    Args:
        seen: the frame as the tracker saw it.
        frame: uint8 [H, W, 3], RGB, the frame as it was before it was made square and normalised.
        mask: bool [H, W], the true mask.
        predicted: bool [H, W].
        caches: what was measured for other clips of this step and its frame.
        positions: those of the tracker.

    Returns:
        ``frames``, uint8 [h, w, 3] at the size of ``map_size``; ``masks`` and ``predicted``, uint8 [h, w], 1
        where at least half of the pixels are set; ``<position>/mean`` and ``<position>/variance`` of the
        maps that the positions of ``MAPPED`` are or have in them, by ``channel_maps``, None where the
        position does not exist.
    """
    maps: dict[str, NDArray[Any] | None] = {
        "frames": caches.of_frames.get(("shrunk", caches.frame), partial(_shrunk, frame)),
        "masks": _shrunk_mask(mask),
        "predicted": _shrunk_mask(predicted),
    }
    for position in positions:
        if position.as_map is not None and position.name in MAPPED:
            cache, name = caches.at_position(position.name)
            measure = partial(_position_maps, position.name, position.as_map, seen)
            mean, variance = cache.get(("maps", name), measure)
            maps |= {f"{position.name}/mean": mean, f"{position.name}/variance": variance}
    return maps


def _position_maps(
    position: str, as_map: Callable[[Tensor], Tensor], seen: Seen
) -> tuple[NDArray[np.float16] | None, NDArray[np.float16] | None]:
    tensor = getattr(seen, position)
    return (None, None) if tensor is None else channel_maps(as_map(tensor))


def clip_maps(frames: Sequence[Mapping[str, NDArray[Any] | None]]) -> dict[str, NDArray[Any]]:
    """Return the ``frame_maps`` of a clip's frames as arrays with the frames as first axis.

    Args:
        frames: the maps of frame 0, 1, ...; a key has one size throughout.

    Returns:
        The same keys; NaN fills the frames on which a position does not exist. A position that exists on no
        frame is left out.
    """
    maps = {}
    for key in frames[0]:
        pictures = [frame[key] for frame in frames]
        present = next((picture for picture in pictures if picture is not None), None)
        if present is not None:
            maps[key] = np.stack(
                [np.full_like(present, np.nan) if picture is None else picture for picture in pictures]
            )
    return maps


def channel_maps(tensor: Tensor) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    """Return the mean and the variance over the channels at each place.

    Args:
        tensor: [C, H, W], of any floating-point type; computed in float32.

    Returns:
        Mean and variance (population) as float16 [h, w] at the size of ``map_size``; what float16 cannot hold
        becomes its largest value.
    """
    mean, variance = channel_moments(tensor)
    return _as_map(mean), _as_map(variance)


def channel_moments(tensor: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean and the population variance over the channels of [..., C, H, W], without these."""
    with torch.no_grad():
        values = tensor.float()
        mean = values.mean(dim=-3, keepdim=True)
        return mean.squeeze(-3), (values - mean).square_().mean(dim=-3)


def _as_map(values: Tensor) -> NDArray[np.float16]:
    return np.clip(_shrunk(values.cpu().numpy()), -_LARGEST, _LARGEST).astype(np.float16)


def _shrunk(picture: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.uint8] | NDArray[np.float32]:
    height, width = map_size(*picture.shape[:2])
    if (height, width) == picture.shape[:2]:
        return picture
    shrunk: NDArray[np.uint8] | NDArray[np.float32] = cv2.resize(
        picture, (width, height), interpolation=cv2.INTER_AREA
    )
    return shrunk


def _shrunk_mask(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return (_shrunk(mask.astype(np.float32)) >= 0.5).astype(np.uint8)
