"""Equation (1) of the paper: how far a frame lies from the frames that are known to show the object."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

Spread = Literal["std", "variance", "none"]

_CHUNK = 1 << 16
"""Elements that are worked on at once on a CPU, so that the temporaries of a window stay in its cache."""


@dataclass(frozen=True)
class Distances:
    """The distance from one tensor to one window of references, by each of the three spreads.

    Attributes:
        std: regularised by the standard deviation; None where it is undefined or infinite.
        variance: regularised by the variance; None where it is undefined or infinite.
        none: the plain L2 distance to the references' mean; None where it is undefined or infinite.
    """

    std: float | None = None
    variance: float | None = None
    none: float | None = None


def regularised_distance(
    features: Tensor, references: Iterable[Tensor], spread: Spread = "std"
) -> float | None:
    """Return the norm of (features - mean) / spread, element by element over a window of references.

    The mean and the spread are those of the references as a whole population. Elements in which the
    references hardly differ would outweigh all the others, so the spread is never less than its median over
    the elements (of two middle ones the lower); the paper has no such floor (A.1, equation 1).

    Args:
        features: the current frame's tensor, of any shape and floating-point type; computed in float32.
        references: tensors of the same shape, in any order; one tensor [w, ...] serves too.
        spread: what divides the difference: the standard deviation, the variance (the paper's), or nothing.

    Returns:
        The distance, at least 0. None where it is undefined or infinite: no reference, fewer than two for a
        spread, half of the elements or more without any spread, values that are not finite.

    Raises:
        ValueError: a reference's shape is not that of ``features``.
    """
    result = distances(features, references, spreads=spread != "none")
    return {"std": result.std, "variance": result.variance, "none": result.none}[spread]


@torch.no_grad()
def distances(features: Tensor, references: Iterable[Tensor], *, spreads: bool = True) -> Distances:
    """Return ``regularised_distance`` for all three spreads at the cost of little more than one.

    Args:
        features: the current frame's tensor.
        references: tensors of the same shape.
        spreads: False leaves ``std`` and ``variance`` out and spares their time.

    Returns:
        The three distances.

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
    squares, variances = [], []
    for part, references_part in _chunks(features, window):
        mean, variance = _mean_and_variance(references_part, with_spread)
        squares.append((part - references_part[0]).sub_(mean).square_())
        if variance is not None:
            variances.append(variance)
    none = _finite(math.sqrt(_total([square.sum() for square in squares])))
    std, variance_ = _regularised(squares, variances) if variances else (None, None)
    return Distances(std, variance_, none)


def _chunks(features: Tensor, window: tuple[Tensor, ...]) -> Iterator[tuple[Tensor, list[Tensor]]]:
    """Yield matching flat parts of all tensors as float32: small ones on a CPU, all at once elsewhere."""
    flat = features.reshape(-1)
    references = [reference.reshape(-1) for reference in window]
    size = _CHUNK if features.device.type == "cpu" else len(flat)
    for start in range(0, len(flat), size):
        part = slice(start, start + size)
        yield flat[part].float(), [reference[part].float() for reference in references]


def _mean_and_variance(window: list[Tensor], with_variance: bool) -> tuple[Tensor, Tensor | None]:
    """Return the window's mean, as the difference to its first tensor, and its variance if asked for.

    Seen from one of them, equal references have a difference and a variance of exactly 0, rounding or not.
    """
    origin, *others = window
    offsets = [other - origin for other in others]
    mean = torch.zeros_like(origin)
    for offset in offsets:
        mean += offset
    mean /= len(window)
    if not with_variance:
        return mean, None
    variance = mean.square()
    for offset in offsets:
        deviation = offset - mean
        variance.addcmul_(deviation, deviation)
    return mean, variance.div_(len(window))


def _regularised(squares: list[Tensor], variances: list[Tensor]) -> tuple[float | None, float | None]:
    """Return the distances by the standard deviation and by the variance; writes over ``variances``."""
    floor = _lower_median(torch.cat(variances))
    if not floor > 0:
        return None, None
    by_std, by_variance = [], []
    for square, variance in zip(squares, variances, strict=True):
        # At most 1, so that no sum overflows however small the floor is.
        weight = floor / variance.clamp_(min=floor)
        by_std.append(torch.dot(square, weight))
        by_variance.append(torch.dot(square, weight.square_()))
    return _finite(math.sqrt(_total(by_std) / floor)), _finite(math.sqrt(_total(by_variance)) / floor)


def _lower_median(values: Tensor) -> float:
    """Return the median of flat values of at least 0, of two middle ones the lower."""
    if values.device.type != "cpu":
        return float(values.median())
    # Such floats are ordered as their bits are: only the few that begin like the median need be sorted.
    bits = values.numpy().view(np.uint32)
    beginnings = bits >> 16
    ends = np.cumsum(np.bincount(beginnings))
    rank = (len(bits) - 1) // 2
    beginning = int(np.searchsorted(ends, rank, side="right"))
    rank -= int(ends[beginning - 1]) if beginning else 0
    alike = np.partition(bits[beginnings == beginning], rank)
    return float(alike.view(np.float32)[rank])


def _total(parts: list[Tensor]) -> float:
    return math.fsum(torch.stack(parts).tolist())


def _finite(distance: float) -> float | None:
    return distance if math.isfinite(distance) else None
