"""Equation (1) of the paper: how far a frame lies from the frames that are known to show the object."""

import math
from collections.abc import Iterable, Iterator, Sequence
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
    distance: float | None = getattr(distances(features, references), spread)
    return distance


@torch.no_grad()
def distances(features: Tensor, references: Iterable[Tensor]) -> Distances:
    """Return ``regularised_distance`` for all spreads at the cost of little more than one.

    Args:
        features: the current frame's tensor.
        references: tensors of the same shape.

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
    flat, first, *others = (tensor.reshape(-1) for tensor in (features, *window))
    if not others:
        return Distances(none=_plain(flat, first))
    none, squares, variances = _squares_and_variances(flat, first, others)
    std, variance, bare = _regularised(squares, variances)
    return Distances(std, variance, none, bare)


def _parts(flat: Tensor) -> Iterator[slice]:
    """Yield what is worked on at once: few elements on a CPU, all elsewhere."""
    count = flat.numel()
    size = _CHUNK if flat.device.type == "cpu" else count
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def _plain(flat: Tensor, reference: Tensor) -> float | None:
    """Return the distance to a single reference."""
    squares = []
    for part in _parts(flat):
        difference = flat[part] - reference[part].float()
        squares.append(float(torch.dot(difference, difference)))
    return _root(squares)


def _squares_and_variances(
    flat: Tensor, first: Tensor, others: Sequence[Tensor]
) -> tuple[float | None, Tensor, Tensor]:
    """Return the distance to a window's mean, its squares by element, and the window's variances, float32.

    Mean and variance are taken of offsets to the window's first tensor, of which equal references have
    exactly 0. Their mean square less the square of their mean is safe to take: as the first tensor is one of
    the window's, the mean's square is at most the window's size times the variance.
    """
    squares, variances = torch.empty(2, flat.numel(), device=flat.device)
    count, plain = 1 + len(others), []
    for part in _parts(flat):
        origin = first[part].float()
        square, variance = squares[part], variances[part]
        mean = others[0][part] - origin
        torch.square(mean, out=variance)
        offset = torch.empty_like(mean)
        for other in others[1:]:
            mean += torch.sub(other[part], origin, out=offset)
            variance.addcmul_(offset, offset)
        mean /= count
        # Where float32 ends, rounding can leave less than 0, or -0, whose reciprocal would be -inf.
        variance.div_(count).addcmul_(mean, mean, value=-1).abs_()
        torch.sub(flat[part], origin, out=square).sub_(mean)
        plain.append(float(torch.dot(square, square)))
        square.square_()
    return _root(plain), squares, variances


def _regularised(squares: Tensor, variances: Tensor) -> tuple[float | None, float | None, float | None]:
    """Return the distances by the standard deviation, by the variance, and by the variance without a floor.

    Writes over ``variances``.
    """
    floor = _lower_median(variances)
    if not floor > 0:
        return None, None, None
    by_std, by_variance, by_bare_variance = [], [], []
    for part in _parts(squares):
        square, weight = squares[part], variances[part].reciprocal_().mul_(floor)
        by_bare_variance.append(float(torch.dot(square, weight.square())))
        # At most 1, so that no sum overflows however small the floor is.
        weight.clamp_(max=1.0)
        by_std.append(float(torch.dot(square, weight)))
        by_variance.append(float(torch.dot(square, weight.square_())))
    return _root(by_std, floor), _root(by_variance, floor * floor), _root(by_bare_variance, floor * floor)


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


def _root(squares: Sequence[float], divisor: float = 1.0) -> float | None:
    """Return the root of a sum over a divisor; None where it is not finite."""
    root = math.sqrt(math.fsum(squares) / divisor)
    return root if math.isfinite(root) else None
