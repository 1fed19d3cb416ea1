"""Region similarity J and contour accuracy F, as the DAVIS benchmark defines and computes them.

Perazzi et al., "A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation", CVPR 2016;
the values equal those of the benchmark's own evaluation of DAVIS 2017. Beside F stands that of MOSEv2, whose
tolerance shrinks with the object: Ding et al., "MOSEv2: A More Challenging Dataset for Video Object
Segmentation in Complex Scenes", arXiv:2508.05630, 2025, equation 1.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

DAVIS_BOUND = 0.008
"""What DAVIS takes as close to a contour, as a share of the picture's diagonal."""

ADAPTIVE_BOUND = 0.1
"""What MOSEv2 takes as close at most, as a share of the square root of the object's area."""


def region_similarity(truth: Mask, predicted: Mask, void: Mask | None = None) -> float:
    """Return J, the pixels that both masks share as a part of those that either has.

    Args:
        truth: bool [H, W], the object's true mask.
        predicted: bool [H, W].
        void: bool [H, W], pixels that do not count.

    Returns:
        0..1; 1 where both masks are empty.

    Raises:
        ValueError: the masks' shapes differ, or one is not bool.
    """
    truth, predicted = _without_void(truth, predicted, void)
    union = _count(truth | predicted)
    return _count(truth & predicted) / union if union else 1.0


def contour_accuracy(
    truth: Mask, predicted: Mask, void: Mask | None = None, bound: float = DAVIS_BOUND
) -> float:
    """Return F, the harmonic mean of how much of either contour lies close to the other one.

    Args:
        truth: bool [H, W], the object's true mask.
        predicted: bool [H, W].
        void: bool [H, W], pixels that do not count: they are taken out of both masks before the contours.
        bound: what counts as close, as a share of the picture's diagonal in 0..1; rounded up to whole pixels.

    Returns:
        0..1; 1 where neither mask has a contour and 0 where only one has. An empty mask has none, and a mask
        that fills the picture neither.

    Raises:
        ValueError: the masks' shapes differ, one is not bool, or ``bound`` is not in 0..1.
    """
    if not 0 <= bound < 1:
        raise ValueError(f"bound is {bound}; it is a share of the diagonal, at least 0 and less than 1")
    radius = math.ceil(bound * float(np.linalg.norm(truth.shape)))
    (accuracy,) = _accuracies(*_without_void(truth, predicted, void), (radius,))
    return accuracy


def contour_accuracies(truth: Mask, predicted: Mask, void: Mask | None = None) -> tuple[float, float]:
    """Return the F of DAVIS and that of MOSEv2, at the cost of little more than one.

    MOSEv2 takes pixels as close up to min(0.008 D, 0.1 sqrt(A)), D the picture's diagonal and A the area of
    the true mask, both in pixels; that too is rounded up to whole pixels here, so that for large objects both
    are equal. (The authors' own evaluation, github.com/henghuiding/MOSE-api, rounds 0.1 sqrt(A) alike but not
    0.008 D, whose disk then lies between the pixels.)

    Args:
        truth: bool [H, W], the object's true mask.
        predicted: bool [H, W].
        void: as for ``contour_accuracy``.

    Returns:
        Both 0..1, as for ``contour_accuracy``; that of MOSEv2 is never the greater.

    Raises:
        ValueError: the masks' shapes differ, or one is not bool.
    """
    radius = math.ceil(DAVIS_BOUND * float(np.linalg.norm(truth.shape)))
    truth, predicted = _without_void(truth, predicted, void)
    adaptive = min(radius, math.ceil(ADAPTIVE_BOUND * math.sqrt(_count(truth))))
    accuracies = _accuracies(truth, predicted, (radius,) if adaptive == radius else (radius, adaptive))
    return accuracies[0], accuracies[-1]


def _accuracies(truth: Mask, predicted: Mask, radii: tuple[int, ...]) -> list[float]:
    """Return F with each radius in pixels as what counts as close."""
    window = _surroundings(truth | predicted)
    true_contour, predicted_contour = _contour(truth[window]), _contour(predicted[window])
    true_length, predicted_length = _count(true_contour), _count(predicted_contour)
    if not true_length or not predicted_length:
        return [float(true_length == predicted_length)] * len(radii)
    accuracies = []
    for radius in radii:
        precision = _count(predicted_contour & _widened(true_contour, radius)) / predicted_length
        recall = _count(true_contour & _widened(predicted_contour, radius)) / true_length
        accuracies.append(2 * precision * recall / (precision + recall) if precision + recall else 0.0)
    return accuracies


def _count(mask: Mask) -> int:
    return int(np.count_nonzero(mask))


def _without_void(truth: Mask, predicted: Mask, void: Mask | None) -> tuple[Mask, Mask]:
    for name, mask in (("predicted", predicted), ("void", void)):
        if mask is not None and mask.shape != truth.shape:
            raise ValueError(f"{name} is {mask.shape}, the true mask {truth.shape}")
    for name, mask in (("the true mask", truth), ("predicted", predicted), ("void", void)):
        if mask is not None and mask.dtype != np.bool_:
            raise ValueError(f"{name} is of {mask.dtype}; expected bool: write mask == the object's label")
    return (truth, predicted) if void is None else (truth & ~void, predicted & ~void)


def _surroundings(mask: Mask) -> tuple[slice, slice]:
    """Return the rows and columns of ``mask`` and one more on each side: no contour lies outside them."""
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return slice(max(top - 1, 0), top + height + 1), slice(max(left - 1, 0), left + width + 1)


def _contour(mask: Mask) -> Mask:
    """Return the pixels that differ from their right, lower or lower right neighbour.

    There is nothing to differ from beyond the picture: the last row has right neighbours only, the last
    column lower ones only, and the last pixel none.
    """
    contour = np.zeros_like(mask)
    contour[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    contour[:-1] |= mask[:-1] != mask[1:]
    contour[:-1, :-1] |= mask[:-1, :-1] != mask[1:, 1:]
    return contour


def _widened(contour: Mask, radius: int) -> Mask:
    """Return the pixels at most ``radius`` from the contour, by Euclidean distance."""
    rows, columns = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    disk = (rows**2 + columns**2 <= radius**2).view(np.uint8)
    widened = cv2.dilate(contour.view(np.uint8), disk)
    return np.asarray(widened, np.uint8).view(np.bool_)
