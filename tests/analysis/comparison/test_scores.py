"""The scores of memory rules for studies: two studies that differ in their rule score as the rules do."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from samscope.analysis.comparison.scores import score_differences, study_scores
from samscope.analysis.comparison.shared_clips import Pair
from samscope.analysis.rules.scores import ALL_ABSENT, MEASURES, OF_MEMORY, rule_scores
from samscope.records.store import Study
from tests.rule_tables import careful, careless, rule_records

RECORDS = rule_records(
    {"sam2": careless, "oracle": careful}, sets=("interjection", "object_removal", "clean")
)
KEYS = ["set", "measure"]


def study(rule: str, sets: tuple[str, ...] = ("interjection", "object_removal", "clean")) -> Study:
    """Return what a study under a rule records: nothing of what was read or written."""
    frames = RECORDS.under(rule).drop(columns=[*OF_MEMORY.values(), "rule"])
    frames = frames.loc[frames["set"].isin(sets)]
    clips = RECORDS.clips.loc[RECORDS.clips["set"].isin(sets)]
    return Study(Path(rule), {}, clips, frames, pd.DataFrame())


@pytest.fixture(scope="module")
def by_rule() -> pd.DataFrame:
    scores = rule_scores(RECORDS)
    return scores.loc[~scores["measure"].isin(list(OF_MEMORY))].set_index(["rule", *KEYS])


@pytest.mark.parametrize("rule", ["sam2", "oracle"])
def test_a_study_scores_as_its_rule(by_rule: pd.DataFrame, rule: str) -> None:
    scores = study_scores(study(rule)).set_index(KEYS)
    columns = ["mean", "low", "high", "clips", "videos"]
    expected: Any = by_rule.loc[rule, columns]
    pd.testing.assert_frame_equal(scores[columns], expected)
    assert set(scores.loc[ALL_ABSENT].index) == set(MEASURES) - set(OF_MEMORY)


def test_paired_differences_are_those_of_rules(by_rule: pd.DataFrame) -> None:
    table = score_differences(Pair(study("oracle"), study("sam2"), paired=True)).set_index(KEYS)
    expected = by_rule.loc["oracle"]
    assert list(table.index) == list(expected.index)
    for column, name in (
        ("difference", "difference"),
        ("low", "difference_low"),
        ("high", "difference_high"),
    ):
        assert table[column].to_numpy() == pytest.approx(expected[name].to_numpy(), nan_ok=True)
    assert table["paired"].all()
    assert (table["value"] - table["reference_value"]).to_numpy() == pytest.approx(table["difference"])


def test_studies_without_common_clips_are_less_sure() -> None:
    paired, apart = (
        score_differences(Pair(study("oracle"), study("sam2"), paired=paired)).set_index(KEYS)
        for paired in (True, False)
    )
    key = (ALL_ABSENT, "j_suffix")
    assert apart.loc[key, "difference"] == pytest.approx(paired.loc[key, "difference"])
    assert (apart["high"] - apart["low"])[key] > (paired["high"] - paired["low"])[key]


def test_sets_that_one_lacks_are_in_no_difference() -> None:
    table = score_differences(Pair(study("oracle", ("interjection",)), study("sam2"), paired=False))
    assert set(table["set"]) == {ALL_ABSENT, "interjection"}
    together = table.loc[table["set"] == ALL_ABSENT].set_index("measure")
    assert (together["reference_clips"] == together["clips"]).all()
    assert score_differences(Pair(study("oracle", ("clean",)), study("sam2", ("interjection",)), False)).empty
