import cv2
import numpy as np
import pytest
import torch

from samscope.trackers.rules.box_filter import EMPTY, Box, BoxFilter, box_iou, mask_boxes

BOXES: list[Box] = [
    (10.0 + 3 * step, 20.0 - step, 50.0 + 3 * step + step % 3, 80.0 - step - step % 2) for step in range(12)
]


def deviations(height: float, share: float, of_velocity: float) -> list[float]:
    near, moving = share * height, of_velocity * height
    return [near, near, 0.01, near, moving, moving, 1e-5, moving]


def test_it_is_the_librarys_kalman_filter_with_noise_that_grows_with_the_box() -> None:
    library = cv2.KalmanFilter(8, 4, 0, cv2.CV_64F)
    library.transitionMatrix = np.eye(8) + np.eye(8, k=4)
    library.measurementMatrix = np.eye(4, 8)
    ours = BoxFilter.started(BOXES[0])
    library.statePost = ours.mean[:, None].copy()
    library.errorCovPost = np.diag(np.square(deviations(60, 1 / 10, 1 / 16)))
    for x_min, y_min, x_max, y_max in BOXES[1:]:
        library.processNoiseCov = np.diag(np.square(deviations(ours.mean[3], 1 / 20, 1 / 160)))
        ours = ours.predicted()
        library.predict()
        assert ours.mean == pytest.approx(library.statePre[:, 0])
        assert ours.covariance == pytest.approx(library.errorCovPre)
        library.measurementNoiseCov = np.diag(np.square([*[ours.mean[3] / 20] * 2, 0.1, ours.mean[3] / 20]))
        width, height = x_max - x_min, y_max - y_min
        library.correct(np.array([[(x_min + x_max) / 2], [(y_min + y_max) / 2], [width / height], [height]]))
        ours = ours.updated((x_min, y_min, x_max, y_max))
        assert ours.mean == pytest.approx(library.statePost[:, 0])
        assert ours.covariance == pytest.approx(library.errorCovPost)


def test_it_begins_at_the_box_and_learns_how_it_moves() -> None:
    belief = BoxFilter.started(BOXES[0])
    assert belief.box == pytest.approx(BOXES[0])
    assert belief.predicted().box == pytest.approx(BOXES[0])
    for step in range(1, 60):
        belief = belief.predicted().updated((10.0 + 3 * step, 20.0, 50.0 + 3 * step, 80.0))
    assert belief.predicted().box == pytest.approx((190, 20, 230, 80), abs=0.5)


def test_what_was_believed_before_stays_as_it_was() -> None:
    belief = BoxFilter.started(BOXES[0])
    mean, covariance = belief.mean.copy(), belief.covariance.copy()
    belief.predicted().updated(BOXES[5])
    assert np.array_equal(belief.mean, mean)
    assert np.array_equal(belief.covariance, covariance)


def test_a_flat_box_is_one_pixel_high() -> None:
    assert BoxFilter.started((0.0, 0.0, 0.0, 0.0)).mean.tolist() == [0, 0, 0, 1, 0, 0, 0, 0]
    assert BoxFilter.started((2.0, 7.0, 8.0, 7.0)).mean[:4].tolist() == [5, 7, 6, 1]


@pytest.mark.parametrize(
    ("one", "other", "iou"),
    [
        ((0, 0, 4, 4), (0, 0, 4, 4), 1),
        ((0, 0, 4, 4), (2, 0, 6, 4), 1 / 3),
        ((0, 0, 4, 4), (1, 1, 3, 3), 1 / 4),
        ((0, 0, 4, 4), (4, 0, 8, 4), 0),
        ((0, 0, 4, 4), (6, 6, 8, 8), 0),
        ((0, 0, 4, 4), (0, 0, 0, 0), 0),
        ((0, 0, 0, 0), (0, 0, 0, 0), 0),
    ],
)
def test_iou_of_boxes(one: Box, other: Box, iou: float) -> None:
    assert box_iou(one, other) == box_iou(other, one) == pytest.approx(iou)


def test_boxes_are_those_of_the_masks_at_the_models_size() -> None:
    logits = torch.full((2, 16, 16), -8.0)
    logits[0, 4:8, 2:12] = 8.0
    assert mask_boxes(logits, 64) == [(8.0, 16.0, 47.0, 31.0), EMPTY]
