import numpy as np
import pandas as pd
import pytest

from samscope.analysis.statistics.resampling_plan import (
    PAIR,
    PARTNER,
    SOURCE,
    partner_videos,
    plan_of_clips,
    plan_of_videos,
)
from tests.planted import NULL, planted


def test_every_video_is_left_out_once_in_each_role() -> None:
    plan = plan_of_videos(["a", "a", "b"], [["x"], ["y"], ["x"]])
    assert plan.roles.tolist() == [SOURCE] * 2 + [PARTNER] * 2 + [PAIR] * 3
    expected = [[1, 1, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 0]]
    np.testing.assert_array_equal(plan.weights(), expected)
    np.testing.assert_array_equal(plan.totals(np.array([1.0, 10, 100])), plan.weights() @ [1, 10, 100])


def test_without_partners_there_are_only_sources() -> None:
    for plan in (plan_of_videos(["a", "b"]), plan_of_videos(["a", "b"], [[], [""]])):
        assert plan.roles.tolist() == [SOURCE, SOURCE]
        assert [int(count) for count in plan.counts(np.ones(2, dtype=bool))] == [2, 0]


def test_each_of_several_look_alikes_has_its_share() -> None:
    plan = plan_of_videos(["a", "b"], [["x", "y", "z"], ["x", "x", "y"]])
    of_partners = plan.weights()[1:][plan.roles == PARTNER]
    np.testing.assert_allclose(of_partners, [[2 / 3, 1 / 3], [2 / 3, 2 / 3], [2 / 3, 1]])
    # What the partners' rows hold of each clip's own variance is taken off once more.
    of_pairs = 1 - plan.weights()[1:][plan.roles == PAIR]
    np.testing.assert_allclose((of_pairs**2).sum(axis=0), ((1 - of_partners) ** 2).sum(axis=0))


def test_what_all_is_left_out_of_is_nothing_exactly() -> None:
    plan = plan_of_videos(["a", "b"], [["x", "y", "z"], ["x", "x", "x"]])
    values = np.array([0.1, 0.3])
    totals = plan.totals(np.stack([values, [np.nan, 0.3]], axis=1))
    assert totals[0] == pytest.approx([0.4, 0.3])
    assert (totals[2], totals[1, 1]) == (pytest.approx([0.1, 0.0]), pytest.approx(0.3))
    assert totals[2, 1] == 0.0


def test_parts_of_a_plan_keep_its_rows() -> None:
    plan = plan_of_videos(["a", "b", "c"], [["x"], ["y"], ["x"]])
    part = plan.take(np.array([2, 0]))
    np.testing.assert_array_equal(part.weights(), plan.weights()[:, [2, 0]])
    assert [int(count) for count in part.counts(np.ones(2, dtype=bool))] == [2, 1]
    assert [int(count) for count in plan.take(np.empty(0, int)).counts(np.empty(0, bool))] == [0, 0]


def test_drawing_again_takes_sources_and_partners_crosswise() -> None:
    plan = plan_of_videos(["a", "a", "b", "b"], [["x"], ["y"], ["x"], ["y"]])
    drawn = plan.drawn
    np.testing.assert_array_equal(drawn[0], 1)
    np.testing.assert_array_equal(drawn[:, 0] * drawn[:, 3], drawn[:, 1] * drawn[:, 2])
    assert drawn.mean() == pytest.approx(1, abs=0.1)
    assert len(np.unique(drawn[1:], axis=0)) == 9


def test_which_videos_lend_to_the_clips_of_each_set() -> None:
    clips = planted(clips=3, videos=("dog", "goat", "swan"), positions=(NULL,), maps=False).clips
    lent = dict(zip(zip(clips["set"], clips["clip"], strict=True), partner_videos(clips), strict=True))
    assert {name: lent[name, 0] for name in clips["set"].unique()} == {
        "clean": "",
        "interjection": "goat",
        "object_removal": "goat",
        "context_removal": "",
        "obscuration": "goat",
        "overlay": "goat/swan/dog",
    }
    plan = plan_of_clips(clips)
    for set_name, expected in (("clean", 0), ("interjection", 3), ("overlay", 3)):
        of_set = np.flatnonzero(clips["set"] == set_name)
        assert [int(one) for one in plan.take(of_set).counts(np.ones(3, dtype=bool))] == [3, expected]


def test_a_table_that_does_not_say_has_sources_alone() -> None:
    bare = pd.DataFrame({"set": ["overlay", "interjection"], "source_video": ["dog", "goat"]})
    assert partner_videos(bare) == ["", ""]
    nulls = bare.assign(overlay_videos=None, partner_video=None)
    assert partner_videos(nulls) == ["", ""]


def test_all_clips_in_order_are_the_plan_itself_and_in_another_order_they_are_not() -> None:
    plan = plan_of_videos([0, 1, 2, 0])
    assert plan.take(np.arange(4)) is plan
    turned = plan.take(np.array([3, 2, 1, 0]))
    np.testing.assert_array_equal(turned.weights(), plan.weights()[:, ::-1])


def test_what_is_not_finite_is_left_out_of_totals() -> None:
    plan = plan_of_videos([0, 1, 2])
    np.testing.assert_array_equal(
        plan.totals(np.array([1.0, np.nan, np.inf])), plan.totals(np.array([1.0, 0.0, 0.0]))
    )
