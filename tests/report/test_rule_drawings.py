"""The figures of memory rules, on planted records."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from samscope.analysis.rules.scores import rule_scores
from samscope.report.rule_drawings import differences_drawing, every_set_drawing
from tests.rule_tables import careful, careless, rule_records

SETS = ("clean", "interjection", "object_removal")


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    rules = {"sam2": careless, "oracle": careful, "a rule with $x$ in its name": careless}
    return rule_scores(rule_records(rules, sets=SETS))


def panels(figure: Figure) -> dict[str, list[list[float]]]:
    """Return the marks of each panel by its title: of each kind of mark the values, from the top."""
    return {
        axes.get_title(loc="left"): [
            np.asarray(line.get_xdata(), dtype=float).tolist()
            for line in axes.get_lines()
            if line.get_marker() not in ("None", None, "")
        ]
        for axes in figure.axes
        if axes.get_visible()
    }


def test_marks_are_the_differences_of_the_table(scores: pd.DataFrame) -> None:
    rules = tuple(scores["rule"].unique())
    drawing = differences_drawing(scores, rules)
    assert not drawing.missing
    drawn = panels(drawing.draw())
    assert len(drawn) == 6
    known = scores.set_index(["measure", "set", "rule"])["difference"]
    for title, measure, factor in (
        ("J after its return ↑", "j_after", 1),
        ("False masks while absent (%) ↓", "missed_absence_by_mask", 100),
    ):
        expected = [
            [factor * known[measure, name, rule] for rule in rules[1:]]
            for name in ("absent", "interjection", "object_removal")
        ]
        assert np.array(drawn[title]) == pytest.approx(np.array(expected))


def test_every_set_has_a_panel(scores: pd.DataFrame) -> None:
    drawn = panels(every_set_drawing(scores, tuple(scores["rule"].unique())).draw())
    assert list(drawn) == ["Clean", "Interjection", "Object removal"]


def test_the_only_set_is_drawn_once() -> None:
    scores = rule_scores(rule_records({"sam2": careless, "oracle": careful}))
    drawn = panels(differences_drawing(scores, ("sam2", "oracle")).draw())
    assert all(len(marks) == 1 for marks in drawn.values())


def test_what_cannot_be_drawn_says_why(scores: pd.DataFrame) -> None:
    alone = scores.loc[scores["rule"] == "sam2"]
    assert differences_drawing(alone, ("sam2",)).missing == "There is one rule."
    stays = scores.loc[scores["measure"] == "j_present"]
    stays = stays.loc[stays["set"] == "clean"]
    assert "goes and comes back" in differences_drawing(stays, tuple(scores["rule"].unique())).missing
