import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_curve

from samscope.analysis.statistics.thresholds import Detector, fitted_detectors, youden_threshold


@pytest.mark.parametrize(
    ("absent", "other", "expected"),
    [
        ([4, 6], [0, 2], 3.0),
        ([4], [0, 2, 5], 3.0),
        ([1, 5, 6], [0, 2], 3.5),
        ([1, 1], [1, 1, 0], 0.5),
        ([0, 1], [2, 3], np.inf),
        ([1], [1], np.inf),
    ],
)
def test_lies_half_way_between_the_scores_that_it_parts(
    absent: list[float], other: list[float], expected: float
) -> None:
    scores, truth = np.array(absent + other, float), np.repeat([True, False], [len(absent), len(other)])
    assert youden_threshold(scores, truth) == expected


def test_no_other_threshold_has_a_greater_balanced_accuracy() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        truth = rng.random(60) < 0.2
        scores = (rng.normal(size=60) + truth).round(1)
        found = balanced_accuracy_score(truth, scores >= youden_threshold(scores, truth))
        others = [balanced_accuracy_score(truth, scores >= score) for score in [*scores, np.inf]]
        assert found == max(others)


def test_is_the_best_threshold_of_scikit_learns_curve() -> None:
    rng = np.random.default_rng(5)
    for digits in (0, 1, 6):
        truth = rng.random(80) < 0.3
        scores = (rng.normal(size=80) + truth).round(digits)
        false, true, thresholds = roc_curve(truth, scores, drop_intermediate=False)
        best = int((true - false).argmax())
        assert youden_threshold(scores, truth) == pytest.approx(thresholds[best : best + 2].mean())


def test_is_not_moved_by_how_rare_absent_frames_are() -> None:
    rng = np.random.default_rng(1)
    absent, other = rng.normal(size=9) + 1, rng.normal(size=50)
    once = youden_threshold(np.concatenate([absent, other]), np.repeat([True, False], [9, 50]))
    often = np.concatenate([np.repeat(absent, 30), other])
    assert youden_threshold(often, np.repeat([True, False], [270, 50])) == once


def test_neighbouring_numbers_are_parted() -> None:
    below, above = 1.0, np.nextafter(1.0, 2.0)
    threshold = youden_threshold(np.array([above, below]), np.array([True, False]))
    assert below < threshold <= above


def test_a_detector_of_several_features_combines_them() -> None:
    rng = np.random.default_rng(2)
    truth = np.arange(400) % 4 == 0
    features = rng.normal(size=(400, 3)) + 1.2 * truth[:, None]
    taught = np.arange(400)[None] < 200
    detectors = [fitted_detectors(features[:, :count], truth, taught) for count in (1, 3)]
    accuracies = [
        balanced_accuracy_score(truth[200:], fitted[0].calls(features[200:, :count]))
        for fitted, count in zip(detectors, (1, 3), strict=True)
        if fitted is not None
    ]
    assert 0.6 < accuracies[0] < accuracies[1]


def test_one_kind_of_frame_teaches_nothing() -> None:
    for truth in (np.ones(3, bool), np.zeros(3, bool), np.zeros(0, bool)):
        assert fitted_detectors(np.zeros((len(truth), 1)), truth, np.ones((1, len(truth)), bool)) is None


def test_calls_at_the_threshold_and_above_it_and_none_where_it_is_infinite() -> None:
    features = np.array([[1.0], [2.0], [3.0]])
    assert Detector(2.0).calls(features).tolist() == [False, True, True]
    assert Detector(np.inf).calls(features).tolist() == [False] * 3
    truth = np.array([False, False, True, True])
    fitted = fitted_detectors(np.arange(12.0).reshape(4, 3), truth, np.ones((1, 4), bool))
    assert fitted is not None
    assert fitted[0].calls(np.empty((0, 3))).tolist() == []
