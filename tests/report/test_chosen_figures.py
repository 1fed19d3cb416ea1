"""Figures follow what is chosen; tables hold everything whatever is chosen."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from samscope.analysis.absence.measurements import REFERENCE_TITLES, all_measurements, measurements
from samscope.figures.choices import FigureChoices
from samscope.records.store import open_study
from samscope.report.page import drawings_by_part, write_report
from samscope.report.results import Results, compute_results
from samscope.support.errors import SamscopeError
from tests.figures.drawn import words
from tests.planted import SEPARATING, planted

CHOSEN = FigureChoices("online", "variance_without_floor", robust_scale=True, outlines=True)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("planted")
    study = open_study(planted(clips=4, positions=(SEPARATING,)).write(folder))
    return compute_results(study, CHOSEN)


def _written(drawing: object) -> str:
    return words(drawing.draw()).replace("\n", " ")  # type: ignore[attr-defined]


def test_figures_of_features_follow(results: Results) -> None:
    parts = drawings_by_part(results)
    (through_time,) = (one for one in parts["timecourses"] if not one.missing)
    strips = [one for one in parts["distributions"] if not one.missing]
    assert len(strips) == 2
    for drawing in (through_time, *strips, *parts["overview"]):
        assert f"References: {REFERENCE_TITLES['online']}" in _written(drawing)
        assert "variance without a floor" in _written(drawing)
    assert REFERENCE_TITLES["online"] in through_time.caption


def test_numbers_behind_a_figure_are_those_drawn(results: Results) -> None:
    strip = next(one for one in drawings_by_part(results)["distributions"] if not one.missing)
    assert strip.numbers is not None
    numbers, features = strip.numbers(), results.study.features
    rows = features.loc[(features["set"] == "interjection") & (features["clip"] == 1)].set_index("frame")
    of_clip = numbers.loc[numbers["clip"] == 1].set_index("frame")
    for measure in measurements("variance_without_floor", "online"):
        expected = rows[measure.column].loc[of_clip.index]
        pd.testing.assert_series_equal(
            of_clip[measure.feature], expected, check_names=False, check_dtype=False
        )
    table = results.separability
    chosen = table.query(
        "set == 'interjection' and against == 'present' and pooling == 'pooled' and feature == 'long'"
        " and references == 'online' and spread == 'variance_without_floor'"
    )
    assert f"long {chosen['auroc'].item():.2f}" in strip.alternative


def test_maps_follow(results: Results) -> None:
    for choices in (FigureChoices(), CHOSEN):
        drawing = drawings_by_part(replace(results, choices=choices))["maps"][0]
        assert ("1st to 99th percentile" in drawing.caption) == choices.robust_scale
        assert ("1st to 99th percentile" in _written(drawing)) == choices.robust_scale
        assert ("on the maps as well" in _written(drawing)) == choices.outlines


def test_tables_hold_every_way(results: Results) -> None:
    ways = {(one.feature, one.spread, one.references) for one in all_measurements()}
    for name in ("timecourse", "separability", "threshold_transfer"):
        table = results.tables[name]
        keys = table.loc[table["feature"].isin(["short", "long", "ratio"])]
        assert set(keys[["feature", "spread", "references"]].itertuples(index=False, name=None)) == ways
    assert set(results.timecourse["references"]) == {"online"}


def test_what_was_not_recorded_cannot_be_chosen(tmp_path: Path) -> None:
    study = planted(clips=2, positions=(SEPARATING,), maps=False)
    study.features["long_variance_without_floor"] = float("nan")
    folder = study.write(tmp_path / "study")
    with pytest.raises(SamscopeError, match="no long-term distance with the spread 'variance_without_floor'"):
        write_report(folder, FigureChoices(spread="variance_without_floor"))
    assert not (folder / "report.html").exists()
    assert not (folder / "tables").exists()
