"""How the channel mean and variance stand where the object is, where others are, and on edges (paper, 4.1).

What claims need of position maps is measured on every clip while it is tracked, so that no map need be kept.
"""

from collections.abc import Mapping
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from samscope.observation.known import KnownOfStep
from samscope.observation.maps import MAPPED, channel_moments

Kind = Literal["mean", "variance"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Region = Literal["object", "border", "rival", "ground"]
REGIONS: tuple[Region, ...] = get_args(Region)
"""Parts of a map. ``object``: the visible object of interest. ``border``: the places that its outline runs
through or beside. ``rival``: other objects whose masks are known (those pasted over the frame; where the
object of interest is pasted itself, the source's own). ``ground``: all places beyond these."""

LEVEL_COLUMNS = tuple(f"{kind}_{part}" for kind in KINDS for part in (*REGIONS, "edges"))
"""Columns of the features table. Of regions: the mean of the map over the region less that over the whole
map, in standard deviations of the map over its places. ``edges``: Pearson's correlation over the places with
the strength of the frame's edges."""

NO_LEVELS: dict[str, float | None] = dict.fromkeys(LEVEL_COLUMNS)

_NEIGHBOURS = np.ones((3, 3), dtype=np.uint8)

Floats = NDArray[np.float64]
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
    weights: dict[tuple[int, int], Floats] = {}
    edges: dict[tuple[int, int], Floats] = {}
    found = {}
    for position in MAPPED:
        tensor = tensors[position]
        if tensor is None:
            found[position] = NO_LEVELS
            continue
        kept, name = known.of(position)
        moments = kept.get(("moments", name), lambda tensor=tensor: _moments(tensor))
        size = moments[0].shape
        if size not in weights:
            weights[size] = _region_weights(mask, rivals, size)
            edges[size] = known.of_frames.get(
                ("edges", known.frame, size), lambda size=size: edge_strength(frame, size)
            )
        found[position] = {
            f"{kind}_{part}": value
            for kind, values in zip(KINDS, moments, strict=True)
            for part, value in _of_map(values, weights[size], edges[size]).items()
        }
    return found


def _moments(tensor: Tensor) -> tuple[Floats, Floats]:
    mean, variance = channel_moments(tensor)
    return mean.cpu().numpy().astype(np.float64), variance.cpu().numpy().astype(np.float64)


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


def edge_strength(frame: NDArray[np.uint8], size: tuple[int, ...]) -> Floats:
    """Return how strongly the brightness of a frame changes at each place of a map.

    Args:
        frame: uint8 [H, W, 3], RGB.
        size: height and width of the map; the frame is shrunk to it first, so that edges are those that the
            map can show.

    Returns:
        float64 [h, w], length of the brightness' gradient by Sobel's operator.
    """
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    shrunk = cv2.resize(grey, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    across, down = cv2.Sobel(shrunk, cv2.CV_32F, 1, 0), cv2.Sobel(shrunk, cv2.CV_32F, 0, 1)
    return np.hypot(across, down).astype(np.float64)


def _region_weights(
    mask: NDArray[np.bool_], rivals: NDArray[np.bool_] | None, size: tuple[int, ...]
) -> Floats:
    """Return how much of each place of a map lies in each of ``REGIONS``, float64 [4, h, w]."""
    inside = _share(mask, size)
    rival = np.zeros(size, dtype=np.float32) if rivals is None else _share(rivals, size)
    wider, narrower = cv2.dilate(inside, _NEIGHBOURS), cv2.erode(inside, _NEIGHBOURS)
    ground = 1 - np.maximum(wider, rival)
    return np.stack([inside, wider - narrower, rival, ground]).astype(np.float64)


def _share(mask: NDArray[np.bool_], size: tuple[int, ...]) -> NDArray[np.float32]:
    shrunk = cv2.resize(mask.astype(np.float32), (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, dtype=np.float32)
