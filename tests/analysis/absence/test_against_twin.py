"""A model held against its random twin on planted records."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.absence.against_twin import against_twin
from samscope.analysis.absence.separability import COMBINATION, separability
from samscope.records.store import Study, Twin
from samscope.report.claims_table import claims_table
from samscope.report.findings import findings
from samscope.report.results import compute_results
from tests.planted import NULL, SEPARATING, planted
from tests.planted_claims import gathered

VIDEOS = [f"video {number}" for number in range(10)]
SETS = ("clean", "interjection", "object_removal")


@pytest.fixture(scope="module")
def study() -> Study:
    """Return a study of a model that separates absence at one position, whose twin does not anywhere."""
    made = planted(clips=10, videos=VIDEOS, sets=SETS, positions=(NULL, SEPARATING), maps=False).study
    other = planted(clips=10, videos=VIDEOS, sets=SETS, positions=(NULL,), maps=False, seed=1).study
    blank = other.features.assign(position=SEPARATING)
    return replace(made, twin=Twin(made.clips, made.frames, pd.concat([other.features, blank])))


def of(table: pd.DataFrame, position: str) -> pd.DataFrame:
    return table.loc[
        (table["position"] == position)
        & (table["feature"] == COMBINATION)
        & (table["spread"] == "std")
        & (table["pooling"] == "pooled")
    ]


def test_what_the_model_tells_beyond_its_twin(study: Study) -> None:
    table = against_twin(study)
    told = of(table, SEPARATING)
    assert len(told) == 4
    assert (told["value"] == 1).all()
    assert told["reference_value"].between(0.2, 0.8).all()
    np.testing.assert_allclose(told["difference"], told["value"] - told["reference_value"])
    assert (told["low"] > 0).all()
    own = separability(study.clips, study.frames, study.features)
    assert set(of(own, SEPARATING)["auroc"]) == set(told["value"])


def test_a_twin_with_the_model_s_own_records_takes_all_of_it_away(study: Study) -> None:
    alike = replace(study, twin=Twin(study.clips, study.frames, study.features))
    table = against_twin(alike)
    assert len(table)
    assert (table["value"] == table["reference_value"]).all()
    assert (table[["difference", "low", "high"]] == 0).all(axis=None)


def test_only_the_clips_of_the_twin_count(study: Study) -> None:
    twin = study.twin
    assert twin is not None
    few = Twin(*(table.loc[table["clip"] % 2 == 0] for table in (twin.clips, twin.frames, twin.features)))
    told = of(against_twin(replace(study, twin=few)), SEPARATING)
    assert (told[["clips", "reference_clips", "videos"]] == 5).all(axis=None)


def test_without_a_twin_there_is_nothing(study: Study) -> None:
    assert against_twin(replace(study, twin=None)).empty


def test_claims_about_separability_are_told_beside_the_twin(study: Study) -> None:
    table = claims_table(gathered(study)).set_index(["claim", "definition"])
    for definition in ("paper", "gap control"):
        row: Any = table.loc[("removal-extremely-separable-at-4", definition)]
        assert row["value"] > 0.99
        assert 0.2 < row["twin"] < 0.8
        assert 0 < row["beyond_twin_low"] < row["beyond_twin"] == pytest.approx(row["value"] - row["twin"])
        assert row["twin_videos"] == 10
    untold = table.loc[table["family"] == "clean-level"]
    assert untold[["twin", "beyond_twin"]].isna().all(axis=None)
    alone = claims_table(gathered(replace(study, twin=None))).set_index(["claim", "definition"])
    pd.testing.assert_series_equal(alone["verdict"], table["verdict"])
    assert alone["beyond_twin"].isna().all()


def test_the_answer_says_what_is_the_model_s_own(study: Study) -> None:
    said = {finding.about: finding for finding in findings(compute_results(study))}["Model or pixels"]
    assert "the model is beyond it at position 4, most at 4, by 0." in said.text
    assert "the same 10 draws of both" in said.more
    assert len(said.text) < 320
