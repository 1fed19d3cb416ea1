"""How the channel mean and variance stand where the object is, where others are, and on edges (paper, 4.1).

What claims need of position maps is measured on every clip while it is tracked, so that no map need be kept.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from samscope.observation.kinds import MAP_KINDS, MAP_PARTS
from samscope.observation.maps import channel_moments
from samscope.observation.measurement import Measurement
from samscope.observation.measurement_cache import StepCaches
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
    caches: StepCaches,
) -> dict[str, Levels]:
    """Measure the maps of one frame at every position of ``MAPPED``.

    Args:
        tensors: [C, h, w] by position; None where there is nothing to compare.
        frame: uint8 [H, W, 3], RGB.
        mask: bool [H, W], the visible object of interest.
        rivals: bool [H, W], other objects; None where none is known.
        caches: what was measured for other clips of this step and its frame.

    Returns:
        Values by position and column of ``LEVEL_COLUMNS``; None where the map does not exist or does not
        vary, or where it has no place in the region.
    """
    moments = {
        position: np.stack(map_moments(position, tensor, caches).value())
        for position, tensor in tensors.items()
        if tensor is not None
    }
    parts: dict[tuple[int, ...], _Parts] = {}
    levels = dict.fromkeys(MAPPED, NO_LEVELS)
    for size in dict.fromkeys(maps.shape[1:] for maps in moments.values()):
        parts[size] = _parts((frame, mask, rivals), size, list(parts.values()), caches)
        alike = {position: maps for position, maps in moments.items() if maps.shape[1:] == size}
        levels |= zip(alike, _of_maps(np.stack(list(alike.values())), parts[size]), strict=True)
    return levels


def map_moments(position: str, tensor: Tensor, caches: StepCaches) -> Measurement[tuple[Floats, Floats]]:
    """Return the measurement of a map's mean and variance over the channels, float64 [h, w] each.

    Args:
        position: one of ``MAPPED``.
        tensor: [C, h, w], the map.
        caches: what was measured for other clips of this step and its frame.
    """
    cache, name = caches.at_position(position)
    return Measurement(_stacked_moments, _read_moments, (tensor,), cache, ("moments", name))


def _stacked_moments(tensor: Tensor) -> Tensor:
    return torch.stack(channel_moments(tensor), dim=-3)


def _read_moments(moments: Tensor) -> tuple[Floats, Floats]:
    mean, variance = moments.numpy().astype(np.float64)
    return mean, variance


def _of_maps(maps: Floats, parts: "_Parts") -> list[Levels]:
    """Return the levels of each position's maps, float64 [P, kinds, h, w]."""
    regions = region_levels(maps, parts.weights)
    edges = correlation_over_places(maps, parts.edges)
    columns = np.concatenate([regions, edges[..., None]], axis=-1).reshape(len(maps), -1)
    return [
        {
            column: value if math.isfinite(value) else None
            for column, value in zip(LEVEL_COLUMNS, of_position, strict=True)
        }
        for of_position in columns.tolist()
    ]


def region_levels(values: Floats, weights: Floats) -> Floats:
    """Return how high maps stand in each of K regions, in standard deviations over their places.

    Args:
        values: float64 [..., h, w].
        weights: float64 [K, h, w], how much of each place lies in each region, 0..1.

    Returns:
        float64 [..., K]; NaN for an empty region, and where a map has values that are not finite or does not
        vary.
    """
    flat, regions = values.reshape(*values.shape[:-2], -1), weights.reshape(len(weights), -1)
    spread = flat.std(axis=-1, keepdims=True)
    sums = regions.sum(axis=-1)
    inside = (flat - flat.mean(axis=-1, keepdims=True)) @ regions.T
    defined = np.isfinite(spread) & (spread > 0) & (sums > 0)
    levels: Floats = np.full_like(inside, np.nan)
    np.divide(inside, sums * spread, out=levels, where=defined)
    return levels


def correlation_over_places(maps: Floats, reference: Floats) -> Floats:
    """Return Pearson's correlation of maps [..., h, w] with another one, float64 [h, w], over the places.

    Returns:
        float64 [...]; NaN where either does not vary or is not finite.
    """
    flat, second = maps.reshape(*maps.shape[:-2], -1), reference.ravel() - reference.mean()
    first = flat - flat.mean(axis=-1, keepdims=True)
    scale = np.sqrt((first**2).sum(axis=-1) * (second**2).sum())
    product = (first * second).sum(axis=-1)
    correlation: Floats = np.full_like(product, np.nan)
    np.divide(product, scale, out=correlation, where=np.isfinite(scale) & (scale > 0))
    return correlation


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
    caches: StepCaches,
) -> _Parts:
    """Shrink a frame and its masks to a map's size, from a larger one whose places it takes whole."""
    frame, mask, rivals = pictures
    whole = next(
        (parts for parts in larger if all(a % b == 0 for a, b in zip(parts.size, size, strict=True))), None
    )
    if whole is not None:
        inside, rival, grey = (shrunk(picture, size) for picture in (whole.inside, whole.rival, whole.grey))
    else:
        inside = shrunk(mask.astype(np.float32), size)
        rival = np.zeros_like(inside) if rivals is None else shrunk(rivals.astype(np.float32), size)
        grey = caches.of_frames.get(("grey", caches.frame, size), partial(_grey, frame, size))
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
