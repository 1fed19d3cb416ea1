import numpy as np
import pytest

from samscope.analysis.masks.mosev2 import mosev2_scores
from tests.analysis.hand_made import HandMade, answers

D, R, R_J = "mosev2_disappearance", "mosev2_reappearance", "mosev2_reappearance_j"


def test_frames_then_stretches_by_hand() -> None:
    clip = HandMade(
        "ooo..oo.ooo",
        j=[1, 0.9, 0.9, 1, 0, 0.2, 0.4, 1, 0.8, 0.6, 0.1],
        f=[1, 0.9, 0.9, 1, 0, 0.5, 0.7, 1, 1.0, 0.9, 0.1],
        f_adaptive=[1, 0.9, 0.9, 1, 0, 0.4, 0.6, 1, 1.0, 0.8, 0.1],
    )
    found = mosev2_scores(answers(clip))
    assert found[D].values.tolist() == pytest.approx([(1 / 2 + 1) / 2])
    assert found[R_J].values.tolist() == pytest.approx([(0.3 + 0.7) / 2])
    assert found[R].values.tolist() == pytest.approx([(0.4 + 0.8) / 2])
    assert [found[name].frames.tolist() for name in (D, R, R_J)] == [[3], [4], [4]]


def test_records_without_the_f_of_mosev2_have_no_reappearance_score() -> None:
    found = mosev2_scores(answers(HandMade("oo.ooo", j=[1, 1, 1, 1, 1, 1], f_adaptive=[None] * 6)))
    assert [found[name].values.tolist() for name in (D, R_J)] == [[1], [1]]
    assert np.isnan(found[R].values).all()
    assert found[R].undefined.tolist() == [2]


def test_an_object_that_never_returns_has_only_disappeared() -> None:
    found = mosev2_scores(answers(HandMade("ooo...", j=[1, 0.9, 0.9, 1, 0, 0])))
    assert found[D].values.tolist() == [0.5]
    assert np.isnan(found[R_J].values).all()
    assert found[R_J].asked.tolist() == [True]


def test_an_absence_from_the_first_frame_that_counts_is_no_disappearance_but_has_a_return() -> None:
    found = mosev2_scores(answers(HandMade("o..oooo", j=[1, 0, 0, 0.6, 0.8, 1.0, 0.0])))
    assert np.isnan(found[D].values).all()
    assert found[R_J].values.tolist() == pytest.approx([0.8])


@pytest.mark.parametrize("present", ["oooo.", "ooooo"])
def test_the_last_frame_does_not_count(present: str) -> None:
    found = mosev2_scores(answers(HandMade(present, j=[1, 1, 1, 1, 0])))
    for measure in found.values():
        assert np.isnan(measure.values).all()
        assert measure.frames.tolist() == [0]
        assert measure.asked.tolist() == ["." in present]


def test_an_undefined_frame_is_counted_and_left_out_of_its_stretch() -> None:
    clip = HandMade("oo.oooo", j=[1, 1, 1, 1, None, 0.4, 1], area=[0.1, 0.1, 0, 0, 0.1, 0.1, 0.1])
    found = mosev2_scores(answers(clip))[R_J]
    assert found.values.tolist() == pytest.approx([0.4])
    assert found.frames.tolist() == [1]
    assert found.undefined.tolist() == [2]


def test_clips_do_not_mix() -> None:
    found = mosev2_scores(
        answers(
            HandMade("oo.oo", j=[1, 1, 1, 0.2, 0], clip=3),
            HandMade("oo.ooo", j=[1, 1, 0, 0.4, 0.6, 0], clip=5),
        )
    )
    assert found[D].values.tolist() == [1, 0]
    assert found[R_J].values.tolist() == pytest.approx([0.2, 0.5])
