import numpy as np
import pandas as pd
import pytest

from samscope.report.claims_view import VERDICTS, claim_rows, claims_summary, family_rows

COLUMNS = [
    "claim",
    "family",
    "definition",
    "value",
    "low",
    "high",
    "holds_if",
    "threshold",
    "verdict",
    "reason",
]


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [
        ("level", "clean", "paper", 0.02, -0.05, 0.08, "within", 0.1, "holds", ""),
        ("level", "clean", "gap control", 0.24, 0.15, 0.36, "within", 0.1, "fails", ""),
        ("grows", "order", "paper", 0.5, 0.1, 0.9, "above", 0.0, "holds", ""),
        ("grows", "order", "gap control", 0.5, np.nan, np.nan, "above", 0.0, "undecided", "one source video"),
        ("carries", "clean", "paper", -0.2, -0.3, -0.1, "below", 0.0, "holds", None),
        (
            "carries",
            "clean",
            "gap control",
            np.nan,
            np.nan,
            np.nan,
            "below",
            0.0,
            None,
            "no reference has an age",
        ),
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table = table.assign(beyond_twin=np.nan)
    return table.assign(section="4.2", sentence="It is <so>.", statistic="a rise", videos=7, clips=12)


def test_each_claim_is_one_row_with_both_definitions(table: pd.DataFrame) -> None:
    rows = claim_rows(table)
    assert [row.claim for row in rows] == ["level", "grows", "carries"]
    assert [[once.word for once in row.tested] for row in rows] == [
        ["holds", "fails"],
        ["holds", "undecided"],
        ["holds", ""],
    ]
    assert [row.differs for row in rows] == [True, True, False]
    assert rows[0].tested[0].value == "0.02 (-0.05 to 0.08)"
    assert [row.tested[0].holds_if for row in rows] == ["within ±0.10", "above 0.00", "below 0.00"]
    assert rows[0].tested[1].basis == "12 clips of 7 source videos"
    assert rows[1].tested[1].reason == "one source video"
    assert rows[2].tested[1].reason == "no reference has an age"
    assert (rows[0].sentence, rows[0].section, rows[0].statistic) == ("It is <so>.", "4.2", "a rise")


def test_families_have_one_row_with_both_definitions() -> None:
    rows = [
        ("level", "Level.", "paper", "fails", 1, 2, 0, 0),
        ("level", "Level.", "gap control", "undecided", 0, 0, 1, 0),
        ("box", "A box.", "paper", "holds", 1, 0, 0, 0),
        ("box", "A box.", "gap control", None, 0, 0, 0, 0),
        ("few", "Few.", "paper", "too few videos", 1, 0, 0, 2),
    ]
    table = pd.DataFrame(rows, columns=["family", "sentence", "definition", "verdict", *VERDICTS])
    level, box, few = family_rows(table)
    assert few.tested[0].counts == "3 tests: 1 holds and 2 have too few videos"
    assert (level.sentence, level.differs) == ("Level.", True)
    assert [(one.word, one.counts) for one in level.tested] == [
        ("fails", "3 tests: 1 holds and 2 fail"),
        ("undecided", "one test"),
    ]
    assert [one.word for one in box.tested] == ["holds", ""]
    assert not box.differs


def test_the_summary_counts(table: pd.DataFrame) -> None:
    said = claims_summary(claim_rows(table))
    assert said == (
        "Of 3 tests of the paper's claims, as the paper defines things 3 hold; under the gap control 1 fails "
        "and 1 is undecided. 2 turn on the definition."
    )


def test_a_claim_that_was_tested_once_has_an_empty_side(table: pd.DataFrame) -> None:
    (row,) = claim_rows(table.iloc[:1])
    assert row.tested[1].word == ""
    assert not row.differs
    assert claim_rows(table.iloc[:0]) == []
