import numpy as np

from samscope.clips.clip import SETS
from samscope.report.wording import estimate, interval, listed, number, sentence_label


def test_numbers() -> None:
    assert number(0.876) == "0.88"
    assert number(-0.0001) == "0.00"
    assert number(np.nan) == "\N{EN DASH}"
    assert interval(0.1, 0.9) == "0.10\N{EN DASH}0.90"
    assert interval(-0.1, 0.9, 1) == "-0.1 to 0.9"
    assert interval(np.nan, 0.9) == ""
    assert estimate(0.5, 0.1, 0.9) == "0.50 (0.10\N{EN DASH}0.90)"
    assert estimate(0.5, np.nan, np.nan) == "0.50"


def test_lists() -> None:
    assert [listed(["a", "b", "c"][:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_every_set_has_a_name_for_sentences() -> None:
    assert [sentence_label(name) for name in SETS][:3] == ["clean", "interjection", "object removal"]
