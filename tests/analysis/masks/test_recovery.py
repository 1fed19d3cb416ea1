from typing import Any

import numpy as np
import pytest

from samscope.analysis.masks.recovery import followed_before, j_around_absence, search
from samscope.analysis.statistics.resampling_plan import plan_of_videos
from tests.analysis.hand_made import HandMade, answers

CLIP = HandMade("ooo..oooo", j=[1, 0.9, 0.7, 1, 0, 0.2, 0.4, 0.6, 0.0])
CLEAN = HandMade("ooooooooo", j=[1, 0.9, 0.9, 0.5, 0.5, 0.6, 0.7, 0.8, 0.0], set="clean")


def values(found: Any) -> list[float]:
    """Return the values of a measure with their noise of rounding taken off."""
    return [round(value, 9) for value in found.values.tolist()]


def test_j_before_and_after_by_hand() -> None:
    found = j_around_absence(answers(CLIP), None)
    assert set(found) == {"j_before", "j_after", "j_change"}
    assert values(found["j_before"]) == [0.8]
    assert values(found["j_after"]) == [0.4]
    assert values(found["j_change"]) == [-0.4]
    assert found["j_before"].frames.tolist() == [2]
    assert found["j_after"].frames.tolist() == [3]


def test_against_the_clean_clip_of_the_same_draw_at_the_same_frames() -> None:
    clean = answers(CLEAN, HandMade("oooo", j=[1, 0, 0, 0], set="clean", clip=7), set_name="clean")
    found = j_around_absence(answers(CLIP), clean)
    assert values(found["j_after_clean"]) == [0.7]
    assert values(found["j_after_less_clean"]) == [-0.3]
    assert values(found["j_change_clean"]) == [-0.2]
    assert values(found["j_change_less_clean"]) == [-0.2]


def test_only_frames_on_which_both_clips_show_their_object_are_compared() -> None:
    clean = HandMade("ooooo.ooo", j=[1, 0.9, None, 0.5, 0.5, 1, 0.7, 0.9, 0], set="clean")
    found = j_around_absence(answers(CLIP), answers(clean, set_name="clean"))
    assert values(found["j_after"]) == [0.4]
    assert values(found["j_after_clean"]) == [0.8]
    assert values(found["j_after_less_clean"]) == [round(0.5 - 0.8, 9)]
    assert values(found["j_change_less_clean"]) == [round((0.5 - 0.9) - (0.8 - 0.9), 9)]
    assert found["j_after_less_clean"].frames.tolist() == [2 + 2]
    assert found["j_after_less_clean"].undefined.tolist() == [0]
    assert found["j_change_clean"].undefined.tolist() == [1]


@pytest.mark.parametrize("clean", [HandMade("oooo", j=[1] * 4, set="clean", clip=7), CLEAN])
def test_a_draw_without_comparable_clean_frames_has_no_difference(clean: HandMade) -> None:
    seen = answers(HandMade("oo.o", j=[1, 0.9, 1, 0.5]))
    found = j_around_absence(seen, answers(clean, set_name="clean"))
    assert np.isnan(found["j_after_less_clean"].values).all()
    assert found["j_after_less_clean"].asked.all()


@pytest.mark.parametrize(
    "present",
    ["ooo....", "o...ooo", "ooo...o"],
    ids=["never returns", "never shown before", "returns on the last frame"],
)
def test_without_both_sides_there_is_no_before_and_after(present: str) -> None:
    found = j_around_absence(answers(HandMade(present, j=[1] * len(present))), None)
    for measure in found.values():
        assert measure.asked.tolist() == [True]
        assert np.isnan(measure.values).all()
        assert measure.undefined.tolist() == [0]


def test_a_clip_that_never_loses_its_object_is_not_asked_about() -> None:
    found = j_around_absence(answers(HandMade("oooo", j=[1, 1, 1, 1])), None)
    assert [measure.asked.tolist() for measure in found.values()] == [[False]] * 3


@pytest.mark.parametrize(
    ("j", "wait", "found"),
    [
        ([0.5, 0.1, 0.1, 0.1], 0, True),
        ([0.49, 0.9, 0.1, 0.9], 1, True),
        ([0.0, 0.0, 0.0, 0.5], 3, True),
        ([0.0, 0.0, 0.0, 0.49], 3, False),
        ([None, None, 0.7, 0.0], 2, True),
    ],
)
def test_the_wait_until_the_object_is_found(j: list[float | None], wait: int, found: bool) -> None:
    looked = search(answers(HandMade("oo..oooo", j=[1, 1, 0, 0, *j])))
    assert looked.waits.values.tolist() == [wait]
    assert looked.found.tolist() == [found]
    assert looked.never_found.values.tolist() == [not found]
    assert looked.waits.frames.tolist() == [looked.horizon] == [4]
    assert looked.waits.undefined.tolist() == [j.count(None)]


def test_the_search_ends_where_the_object_goes_again() -> None:
    looked = search(answers(HandMade("oo.oo.ooo", j=[1, 1, 0, 0.1, 0.1, 1, 0.9, 0.9, 0.9])))
    assert looked.waits.values.tolist() == [1]
    assert not looked.found.any()
    assert looked.horizon == 2


def test_searches_that_end_early_are_censored() -> None:
    clips = [
        HandMade("oo.oooo", j=[1, 1, 0, 0.9, 0, 0, 0], clip=0, video="a"),
        HandMade("oo.oo..", j=[1, 1, 0, 0, 0, 0, 0], clip=1, video="b"),
        HandMade("oo.oooo", j=[1, 1, 0, 0, 0, 0.9, 0], clip=2, video="c"),
        HandMade("oo.oooo", j=[1, 1, 0, 0, 0, 0, 0], clip=3, video="d"),
    ]
    looked = search(answers(*clips))
    assert looked.never_found.values.tolist() == [0, 1, 0, 1]
    # S(0) = 3/4 = S(1), then one clip of the two that are still seen is found: S(2) = 3/8 = S(3).
    assert looked.mean_wait(plan_of_videos(list("abcd"))).value == pytest.approx(0.75 + 0.75 + 0.375 + 0.375)


@pytest.mark.parametrize("present", ["ooo..", "ooooo"])
def test_without_a_return_there_is_no_wait(present: str) -> None:
    looked = search(answers(HandMade(present, j=[1] * 5)))
    assert np.isnan(looked.waits.values).all()
    assert np.isnan(looked.never_found.values).all()
    assert looked.waits.asked.tolist() == ["." in present]
    assert looked.horizon == 0
    assert np.isnan(looked.mean_wait(plan_of_videos(["a"])).value)


@pytest.mark.parametrize(
    ("present", "j", "expected"),
    [
        ("ooo.o", [1, 0.1, 0.5, 1, 0.1], 1),
        ("ooo.o", [1, 0.9, 0.4, 1, 0.9], 0),
        ("ooo..", [1, 0.9, 0.8, 1, 1], 1),
        ("o..oo", [1, 0, 0, 1, 1], np.nan),
        ("ooo.o", [1, 0.9, None, 1, 1], np.nan),
        ("ooooo", [1, 1, 1, 1, 1], np.nan),
    ],
)
def test_whether_the_object_was_followed_until_it_went(
    present: str, j: list[float | None], expected: float
) -> None:
    found = followed_before(answers(HandMade(present, j=j)))
    np.testing.assert_array_equal(found.values, [expected])
    assert found.asked.tolist() == ["." in present]
