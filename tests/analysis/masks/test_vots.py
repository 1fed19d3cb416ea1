import numpy as np
import pytest

from samscope.analysis.masks.vots import ABSENCE_THRESHOLD, vots_measures
from tests.analysis.hand_made import HandMade, answers

CLIP = HandMade(
    "oooooo..oo",
    j=[1, 0.9, 0.5, 0, 0, 0, 1, 0, 1e-6, 0.2],
    area=[0.1, 0.1, 0.1, 0, 0, 0.1, 0, 0.1, 0.1, 0.1],
)


@pytest.mark.parametrize(
    ("name", "expected", "frames"),
    [
        ("vots_quality", (0.9 + 0.5 + 1 + 1e-6 + 0.2) / 9, 9),
        ("vots_accuracy", (0.9 + 0.5 + 1e-6 + 0.2) / 4, 4),
        ("vots_robustness", 4 / 7, 7),
        ("vots_not_reported_error", 2 / 7, 7),
        ("vots_drift_rate_error", 1 / 7, 7),
        ("vots_absence_detection_quality_of_any_length", 1 / 2, 2),
    ],
)
def test_by_hand(name: str, expected: float, frames: int) -> None:
    found = vots_measures(answers(CLIP))[name]
    assert found.values.tolist() == pytest.approx([expected], abs=1e-12)
    assert found.frames.tolist() == [frames]


@pytest.mark.parametrize(("absent", "counts"), [(ABSENCE_THRESHOLD, False), (ABSENCE_THRESHOLD + 1, True)])
def test_absence_detection_asks_for_more_absent_frames_than_the_threshold(absent: int, counts: bool) -> None:
    clip = HandMade("oo" + "." * absent, j=[1, 1, 0, *[1] * (absent - 1)])
    found = vots_measures(answers(clip))["vots_absence_detection_quality"]
    np.testing.assert_allclose(found.values, [(absent - 1) / absent if counts else np.nan])
    assert found.asked.tolist() == [True]
    lower = vots_measures(answers(clip), absence_threshold=0)["vots_absence_detection_quality"]
    np.testing.assert_allclose(lower.values, [(absent - 1) / absent])


def test_an_accuracy_without_a_tracked_frame_is_0() -> None:
    found = vots_measures(answers(HandMade("ooo.", j=[1, 0, 0, 1])))
    assert found["vots_accuracy"].values.tolist() == [0]
    assert found["vots_robustness"].values.tolist() == [0]
    assert found["vots_drift_rate_error"].values.tolist() == [1]


def test_a_clip_that_never_shows_its_object_again_is_judged_by_its_absence_alone() -> None:
    found = vots_measures(answers(HandMade("o...", j=[1, 1, 0, 0])))
    assert found["vots_quality"].values.tolist() == pytest.approx([1 / 3])
    for name in ("vots_accuracy", "vots_robustness", "vots_not_reported_error", "vots_drift_rate_error"):
        assert np.isnan(found[name].values).all()
        assert found[name].asked.tolist() == [False]


def test_a_clip_that_always_shows_its_object_detects_no_absence() -> None:
    found = vots_measures(answers(HandMade("ooo", j=[1, 0.5, 0.5])))
    assert found["vots_accuracy"].values.tolist() == [0.5]
    assert found["vots_absence_detection_quality_of_any_length"].asked.tolist() == [False]


def test_an_object_in_void_pixels_and_a_null_are_neither_tracked_nor_missed_nor_drifted_from() -> None:
    clip = HandMade("ooooo.", j=[1, 1, None, 0.5, 0, 1], area=[0.1, 0, 0.1, 0.1, 0, 0])
    found = vots_measures(answers(clip))
    for name, expected in (("robustness", 1 / 2), ("not_reported_error", 1 / 2), ("drift_rate_error", 0)):
        assert found[f"vots_{name}"].values.tolist() == [expected]
        assert found[f"vots_{name}"].undefined.tolist() == [2]
    assert found["vots_accuracy"].values.tolist() == [0.5]
    assert found["vots_quality"].values.tolist() == pytest.approx([(0.5 + 0 + 1) / 3])
