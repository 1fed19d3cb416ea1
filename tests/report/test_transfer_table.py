import pandas as pd
import pytest

from samscope.analysis.absence.threshold_transfer import threshold_transfer
from samscope.report.transfer_table import transfer_table
from tests.planted import FEW_POSITIONS, Planted, planted

DASH = "\N{EN DASH}"


def _transfer(study: Planted) -> pd.DataFrame:
    return threshold_transfer(study.clips, study.frames, study.features)


@pytest.fixture(scope="module")
def transfer() -> pd.DataFrame:
    return _transfer(planted(clips=6, positions=FEW_POSITIONS, maps=False))


def test_each_set_is_tested_by_its_own_threshold_first(transfer: pd.DataFrame) -> None:
    table = transfer_table(transfer)
    assert table is not None
    assert table.columns == (
        "Position",
        "Interjection, threshold: its own",
        "Interjection, threshold: that of object removal",
        "Object removal, threshold: its own",
        "Object removal, threshold: that of interjection",
    )
    rows = dict(table.rows)
    assert list(rows)[-1] == "Object score"
    assert len(rows) == len(FEW_POSITIONS) + 1
    assert [cell.text for cell in rows["Object score"]] == ["1.00"] * 4
    assert "n = 24 absent" in table.caption


def test_numbers_are_those_of_the_control_as_measured_by_default(transfer: pd.DataFrame) -> None:
    row = transfer.loc[
        (transfer["position"] == "frame")
        & (transfer["feature"] == "combination")
        & (transfer["spread"] == "std")
        & (transfer["references"] == "present")
        & (transfer["against"] == "clean_gap")
        & (transfer["trained_on"] == "object_removal")
        & (transfer["tested_on"] == "interjection")
    ].iloc[0]
    table = transfer_table(transfer)
    assert table is not None
    cell = dict(table.rows)["0 · Frame"][1]
    assert cell.text == f"{row['balanced_accuracy']:.2f}"
    assert cell.interval == f"{row['low']:.2f}{DASH}{row['high']:.2f}"


def test_a_set_alone_stands_by_itself() -> None:
    study = planted(clips=4, sets=["clean", "interjection"], positions=FEW_POSITIONS[:1], maps=False)
    table = transfer_table(_transfer(study))
    assert table is not None
    assert table.columns == ("Position", "Interjection, threshold: its own")


def test_with_one_video_there_are_dashes() -> None:
    table = transfer_table(_transfer(planted(clips=2, videos=["goat"], positions=FEW_POSITIONS[:1])))
    assert table is not None
    assert {cell.text for _, cells in table.rows for cell in cells} == {DASH}


@pytest.mark.parametrize("sets", [["clean"], ["interjection", "object_removal"]])
def test_without_either_side_there_is_no_table(sets: list[str]) -> None:
    study = planted(clips=4, sets=sets, positions=FEW_POSITIONS[:1], maps=False)
    assert transfer_table(_transfer(study)) is None
