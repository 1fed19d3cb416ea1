"""Scores of memory rules on planted records."""

from typing import Any

import numpy as np
import pytest

from samscope.analysis.rules.scores import ALL_ABSENT, MEASURES, rule_scores
from tests.rule_tables import careful, careless, rule_records


@pytest.fixture(scope="module")
def scores() -> Any:
    records = rule_records({"sam2": careless, "oracle": careful}, sets=("interjection", "object_removal"))
    return rule_scores(records).set_index(["set", "rule", "measure"]).sort_index()


@pytest.mark.parametrize(
    ("measure", "of_sam2", "of_oracle"),
    [
        ("j_suffix", (0.2 + 0.6 + 0.6) / 3 + 0.0045, 0.7 + 0.0045),
        ("j_after", (0.2 + 0.6 + 0.6) / 3 + 0.0045, 0.7 + 0.0045),
        ("frames_until_found", 1, 0),
        ("never_found", 0, 0),
        ("missed_absence_by_mask", 0.5, 0),
        ("false_positive_area", 0.05, 0),
        ("written_absent", 2 / 8, 0),
        ("read_absent", (1 + 2 + 2 + 2 + 1) / (1 + 2 + 3 + 4 + 4 + 4 + 4), 0),
    ],
)
def test_they_are_what_was_planted(scores: Any, measure: str, of_sam2: float, of_oracle: float) -> None:
    for set_name in (ALL_ABSENT, "interjection", "object_removal"):
        first, other = scores.loc[set_name, "sam2", measure], scores.loc[set_name, "oracle", measure]
        assert first["mean"] == pytest.approx(of_sam2)
        assert other["mean"] == pytest.approx(of_oracle)
        assert other["difference"] == pytest.approx(of_oracle - of_sam2)
        assert first["difference"] == 0


def test_a_difference_that_all_clips_share_is_surer_than_the_scores(scores: Any) -> None:
    row = scores.loc["interjection", "oracle", "j_suffix"]
    assert row["difference_high"] - row["difference_low"] < 1e-6 < row["high"] - row["low"]
    assert row["difference_clips"] == row["clips"] == row["videos"] == 10


def test_sets_together_rest_on_the_clips_of_both(scores: Any) -> None:
    row = scores.loc[ALL_ABSENT, "sam2", "j_suffix"]
    assert (row["clips"], row["videos"]) == (20, 10)
    assert set(scores.loc[ALL_ABSENT, "sam2"].index) == set(MEASURES)


def test_one_rule_alone_is_scored() -> None:
    scores = rule_scores(rule_records({"sam2": careless}, clips=2))
    assert set(scores["rule"]) == {"sam2"}
    assert np.isfinite(scores["mean"]).all()


def test_a_set_that_shows_its_object_throughout_has_no_score_of_absence() -> None:
    records = rule_records({"sam2": careless}, sets=("clean",))
    frames = records.frames.assign(present=True)
    scores = rule_scores(type(records)(records.rules, records.clips, frames))
    assert "j_present" in set(scores["measure"])
    assert not {"j_after", "never_found", "missed_absence_by_mask"} & set(scores["measure"])
    assert (scores.loc[scores["measure"] == "read_absent", "mean"] == 0).all()
