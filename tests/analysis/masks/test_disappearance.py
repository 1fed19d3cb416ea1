import numpy as np
import pytest

from samscope.analysis.masks.disappearance import presence_errors
from tests.analysis.hand_made import HandMade, answers

CLIP = HandMade(
    "ooo....oo",
    j=[1, 0.9, 0, 1, 0, 0, 1, 0, 0.8],
    area=[0.1, 0.1, 0, 0, 0.2, 0.4, 0, 0.1, 0.1],
    score=[9, 5, -5, -1, 1, 2, 3, 4, 0],
)


@pytest.mark.parametrize(
    ("name", "expected", "frames"),
    [
        ("false_positive_area", (0.2 + 0.4) / 4, 4),
        ("missed_absence_by_score", 3 / 4, 4),
        ("missed_absence_by_mask", 2 / 4, 4),
        ("false_absence_by_score", 2 / 4, 4),
        ("false_absence_by_mask", 1 / 4, 4),
    ],
)
def test_by_hand(name: str, expected: float, frames: int) -> None:
    found = presence_errors(answers(CLIP))[name]
    assert found.values.tolist() == pytest.approx([expected])
    assert found.frames.tolist() == [frames]
    assert found.asked.all()


def test_the_prompted_frame_does_not_count_and_the_last_one_does() -> None:
    found = presence_errors(answers(HandMade(".o.", j=[0, 1, 0], area=[0.5, 0.1, 0.3], score=[9, 9, 9])))
    assert found["false_positive_area"].values.tolist() == [0.3]
    assert found["missed_absence_by_score"].frames.tolist() == [1]


def test_a_clip_that_always_shows_its_object_misses_no_absence() -> None:
    found = presence_errors(answers(HandMade("ooo", j=[1, 1, 1]), HandMade("o..", j=[1, 0, 0], clip=1)))
    for name in ("false_positive_area", "missed_absence_by_score", "missed_absence_by_mask"):
        assert found[name].asked.tolist() == [False, True]
        assert np.isnan(found[name].values[0])
    assert found["false_absence_by_mask"].asked.tolist() == [True, False]


def test_nulls_and_objects_in_void_pixels_are_counted_not_judged() -> None:
    found = presence_errors(
        answers(
            HandMade(
                "oooo..",
                j=[1, 1, 0, 0.5, 1, 0],
                area=[0.1, 0, 0, 0.1, 0, None],
                score=[1, 1, -1, None, None, 1],
            )
        )
    )
    assert found["false_absence_by_mask"].values.tolist() == [1 / 2]
    assert found["false_absence_by_mask"].undefined.tolist() == [1]
    assert found["false_absence_by_score"].values.tolist() == [1 / 2]
    assert found["missed_absence_by_mask"].values.tolist() == [0]
    assert found["missed_absence_by_score"].values.tolist() == [1]
    assert found["missed_absence_by_score"].undefined.tolist() == [1]
