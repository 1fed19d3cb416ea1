import numpy as np
import pytest

from samscope.report.results import Results, compute_results
from samscope.report.tables import (
    accuracy_tables,
    folded_apart,
    reference_tables,
    separability_tables,
    spread_tables,
)
from tests.planted import FEW_POSITIONS, planted


@pytest.fixture(scope="module")
def results() -> Results:
    return compute_results(planted(clips=6, positions=FEW_POSITIONS, maps=False).study)


def test_separability_by_position_with_the_object_score_under_it(results: Results) -> None:
    shown, folded = folded_apart(separability_tables(results))
    assert [table.name for table in shown] == [
        "separability-interjection-present-pooled",
        "separability-interjection-clean_gap-pooled",
        "separability-object_removal-present-pooled",
        "separability-object_removal-clean_gap-pooled",
    ]
    assert all(table.name.endswith("within_clips") for table in folded)
    rows = dict(shown[0].rows)
    assert len(rows) == len(FEW_POSITIONS) + 1
    assert [cell.text for cell in rows["4 · Object pointer, ungated"]] == ["1.00"] * 5
    assert rows["4 · Object pointer, ungated"][0].heat == 5
    score, precision = rows["Object score"]
    assert (score.text, score.span) == ("1.00", 4)
    assert (precision.text, precision.span) == ("1.00", 1)
    assert shown[0].columns[-1] == "Linear combination: average precision"
    assert "n = 24 absent and 138 other frames of 6 clips of 4 source videos" in shown[0].caption


def test_numbers_are_those_of_the_results(results: Results) -> None:
    table = results.separability
    chosen = (
        (table["set"] == "interjection")
        & (table["position"] == "frame")
        & (table["feature"] == "long")
        & (table["against"] == "present")
        & (table["pooling"] == "pooled")
        & (table["references"] == "present")
    )
    for spread, column in (("std", 0), ("variance", 2), ("variance_without_floor", 4), ("none", 6)):
        row = table.loc[chosen & (table["spread"] == spread)].iloc[0]
        (named,) = [found for found in spread_tables(results) if found.name == "spread-interjection-present"]
        cell = dict(named.rows)["0 · Frame"][column]
        assert cell.text == f"{row['auroc']:.2f}"
        assert cell.interval == f"{row['low']:.2f}\N{EN DASH}{row['high']:.2f}"


def test_each_kind_of_references_has_its_columns(results: Results) -> None:
    named = {table.name: table for table in reference_tables(results)}
    assert list(named) == [
        f"references-{of_set}-{against}"
        for of_set in ("interjection", "object_removal")
        for against in ("present", "clean_gap")
    ]
    shown = named["references-object_removal-clean_gap"]
    assert (
        "Online: earlier" in shown.caption or "online: earlier frames on which the tracker" in shown.caption
    )
    table = results.separability
    rows = table.query("set == 'object_removal' and against == 'clean_gap' and pooling == 'pooled'")
    for number, references in enumerate(("present", "untransformed", "online")):
        for step, feature in enumerate(("short", "combination")):
            of_cell = rows.query("position == 'frame' and spread in ['none', 'std']").query(
                f"feature == '{feature}' and references == '{references}'"
            )
            expected = of_cell.loc[of_cell["spread"] == ("none" if feature == "short" else "std"), "auroc"]
            cell = dict(shown.rows)["0 · Frame"][2 * number + step]
            assert cell.text == f"{expected.item():.2f}"
            assert shown.columns[1 + 2 * number + step].endswith(f", {references}")


def test_references_that_were_not_recorded_have_no_column() -> None:
    study = planted(clips=4, positions=FEW_POSITIONS[:1], maps=False)
    study.features[["short_online", "long_online", "ratio_online"]] = np.nan
    shown = reference_tables(compute_results(study.study))[0]
    assert len(shown.columns) == 1 + 2 * 2
    assert not any("online" in column for column in shown.columns)


def test_accuracy_by_set_and_segment(results: Results) -> None:
    table = accuracy_tables(results)[0]
    assert table.columns == ("Set", "Prefix", "Middle", "Suffix", "Whole")
    rows = dict(table.rows)
    assert len(rows) == 6
    assert [cell.text for cell in rows["Clean"]] == ["0.85", "0.75", "0.65", "0.75"]
    assert "n = 6 clips of 4 source videos a set" in table.caption


def test_average_precision_stands_beside_auroc_with_what_chance_has(results: Results) -> None:
    table = results.separability
    (chosen,) = [
        found
        for found in separability_tables(results)
        if found.name == "separability-object_removal-present-pooled"
    ]
    row = table.loc[
        (table["set"] == "object_removal")
        & (table["position"] == "frame")
        & (table["feature"] == "combination")
        & (table["spread"] == "std")
        & (table["against"] == "present")
        & (table["pooling"] == "pooled")
        & (table["references"] == "present")
    ].iloc[0]
    cell = dict(chosen.rows)["0 · Frame"][-1]
    assert cell.text == f"{row['average_precision']:.2f}"
    assert cell.interval.startswith(f"{row['average_precision_low']:.2f}")
    assert f"without any knowledge: {row['chance_precision']:.2f}" in chosen.caption


def test_undefined_numbers_are_dashes_without_a_tint() -> None:
    study = planted(clips=2, videos=["goat"], positions=FEW_POSITIONS[:1], maps=False)
    study.features["ratio"] = np.nan
    results = compute_results(study.study)
    cells = dict(separability_tables(results)[0].rows)["0 · Frame"]
    assert [cell.text == "\N{EN DASH}" for cell in cells] == [False, False, True, True, False]
    assert [cell.interval for cell in cells] == [""] * 5
    assert cells[2].heat == 0


def test_nothing_to_show() -> None:
    results = compute_results(planted(clips=2, sets=["clean"], positions=FEW_POSITIONS, maps=False).study)
    assert separability_tables(results) == spread_tables(results) == reference_tables(results) == []
