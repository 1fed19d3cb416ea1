"""Equation (1) of the paper: how far a frame lies from the frames that are known to show the object."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from samscope.observation.kinds import Spread

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
        latest: the plain L2 distance to the last reference; None where it is undefined or infinite.
    """

    std: float | None = None
    variance: float | None = None
    none: float | None = None
    variance_without_floor: float | None = None
    latest: float | None = None


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
        references: tensors of the same shape; their order means nothing but for ``latest``.

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
    flat, *own = (tensor.reshape(-1) for tensor in (features, *window))
    if flat.device.type != "cpu":
        return _on_device(flat, own)
    if len(own) == 1:
        none = _plain(flat, own[0])
        return Distances(none=none, latest=none)
    none, latest, squares, variances = _squares_and_variances(flat, own)
    std, variance, bare = _regularised(squares, variances)
    return Distances(std, variance, none, bare, latest)


def _on_device(flat: Tensor, window: Sequence[Tensor]) -> Distances:
    """Return the distances on a device that is not to wait: the host asks for all numbers once, in the end.

    The arithmetic is that of ``_squares_and_variances`` and ``_regularised``, on whole tensors.
    """
    last = flat - window[-1].float()
    to_last = torch.dot(last, last)
    if len(window) == 1:
        none = _root([to_last.item()])
        return Distances(none=none, latest=none)
    references = torch.stack([reference.float() for reference in window])
    offsets = references - references[0]
    mean = offsets.mean(dim=0)
    variances = (offsets.square().mean(dim=0) - mean.square()).abs()
    squares = (flat - references[0] - mean).square()
    floor = variances.median()
    bare = floor / variances
    capped = bare.clamp(max=1.0)
    sums = (to_last, squares.sum(), torch.dot(squares, capped))
    more = (torch.dot(squares, capped.square()), torch.dot(squares, bare.square()), floor)
    latest, none, std, variance, bare_variance, least = torch.stack([*sums, *more]).tolist()
    if not least > 0:
        return Distances(none=_root([none]), latest=_root([latest]))
    return Distances(
        std=_root([std], least),
        variance=_root([variance], least * least),
        none=_root([none]),
        variance_without_floor=_root([bare_variance], least * least),
        latest=_root([latest]),
    )


def _parts(count: int) -> Iterator[slice]:
    """Yield what of flat tensors on a CPU is worked on at once."""
    for start in range(0, count, _CHUNK):
        yield slice(start, min(start + _CHUNK, count))


def _plain(flat: Tensor, reference: Tensor) -> float | None:
    """Return the distance to a single reference."""
    squares = []
    for part in _parts(len(flat)):
        difference = flat[part] - reference[part].float()
        squares.append(float(torch.dot(difference, difference)))
    return _root(squares)


def _squares_and_variances(
    flat: Tensor, window: Sequence[Tensor]
) -> tuple[float | None, float | None, Tensor, Tensor]:
    """Return the distances to a window's mean and last tensor, the former's squares, and the variances.

    Mean and variance are taken of offsets to the window's first tensor, of which equal references have
    exactly 0. Their mean square less the square of their mean is safe to take: as the first tensor is one of
    the window's, the mean's square is at most the window's size times the variance.
    """
    squares, variances = torch.empty(2, len(flat), device=flat.device)
    share = 1 / len(window)
    to_mean, to_last = [], []
    for part in _parts(len(flat)):
        first, *others = (reference[part] for reference in window)
        first = first.float()
        offset = others[0] - first
        mean, variance = offset.clone(), torch.square(offset, out=variances[part])
        for other in others[1:]:
            mean += torch.sub(other, first, out=offset)
            variance.addcmul_(offset, offset)
        mean *= share
        # Where float32 ends, rounding can leave less than 0, or -0, whose reciprocal would be -inf.
        variance.mul_(share).addcmul_(mean, mean, value=-1).abs_()
        difference = torch.sub(flat[part], others[-1].float(), out=offset)
        to_last.append(float(torch.dot(difference, difference)))
        difference = torch.sub(flat[part], first, out=squares[part]).sub_(mean)
        to_mean.append(float(torch.dot(difference, difference)))
        difference.square_()
    return _root(to_mean), _root(to_last), squares, variances


def _regularised(squares: Tensor, variances: Tensor) -> tuple[float | None, float | None, float | None]:
    """Return the distances by the standard deviation, the variance, and the variance without a floor."""
    floor = _lower_median(variances)
    if not floor > 0:
        return None, None, None
    by_std, by_variance, by_bare_variance = [], [], []
    for part in _parts(len(squares)):
        square, weight = squares[part], variances[part].reciprocal().mul_(floor)
        by_bare_variance.append(float(torch.dot(square, weight.square())))
        # At most 1, so that no sum overflows however small the floor is.
        weight.clamp_(max=1.0)
        by_std.append(float(torch.dot(square, weight)))
        by_variance.append(float(torch.dot(square, weight.square_())))
    return _root(by_std, floor), _root(by_variance, floor * floor), _root(by_bare_variance, floor * floor)


def _lower_median(values: Tensor) -> float:
    """Return the median of flat values of at least 0, of two middle ones the lower; NaN counts as largest."""
    own = values.numpy()
    rank = (own.size - 1) // 2
    if own.size > 4 * _SAMPLE:
        # A sample tells nearly where it lies: only the values thereabouts need be sorted.
        sample = np.sort(own[:: own.size // _SAMPLE])
        middle, margin = sample.size // 2, int(1.5 * math.sqrt(sample.size))
        low, high = sample[middle - margin], sample[middle + margin]
        within, below = [], 0
        for part in (own[part] for part in _parts(own.size)):
            within.append(part[(part >= low) & (part <= high)])
            below += int(np.count_nonzero(part < low))
        found = np.concatenate(within)
        if 0 <= rank - below < found.size:
            return float(np.partition(found, rank - below)[rank - below])
    return float(np.partition(own, rank)[rank])


def _root(squares: Sequence[float], divisor: float = 1.0) -> float | None:
    """Return the root of a sum over a divisor; None where it is not finite."""
    root = math.sqrt(math.fsum(squares) / divisor)
    return root if math.isfinite(root) else None
