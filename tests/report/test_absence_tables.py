import numpy as np
import pandas as pd
import pytest

from samscope.analysis.masks.absence_measures import absence_measures
from samscope.report.absence_tables import absence_tables
from samscope.report.tables import Cell, Table, folded_apart
from tests.planted import FEW_POSITIONS, planted

DASH = "\N{EN DASH}"


@pytest.fixture(scope="module")
def measures() -> pd.DataFrame:
    study = planted(clips=6, positions=FEW_POSITIONS[:1], maps=False)
    return absence_measures(study.clips, study.frames)


def _cells(table: Table, title: str) -> tuple[Cell, ...]:
    (cells,) = [cells for label, cells in table.rows if title in label]
    return cells


def test_the_measures_are_those_of_the_analysis(measures: pd.DataFrame) -> None:
    table = absence_tables(measures)[0]
    assert table.columns[1::2] == ("Interjection", "Object removal")
    area, size = _cells(table, "false-positive area")[:2]
    assert (area.text, size.text) == ("3.8", "24 / 6 / 4")
    assert area.interval == f"3.8{DASH}3.8"
    assert _cells(table, "J before it goes")[0].text == "0.90"
    assert _cells(table, "VOTS, absences of any length")[0].text == "0.00"
    assert all(len(cells) == 4 for _, cells in table.rows)


def test_the_change_of_j_stands_beside_the_clean_clips(measures: pd.DataFrame) -> None:
    table = absence_tables(measures)[0]
    changes = [cells[0].text for label, cells in table.rows if label.startswith("Change of J")]
    assert changes == ["-0.20", "-0.20", "0.00"]


def test_without_clean_clips_no_change_of_j_is_shown(measures: pd.DataFrame) -> None:
    alone = measures.loc[~measures["measure"].str.contains("clean")]
    table = absence_tables(alone)[0]
    assert not [label for label, _ in table.rows if "Change" in label]
    assert "No clean clips were run" in table.caption


def test_benchmarks_are_folded_away(measures: pd.DataFrame) -> None:
    shown, folded = folded_apart(absence_tables(measures))
    assert [table.name for table in shown] == ["absence"]
    assert [table.name for table in folded] == ["absence-benchmarks"]
    assert [label for label, _ in folded[0].rows if label.startswith("MOSEv2")]


def test_what_is_undefined_is_a_dash_and_counted(measures: pd.DataFrame) -> None:
    undefined = measures.copy()
    of_waits = undefined["measure"] == "frames_until_found"
    undefined.loc[of_waits, ["mean", "low", "high"]] = np.nan
    undefined.loc[of_waits, ["clips", "undefined_clips"]] = 0, 6
    table = absence_tables(undefined)[0]
    cells = _cells(table, "until it is found")
    assert [(cell.text, cell.interval) for cell in cells[::2]] == [(DASH, "")] * 2
    assert "0 frames and 6 clips" in table.caption


def test_no_absence_no_table() -> None:
    study = planted(clips=2, sets=["clean"], positions=FEW_POSITIONS[:1], maps=False)
    assert absence_tables(absence_measures(study.clips, study.frames)) == []
