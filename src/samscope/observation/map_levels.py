"""How the channel mean and variance stand where the object is, where others are, and on edges (paper, 4.1).

What claims need of position maps is measured on every clip while it is tracked, so that no map need be kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.observation.kinds import MAP_KINDS, MAP_PARTS, REGIONS
from samscope.observation.known import KnownOfStep
from samscope.observation.maps import channel_moments
from samscope.observation.measurement import Measurement
from samscope.trackers.positions import MAPPED

LEVEL_COLUMNS = tuple(f"{kind}_{part}" for kind in MAP_KINDS for part in MAP_PARTS)
"""Columns of the features table. Of regions: the mean of the map over the region less that over the whole
map, in standard deviations of the map over its places. ``edges``: Pearson's correlation over the places with
the strength of the frame's edges."""

NO_LEVELS: dict[str, float | None] = dict.fromkeys(LEVEL_COLUMNS)

_NEIGHBOURS = np.ones((3, 3), dtype=np.uint8)

Floats = NDArray[np.float64]
Picture = NDArray[np.float32]
Levels = dict[str, float | None]


def frame_levels(
    tensors: Mapping[str, Tensor | None],
    frame: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    rivals: NDArray[np.bool_] | None,
    known: KnownOfStep,
) -> dict[str, Levels]:
    """Measure the maps of one frame at every position of ``MAPPED``.

    Args:
        tensors: [C, h, w] by position; None where there is nothing to compare.
        frame: uint8 [H, W, 3], RGB.
        mask: bool [H, W], the visible object of interest.
        rivals: bool [H, W], other objects; None where none is known.
        known: what was measured for other clips of this step and its frame.

    Returns:
        Values by position and column of ``LEVEL_COLUMNS``; None where the map does not exist or does not
        vary, or where it has no place in the region.
    """
    parts: dict[tuple[int, ...], _Parts] = {}
    found = {}
    for position in MAPPED:
        tensor = tensors[position]
        if tensor is None:
            found[position] = NO_LEVELS
            continue
        moments = map_moments(position, tensor, known).value()
        size = moments[0].shape
        if size not in parts:
            parts[size] = _parts((frame, mask, rivals), size, list(parts.values()), known)
        of_size = parts[size]
        found[position] = {
            f"{kind}_{part}": value
            for kind, values in zip(MAP_KINDS, moments, strict=True)
            for part, value in _of_map(values, of_size.weights, of_size.edges).items()
        }
    return found


def map_moments(position: str, tensor: Tensor, known: KnownOfStep) -> Measurement[tuple[Floats, Floats]]:
    """Return the measurement of a map's mean and variance over the channels, float64 [h, w] each.

    Args:
        position: one of ``MAPPED``.
        tensor: [C, h, w], the map.
        known: what was measured for other clips of this step and its frame.
    """
    kept, name = known.of(position)
    return Measurement(_stacked_moments, _read_moments, (tensor,), kept, ("moments", name))


def _stacked_moments(tensor: Tensor) -> Tensor:
    return torch.stack(channel_moments(tensor), dim=-3)


def _read_moments(moments: Tensor) -> tuple[Floats, Floats]:
    mean, variance = moments.numpy().astype(np.float64)
    return mean, variance


def _of_map(values: Floats, weights: Floats, edges: Floats) -> dict[str, float | None]:
    return {
        **dict(zip(REGIONS, map(_defined, region_levels(values, weights)), strict=True)),
        "edges": _defined(correlation_over_places(values, edges)),
    }


def _defined(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def region_levels(values: Floats, weights: Floats) -> Floats:
    """Return how high a map stands in each of K regions, in standard deviations over its places.

    Args:
        values: float64 [h, w].
        weights: float64 [K, h, w], how much of each place lies in each region, 0..1.

    Returns:
        float64 [K]; NaN for an empty region, and where the map has values that are not finite or does not
        vary.
    """
    sums = weights.sum(axis=(1, 2))
    spread = values.std()
    levels = np.full(len(weights), np.nan)
    if not np.isfinite(spread) or not spread > 0:
        return levels
    inside = np.tensordot(weights, values - values.mean(), axes=2)
    np.divide(inside, sums * spread, out=levels, where=sums > 0)
    return levels


def correlation_over_places(one: Floats, other: Floats) -> float:
    """Return Pearson's correlation of two maps [h, w]; NaN where either does not vary or is not finite."""
    first, second = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / scale) if np.isfinite(scale) and scale > 0 else np.nan


@dataclass(frozen=True, eq=False)
class _Parts:
    """What a map of one size is compared with.

    Attributes:
        size: height and width.
        inside: float32 [h, w], how much of each place is the object, 0..1.
        rival: float32 [h, w], how much of it is another object.
        grey: float32 [h, w], brightness of the frame.
        weights: float64 [4, h, w], how much of each place lies in each of ``REGIONS``.
        edges: float64 [h, w], ``edge_strength``.
    """

    size: tuple[int, ...]
    inside: Picture
    rival: Picture
    grey: Picture
    weights: Floats
    edges: Floats


def _parts(
    pictures: tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_] | None],
    size: tuple[int, ...],
    larger: Sequence[_Parts],
    known: KnownOfStep,
) -> _Parts:
    """Shrink a frame and its masks to a map's size, from a larger one whose places it takes whole."""
    frame, mask, rivals = pictures
    whole = next((of for of in larger if all(a % b == 0 for a, b in zip(of.size, size, strict=True))), None)
    if whole is not None:
        inside, rival, grey = (shrunk(of, size) for of in (whole.inside, whole.rival, whole.grey))
    else:
        inside = shrunk(mask.astype(np.float32), size)
        rival = np.zeros_like(inside) if rivals is None else shrunk(rivals.astype(np.float32), size)
        grey = known.of_frames.get(("grey", known.frame, size), partial(_grey, frame, size))
    wider, narrower = cv2.dilate(inside, _NEIGHBOURS), cv2.erode(inside, _NEIGHBOURS)
    ground = 1 - np.maximum(wider, rival)
    weights = np.stack([inside, wider - narrower, rival, ground]).astype(np.float64)
    return _Parts(size, inside, rival, grey, weights, edge_strength(grey))


def edge_strength(grey: Picture) -> Floats:
    """Return how strongly the brightness changes at each place.

    Args:
        grey: float32 [h, w], of the size of a map, so that edges are those that the map can show.

    Returns:
        float64 [h, w], length of the brightness' gradient by Sobel's operator.
    """
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(np.hypot(across, down), dtype=np.float64)


def _grey(frame: NDArray[np.uint8], size: tuple[int, ...]) -> Picture:
    return shrunk(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32), size)


def shrunk(picture: Picture, size: tuple[int, ...]) -> Picture:
    """Return a picture, float32 [H, W], averaged over the places of a map of another height and width."""
    return np.asarray(cv2.resize(picture, (size[1], size[0]), interpolation=cv2.INTER_AREA), np.float32)
