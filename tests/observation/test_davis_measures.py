import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from samscope.observation.davis_measures import contour_accuracies, contour_accuracy, region_similarity

Mask = NDArray[np.bool_]


def _mask(size: tuple[int, int], *boxes: tuple[int, int, int, int]) -> Mask:
    mask = np.zeros(size, bool)
    for top, left, bottom, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


def _contour_by_definition(mask: Mask) -> Mask:
    around = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
    neighbours = around[:-1, 1:], around[1:, :-1], around[1:, 1:]
    return np.asarray(np.any([neighbour != mask for neighbour in neighbours], axis=0))


def _share_near(contour: Mask, other: Mask, radius: int) -> float:
    near: list[bool] = [
        np.square(np.argwhere(other) - pixel).sum(axis=1).min() <= radius**2 for pixel in np.argwhere(contour)
    ]
    return sum(near) / len(near)


def _contour_accuracy_by_definition(truth: Mask, predicted: Mask, void: Mask | None, bound: float) -> float:
    radius = math.ceil(bound * math.hypot(*truth.shape))
    if void is not None:
        truth, predicted = truth & ~void, predicted & ~void
    true_contour, predicted_contour = _contour_by_definition(truth), _contour_by_definition(predicted)
    if not true_contour.any() or not predicted_contour.any():
        return float(true_contour.any() == predicted_contour.any())
    precision = _share_near(predicted_contour, true_contour, radius)
    recall = _share_near(true_contour, predicted_contour, radius)
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def _blob(rng: np.random.Generator, size: tuple[int, int]) -> Mask:
    noise = ndimage.gaussian_filter(rng.standard_normal(size), rng.uniform(0, 4))
    return np.asarray(noise > np.quantile(noise, rng.choice([0.2, 0.5, 0.9])))


EMPTY = _mask((60, 80))
SQUARE = _mask((60, 80), (20, 20, 40, 40))


@pytest.mark.parametrize(
    ("truth", "predicted", "j", "f"),
    [
        pytest.param(EMPTY, EMPTY, 1, 1, id="both empty"),
        pytest.param(EMPTY, SQUARE, 0, 0, id="false positives while absent"),
        pytest.param(SQUARE, EMPTY, 0, 0, id="missed"),
        pytest.param(SQUARE, SQUARE, 1, 1, id="equal"),
        pytest.param(~EMPTY, ~EMPTY, 1, 1, id="both fill the picture"),
        pytest.param(~EMPTY, EMPTY, 0, 1, id="one fills the picture, so neither has a contour"),
        # Contours of 80 pixels, 10 apart; 1 pixel is close. On the long sides 12 each are shared or beside a
        # shared one, and on either end the two pixels next to the other's long sides.
        pytest.param(SQUARE, np.roll(SQUARE, 10, axis=1), 1 / 3, 26 / 80, id="half aside"),
        pytest.param(SQUARE, np.roll(SQUARE, 30, axis=1), 0, 0, id="far aside"),
    ],
)
def test_known_results(truth: Mask, predicted: Mask, j: float, f: float) -> None:
    assert region_similarity(truth, predicted) == pytest.approx(j)
    assert contour_accuracy(truth, predicted) == pytest.approx(f)


def test_thin_structures_are_judged_by_their_contour() -> None:
    line = _mask((40, 40), (10, 20, 30, 21))  # 1 pixel of 56.6 * 0.008 is close
    assert region_similarity(line, np.roll(line, 1, axis=1)) == 0
    assert contour_accuracy(line, np.roll(line, 1, axis=1)) == 1
    assert contour_accuracy(line, np.roll(line, 4, axis=1)) == 0
    assert contour_accuracy(line, np.roll(line, 4, axis=1), bound=0.07) == 1


def test_there_is_no_contour_along_the_border_of_the_picture() -> None:
    left, wider = _mask((60, 80), (0, 0, 60, 40)), _mask((60, 80), (0, 0, 60, 41))
    assert region_similarity(left, wider) == 40 / 41
    assert contour_accuracy(left, wider) == 1
    right = ~left
    assert contour_accuracy(left, right) == 1
    assert region_similarity(left, right) == 0


def test_void_counts_for_nothing() -> None:
    void = _mask((60, 80), (0, 50, 60, 80))
    predicted = SQUARE | _mask((60, 80), (5, 55, 30, 75))
    assert region_similarity(SQUARE, predicted) < 1
    assert region_similarity(SQUARE, predicted, void) == 1
    assert contour_accuracy(SQUARE, predicted, void) == 1
    assert region_similarity(EMPTY, void, void) == 1


def test_equal_to_the_definition_to_the_last_bit() -> None:
    rng = np.random.default_rng(0)
    for number in range(60):
        size = (1, 17) if number == 0 else (int(rng.integers(1, 40)), int(rng.integers(1, 40)))
        truth, predicted, void = (_blob(rng, size) for _ in range(3))
        if number % 3 == 0:
            predicted = np.roll(truth, (1, 2), axis=(0, 1))
        hidden = void & (rng.random(size) < 0.2) if number % 2 else None
        bound = float(rng.choice([0, 0.008, 0.03, 0.1]))
        expected = _contour_accuracy_by_definition(truth, predicted, hidden, bound)
        assert contour_accuracy(truth, predicted, hidden, bound) == expected
        counted = np.ones(size, bool) if hidden is None else ~hidden
        either = np.sum((truth | predicted)[counted])
        expected = np.sum((truth & predicted)[counted]) / either if either else 1
        assert region_similarity(truth, predicted, hidden) == expected


def test_tolerance_of_mosev2_shrinks_with_the_object() -> None:
    size = (300, 400)  # diagonal 500: 4 pixels are close by DAVIS
    for side, tolerance in ((5, 1), (10, 1), (11, 2), (25, 3), (40, 4), (90, 4)):
        truth = _mask(size, (100, 100, 100 + side, 100 + side))
        for moved in range(6):
            davis, mosev2 = contour_accuracies(truth, np.roll(truth, moved, axis=1))
            assert davis == contour_accuracy(truth, np.roll(truth, moved, axis=1))
            expected = _contour_accuracy_by_definition(
                truth, np.roll(truth, moved, axis=1), None, (tolerance - 0.5) / 500
            )
            assert mosev2 == expected
            assert (mosev2 == 1) == (moved <= tolerance)


def test_both_tolerances_agree_on_an_object_that_is_not_there_and_on_a_large_one() -> None:
    assert contour_accuracies(EMPTY, EMPTY) == (1, 1)
    assert contour_accuracies(EMPTY, SQUARE) == contour_accuracies(SQUARE, EMPTY) == (0, 0)
    void = _mask((60, 80), (0, 50, 60, 80))
    assert contour_accuracies(SQUARE, SQUARE | void, void) == (1, 1)
    large = _mask((60, 80), (0, 10, 60, 70))
    davis, mosev2 = contour_accuracies(large, np.roll(large, 2, axis=1))
    assert davis == mosev2 == contour_accuracy(large, np.roll(large, 2, axis=1))
    with pytest.raises(ValueError, match="predicted is"):
        contour_accuracies(SQUARE, SQUARE[:, 1:])


def test_memory_order_of_the_masks_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    truth, predicted = _blob(rng, (30, 50)), _blob(rng, (30, 50))
    turned = np.asfortranarray(truth), np.repeat(predicted, 2, axis=1)[:, ::2]
    assert contour_accuracy(*turned) == contour_accuracy(truth, predicted)
    assert region_similarity(*turned) == region_similarity(truth, predicted)


def test_refuses_masks_of_different_sizes_and_a_bound_that_is_no_share() -> None:
    with pytest.raises(ValueError, match=r"predicted is \(60, 79\), the true mask \(60, 80\)"):
        region_similarity(SQUARE, SQUARE[:, 1:])
    with pytest.raises(ValueError, match="void is"):
        contour_accuracy(SQUARE, SQUARE, SQUARE[1:])
    for bound in (-0.1, 1):
        with pytest.raises(ValueError, match="share of the diagonal"):
            contour_accuracy(SQUARE, SQUARE, bound=bound)


@pytest.mark.parametrize("measure", [region_similarity, contour_accuracy, contour_accuracies])
def test_masks_that_are_not_bool_are_refused(measure: Callable[..., object]) -> None:
    mask = np.zeros((20, 30), bool)
    mask[5:10, 5:10] = True
    for masks in ((mask * np.uint8(255), mask), (mask, mask * 2), (mask, mask, mask.astype(np.uint8))):
        with pytest.raises(ValueError, match="expected bool: write mask == the object's label"):
            measure(*masks)
