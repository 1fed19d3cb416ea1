"""Equation (1) of the paper: how far a frame lies from the frames that are known to show the object."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

Spread = Literal["std", "variance", "none", "variance_without_floor"]

_CHUNK = 1 << 16
"""Elements that are worked on at once on a CPU, so that the temporaries of a window stay in its cache."""

_SAMPLE = 1 << 13
"""Values that a median is first estimated from."""


@dataclass(frozen=True)
class Distances:
    """The distance from one tensor to one window of references, by each of the spreads.

    Attributes:
        std: regularised by the standard deviation; None where it is undefined or infinite.
        variance: regularised by the variance; None where it is undefined or infinite.
        none: the plain L2 distance to the references' mean; None where it is undefined or infinite.
        variance_without_floor: regularised by the variance as it is; None where it is undefined or infinite.
    """

    std: float | None = None
    variance: float | None = None
    none: float | None = None
    variance_without_floor: float | None = None


def regularised_distance(
    features: Tensor, references: Iterable[Tensor], spread: Spread = "std"
) -> float | None:
    """Return the norm of (features - mean) / spread, element by element over a window of references.

    The mean and the spread are those of the references as a whole population. Elements in which the
    references hardly differ would outweigh all the others, so the spread is never less than its median over
    the elements (of two middle ones the lower). The paper has no such floor (A.1, equation 1): that is
    ``variance_without_floor``.

    Args:
        features: the current frame's tensor, of any shape and floating-point type; computed in float32.
        references: tensors of the same shape, in any order; one tensor [w, ...] serves too.
        spread: what divides the difference: the standard deviation, the variance, nothing, or the variance
            without its floor (the paper's).

    Returns:
        The distance, at least 0. None where it is undefined or infinite: no reference, fewer than two for a
        spread, half of the elements or more without any spread, values that are not finite; and without the
        floor a single element in which all references are equal, as equation 1 divides by 0 there.

    Raises:
        ValueError: a reference's shape is not that of ``features``.
    """
    result = distances(features, references, spreads=spread != "none")
    distance: float | None = getattr(result, spread)
    return distance


@torch.no_grad()
def distances(features: Tensor, references: Iterable[Tensor], *, spreads: bool = True) -> Distances:
    """Return ``regularised_distance`` for all spreads at the cost of little more than one.

    Args:
        features: the current frame's tensor.
        references: tensors of the same shape.
        spreads: False leaves all but ``none`` out and spares their time.

    Returns:
        The distances.

    Raises:
        ValueError: a reference's shape is not that of ``features``.
    """
    window = tuple(references)
    for reference in window:
        if reference.shape != features.shape:
            raise ValueError(f"a reference is {tuple(reference.shape)}, features {tuple(features.shape)}")
    if not window or not features.numel():
        return Distances()
    with_spread = spreads and len(window) >= 2
    squares, variances = _squares_and_variances(features, window, with_spread)
    none = _finite(math.sqrt(math.fsum(float(part.sum()) for part in torch.split(squares, _chunk(features)))))
    if variances is None:
        return Distances(none=none)
    std, variance, bare = _regularised(squares, variances)
    return Distances(std, variance, none, bare)


def _chunk(features: Tensor) -> int:
    """Return how many elements are worked on at once: few on a CPU, all elsewhere."""
    return min(_CHUNK, features.numel()) if features.device.type == "cpu" else features.numel()


def _squares_and_variances(
    features: Tensor, window: tuple[Tensor, ...], with_variances: bool
) -> tuple[Tensor, Tensor | None]:
    """Return the squared differences to the window's mean, and its variances if asked for, flat float32.

    Means and variances are taken of differences to the window's first tensor: those of equal references are
    exactly 0, rounding or not.
    """
    origin, *others = (reference.reshape(-1) for reference in window)
    flat, count, size = features.reshape(-1), features.numel(), _chunk(features)
    squares = torch.empty(count, device=features.device)
    variances = torch.empty(count, device=features.device) if with_variances else None
    buffer = torch.empty(len(others), size, device=features.device)
    for start in range(0, count, size):
        part = slice(start, min(start + size, count))
        first = origin[part].float()
        square = torch.sub(flat[part], first, out=squares[part])
        if others:
            offsets = buffer[:, : len(first)]
            for offset, other in zip(offsets, others, strict=True):
                torch.sub(other[part], first, out=offset)
            mean = offsets.sum(0).div_(len(window))
            square -= mean
            if variances is not None:
                offsets -= mean
                variance = torch.sum(offsets.square_(), 0, out=variances[part])
                variance.addcmul_(mean, mean).div_(len(window))  # the first tensor's offset is 0
        square.square_()
    return squares, variances


def _regularised(squares: Tensor, variances: Tensor) -> tuple[float | None, float | None, float | None]:
    """Return the distances by the standard deviation, by the variance, and by the variance without a floor.

    Writes over ``variances``.
    """
    floor = _lower_median(variances)
    if not floor > 0:
        return None, None, None
    by_std, by_variance, by_bare_variance = [], [], []
    size = _chunk(squares)
    squared = torch.empty(size, device=squares.device)
    for square, variance in zip(torch.split(squares, size), torch.split(variances, size), strict=True):
        weight = variance.reciprocal_().mul_(floor)
        by_bare_variance.append(float(torch.dot(square, torch.square(weight, out=squared[: len(weight)]))))
        # At most 1, so that no sum overflows however small the floor is.
        weight.clamp_(max=1.0)
        by_std.append(float(torch.dot(square, weight)))
        by_variance.append(float(torch.dot(square, weight.square_())))
    return (
        _finite(math.sqrt(math.fsum(by_std) / floor)),
        _finite(math.sqrt(math.fsum(by_variance)) / floor),
        _finite(math.sqrt(math.fsum(by_bare_variance)) / floor),
    )


def _lower_median(values: Tensor) -> float:
    """Return the median of flat values of at least 0, of two middle ones the lower; NaN counts as largest."""
    if values.device.type != "cpu":
        return float(values.median())
    own = values.numpy()
    rank = (own.size - 1) // 2
    if own.size > 4 * _SAMPLE:
        # A sample tells nearly where it lies: only the values thereabouts need be sorted.
        sample = np.sort(own[:: own.size // _SAMPLE])
        middle, margin = sample.size // 2, int(1.5 * math.sqrt(sample.size))
        low, high = sample[middle - margin], sample[middle + margin]
        within = own[(own >= low) & (own <= high)]
        below = rank - np.count_nonzero(own < low)
        if 0 <= below < within.size:
            return float(np.partition(within, below)[below])
    return float(np.partition(own, rank)[rank])


def _finite(distance: float) -> float | None:
    return distance if math.isfinite(distance) else None
