import numpy as np
import pandas as pd
import pytest

from samscope.analysis.claims.claim import DEFINITIONS, VERDICTS
from samscope.analysis.claims.every_claim import FAMILIES, every_claim
from samscope.analysis.claims.evidence import gather
from samscope.analysis.pointers.decoding_scores import SCORE_COLUMNS
from samscope.analysis.pointers.distances import distance_correlations_within, pointer_distances
from samscope.analysis.pointers.motion import LEAD_COLUMNS
from samscope.report.claims_table import COLUMNS, claims_table, families_table
from tests.planted import FEW_POSITIONS, Planted, planted


def _table(study: Planted) -> pd.DataFrame:
    distances = pointer_distances(study.clips, study.frames)
    return claims_table(
        gather(
            study.study,
            distances=distances,
            correlation=distance_correlations_within(distances)["spearman"],
            decoding_scores=pd.DataFrame(columns=list(SCORE_COLUMNS)),
            motion_lead=pd.DataFrame(columns=list(LEAD_COLUMNS)),
        )
    )


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return _table(planted(clips=16, videos=[f"video {number}" for number in range(8)], maps=False))


def test_every_claim_is_tested_by_both_definitions(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == COLUMNS
    expected = [(claim.id, definition) for claim in every_claim() for definition in DEFINITIONS]
    assert list(zip(table["claim"], table["definition"], strict=True)) == expected
    assert not table.duplicated(["claim", "definition"]).any()


def test_a_verdict_is_what_its_numbers_say(table: pd.DataFrame) -> None:
    known = table.loc[table["verdict"].isin(["holds", "fails"])]
    assert set(known["verdict"]) == {"holds", "fails"}
    for _, row in known.iterrows():
        sides = {
            "above": (row["low"] > row["threshold"], row["high"] < row["threshold"]),
            "below": (row["high"] < row["threshold"], row["low"] > row["threshold"]),
            "within": (
                -row["threshold"] <= row["low"] <= row["high"] <= row["threshold"],
                row["low"] > row["threshold"] or row["high"] < -row["threshold"],
            ),
        }
        assert sides[row["holds_if"]] == (row["verdict"] == "holds", row["verdict"] == "fails")
        assert row["low"] <= row["value"] <= row["high"]
        assert row["reason"] == ""
        assert (row["videos"], row["clips"]) == (8, 16)
        is_range = "without any one video" in row["statistic"]  # no interval of chance
        assert np.isnan(row["p_family"]) if is_range else row["p"] <= row["p_family"] <= 0.05


def test_what_has_no_verdict_says_why(table: pd.DataFrame) -> None:
    open_rows = table.loc[~table["verdict"].isin(["holds", "fails"])]
    assert (open_rows["reason"] != "").all()
    assert set(table["verdict"].dropna()) <= set(VERDICTS)
    meaningless = table.loc[table["verdict"].isna()]
    assert set(meaningless["definition"]) <= {"gap control"}
    assert meaningless[["value", "low", "high", "videos", "clips"]].isna().all(axis=None)


def test_families_sum_their_claims_up(table: pd.DataFrame) -> None:
    families = families_table(table)
    assert list(families["family"].unique()) == list(FAMILIES)
    for _, family in families.iterrows():
        chosen = (table["family"] == family["family"]) & (table["definition"] == family["definition"])
        verdicts = table.loc[chosen, "verdict"].dropna().tolist()
        assert [verdicts.count(verdict) for verdict in VERDICTS] == [family[verdict] for verdict in VERDICTS]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["holds", "holds"], "holds"),
        (["holds", "undecided"], "undecided"),
        (["holds", "undecided", "fails"], "fails"),
        (["holds", "undecided", "too few videos"], "too few videos"),
        ([None, "holds"], "holds"),
        ([None], None),
    ],
)
def test_a_family_holds_where_all_of_its_claims_do(
    verdicts: list[str | None], expected: str | None, table: pd.DataFrame
) -> None:
    rows = table.iloc[: len(verdicts)].assign(family="clean-level", definition="paper")
    rows["verdict"] = pd.Series(verdicts, index=rows.index, dtype=object)
    assert families_table(rows)["verdict"].tolist() == [expected]


def test_a_study_without_the_sets_decides_nothing() -> None:
    table = _table(planted(clips=6, sets=["overlay"], positions=FEW_POSITIONS, maps=False))
    assert not table["verdict"].isin(["holds", "fails"]).any()
    assert np.isnan(table.loc[table["claim"] == "interjection-rises-at-1", "value"]).all()
    reason = table.loc[table["claim"] == "interjection-rises-at-1", "reason"]
    assert reason.str.contains("no features of interjection at image_embeddings").all()


def test_few_source_videos_decide_nothing() -> None:
    table = _table(planted(clips=12, videos=["camel", "goat", "lynx", "swan"], maps=False))
    assert not table["verdict"].isin(["holds", "fails"]).any()
    assert table["reason"].str.contains("4 source videos; 8 are needed").any()
    assert "too few videos" in set(table["verdict"])
