import numpy as np
import pandas as pd
import pytest

from samscope.analysis.pointers.decoding import READINGS, decode_pointers
from samscope.analysis.pointers.decoding_scores import decoding_scores
from samscope.report.decoding_tables import decoding_tables
from samscope.report.tables import folded_apart
from tests.moving_boxes import moving_boxes

QUICK = [reading for reading in READINGS if reading.decoder == "ridge"]


def _scores(videos: int = 3) -> pd.DataFrame:
    study = moving_boxes(clips=6, videos=[f"video {number}" for number in range(videos)])
    return decoding_scores(decode_pointers(study.clips, study.frames, QUICK))


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    return _scores()


def test_decoders_stand_over_what_needs_no_pointer(scores: pd.DataFrame) -> None:
    shown, folded = folded_apart(decoding_tables(scores))
    assert [table.name for table in shown] == ["decoding-object_pointer_ungated"]
    assert [table.name for table in folded] == ["decoding-object_pointer"]
    labels = [label for label, _ in shown[0].rows]
    assert labels == [
        "Ridge regression, one pointer",
        "Ridge regression, its change since the frame before",
        "Ridge regression, both",
        "Mean of the training frames",
        "True values of the frame before",
        "Predicted mask",
    ]


def test_numbers_are_those_of_the_scores(scores: pd.DataFrame) -> None:
    table = decoding_tables(scores)[0]
    chosen = scores.loc[
        (scores["set"] == "all")
        & (scores["pointer"] == "object_pointer_ungated")
        & (scores["input"] == "both")
        & (scores["decoder"] == "ridge")
    ]
    cells = dict(table.rows)["Ridge regression, both"]
    for cell, target, measure in zip(cells, ("box", "box", "centre"), ("iou", "r2", "r2"), strict=False):
        row = chosen.loc[(chosen["target"] == target) & (chosen["measure"] == measure)].iloc[0]
        assert cell.text == f"{row['value']:.2f}"
        assert cell.interval.startswith(f"{row['low']:.2f}")
    row = chosen.iloc[0]
    assert f"n = {row['frames']} frames of {row['clips']} clips of {row['videos']} source" in table.caption


def test_what_a_baseline_says_nothing_of_is_a_dash(scores: pd.DataFrame) -> None:
    table = decoding_tables(scores)[0]
    cell = dict(table.rows)["True values of the frame before"][list(table.columns).index("Velocity, R²") - 1]
    assert (cell.text, cell.interval, cell.heat) == ("\N{EN DASH}", "", 0)


def test_undefined_scores_are_dashes(scores: pd.DataFrame) -> None:
    undefined = scores.assign(value=np.nan, low=np.nan, high=np.nan)
    cells = [cell for _, cells in decoding_tables(undefined)[0].rows for cell in cells]
    assert {(cell.text, cell.interval, cell.heat) for cell in cells} == {("\N{EN DASH}", "", 0)}


def test_one_video_has_no_table() -> None:
    assert decoding_tables(_scores(videos=1)) == []
