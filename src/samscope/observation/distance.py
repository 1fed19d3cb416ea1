"""Equation (1) of the paper: how far a frame lies from the frames that are known to show the object."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from samscope.observation.kinds import Spread
from samscope.observation.medians import lower_median

_CHUNK = 1 << 16
"""Elements that are worked on at once on a CPU, so that the temporaries of a window stay in its cache."""


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
    flat, *flat_window = (tensor.reshape(-1) for tensor in (features, *window))
    if flat.device.type == "cpu":
        return read_distances(distance_sums(flat, *flat_window))
    return read_distances(distance_sums(*(tensor[None] for tensor in (flat, *flat_window)))[0].cpu())


@torch.no_grad()
def distance_sums(flat: Tensor, *window: Tensor) -> Tensor:
    """Return what ``read_distances`` makes distances of; a device is not waited for.

    Tensors of one dimension are worked on part after part, as suits a CPU's cache, and rows whole.

    Args:
        flat: [N] on a CPU, or rows [B, N] of several frames on any device; N is at least 1.
        window: at least one reference, of the same shape; of rows each has its own.

    Returns:
        float32 [P, 6], of P parts, or [B, 1, 6]: the squared distances to the latest reference and to the
        references' mean; those by standard deviation, variance, and variance without its floor as multiples
        of the floor and of its square; and the floor. NaN for what one reference does not have.
    """
    parts = list(_parts(flat))
    if len(window) == 1:
        sums = [_of_one_reference(flat[part], window[0][part]) for part in parts]
        return torch.stack([torch.stack(of_part, -1) for of_part in sums], -2)
    squares, variances = torch.empty(2, *flat.shape, device=flat.device)
    plain = [
        _squares_and_variances(
            flat[part], [reference[part] for reference in window], squares[part], variances[part]
        )
        for part in parts
    ]
    floor = lower_median(variances)
    divisor = floor[..., None]
    return torch.stack(
        [
            torch.stack([*of_part, *_regularised(squares[part], variances[part], divisor), floor], -1)
            for part, of_part in zip(parts, plain, strict=True)
        ],
        -2,
    )


def read_distances(sums: Tensor) -> Distances:
    """Return the distances that sums [P, 6] of ``distance_sums`` stand for.

    Args:
        sums: on the host; a device is waited for otherwise.
    """
    latest, none, std, variance, bare, floors = zip(*sums.tolist(), strict=True)
    floor = floors[0]
    if not floor > 0:
        return Distances(none=_root(none), latest=_root(latest))
    return Distances(
        std=_root(std, floor),
        variance=_root(variance, floor * floor),
        none=_root(none),
        variance_without_floor=_root(bare, floor * floor),
        latest=_root(latest),
    )


def _parts(flat: Tensor) -> Iterator[tuple[slice, ...]]:
    """Yield what of tensors is worked on at once."""
    if flat.dim() > 1:
        yield (slice(None),)
        return
    for start in range(0, len(flat), _CHUNK):
        yield (slice(start, start + _CHUNK),)


def _of_one_reference(flat: Tensor, reference: Tensor) -> list[Tensor]:
    """Return the six sums of a part with a single reference."""
    difference = flat - reference.float()
    square = torch.linalg.vecdot(difference, difference)
    return [square, square, *[torch.full_like(square, math.nan)] * 4]


def _squares_and_variances(
    flat: Tensor, window: Sequence[Tensor], squares: Tensor, variances: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the squared distances of a part to a window's last tensor and to its mean.

    The latter's squares are written to ``squares``, the variances to ``variances``.

    Mean and variance are taken of offsets to the window's first tensor, of which equal references have
    exactly 0. Their mean square less the square of their mean is safe to take: as the first tensor is one of
    the window's, the mean's square is at most the window's size times the variance.
    """
    first, *later = window
    share = 1 / len(window)
    first = first.float()
    offset = later[0] - first
    mean, variance = offset.clone(), torch.square(offset, out=variances)
    for reference in later[1:]:
        mean += torch.sub(reference, first, out=offset)
        variance.addcmul_(offset, offset)
    mean *= share
    # Where float32 ends, rounding can leave less than 0, or -0, whose reciprocal would be -inf.
    variance.mul_(share).addcmul_(mean, mean, value=-1).abs_()
    difference = torch.sub(flat, later[-1].float(), out=offset)
    to_last = torch.linalg.vecdot(difference, difference)
    difference = torch.sub(flat, first, out=squares).sub_(mean)
    to_mean = torch.linalg.vecdot(difference, difference)
    difference.square_()
    return to_last, to_mean


def _regularised(squares: Tensor, variances: Tensor, floor: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return sums of squares by the standard deviation, the variance, and the variance without a floor.

    The first is a multiple of the floor [..., 1], the others of its square.
    """
    weight = variances.reciprocal().mul_(floor)
    bare = torch.linalg.vecdot(squares, weight.square())
    # At most 1, so that no sum overflows however small the floor is.
    weight.clamp_(max=1.0)
    std = torch.linalg.vecdot(squares, weight)
    return std, torch.linalg.vecdot(squares, weight.square_()), bare


def _root(squares: Sequence[float], divisor: float = 1.0) -> float | None:
    """Return the root of a sum over a divisor; None where it is not finite."""
    root = math.sqrt(math.fsum(squares) / divisor)
    return root if math.isfinite(root) else None
