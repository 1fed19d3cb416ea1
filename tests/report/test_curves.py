import numpy as np
import pandas as pd
import pytest

from samscope.analysis.absence.timecourse import timecourse
from samscope.report.curves import START, curves
from tests.planted import FEW_POSITIONS, planted, row


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    study = planted(clips=4, positions=FEW_POSITIONS, maps=False)
    return timecourse(study.clips, study.frames, study.features)


def test_every_number_is_one_of_the_table(table: pd.DataFrame) -> None:
    data = curves(table, [12, 15])
    assert data is not None
    assert data["length"] == 28
    for position, feature, set_name, frame in (
        ("frame", "short", "clean", 5),
        (START, "long", "interjection", 13),
        ("image_embeddings", "ratio", "clean_gap", 27),
    ):
        expected = row(table, position=position, feature=feature, set=set_name, frame=frame)
        shown = data["values"][position][feature][set_name]
        for name in ("mean", "low", "high"):
            assert shown[name][frame] == pytest.approx(expected[name], rel=1e-3)
            assert len(shown[name]) == 28
            assert shown[name][0] is None


def test_says_where_the_object_is_gone_and_what_is_shown_first(table: pd.DataFrame) -> None:
    data = curves(table, [12, 15])
    assert data is not None
    sets = {of["name"]: of for of in data["sets"]}
    assert [frame for frame, gone in enumerate(sets["interjection"]["absent"]) if gone] == [12, 13, 14, 15]
    assert not any(sets["clean_gap"]["absent"])
    assert sets["clean"]["shown"]
    assert not sets["overlay"]["shown"]
    assert [of["name"] for of in data["positions"]] == list(FEW_POSITIONS)
    assert data["start"] == START


def test_sets_that_are_not_shown_at_first_are_when_there_are_no_others(table: pd.DataFrame) -> None:
    data = curves(table.loc[(table["set"] == "overlay") & (table["position"] == "frame")], None)
    assert data is not None
    assert [(of["name"], of["shown"]) for of in data["sets"]] == [("overlay", True)]
    assert data["start"] == "frame"
    assert data["middle"] is None


def test_nothing_recorded_is_nothing_shown(table: pd.DataFrame) -> None:
    assert curves(table.iloc[:0], None) is None


def test_undefined_values_are_none(table: pd.DataFrame) -> None:
    changed = table.assign(mean=np.nan, low=np.inf)
    data = curves(changed, [12, 15])
    assert data is not None
    shown = data["values"]["frame"]["short"]["clean"]
    assert set(shown["mean"]) == set(shown["low"]) == {None}
