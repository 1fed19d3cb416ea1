"""The page's tables of what is decoded from object pointers."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.pointers.decoding import ALL_SETS
from samscope.analysis.pointers.distances import POINTERS, Pointer
from samscope.figures.style import position_title
from samscope.report.tables import Cell, Table
from samscope.report.wording import NONE, interval, number

_COLUMNS: dict[tuple[str, str], str] = {
    ("box", "iou"): "Box, IoU",
    ("box", "r2"): "Box, R\N{SUPERSCRIPT TWO}",
    ("centre", "r2"): "Centre, R\N{SUPERSCRIPT TWO}",
    ("log_area", "r2"): "Area (log), R\N{SUPERSCRIPT TWO}",
    ("velocity", "r2"): "Velocity, R\N{SUPERSCRIPT TWO}",
    ("obscured", "r2"): "Fraction obscured, R\N{SUPERSCRIPT TWO}",
}
_DECODERS = {"ridge": "Ridge regression", "mlp": "Multilayer perceptron"}
_INPUTS = {
    "pointer": "one pointer",
    "change": "its change since the frame before",
    "both": "both",
}
_BASELINES = {
    "mean": "Mean of the training frames",
    "previous_frame": "True values of the frame before",
    "predicted_mask": "Predicted mask",
}


def decoding_tables(scores: pd.DataFrame) -> list[Table]:
    """Return how well each decoder reads each pointer, beside what needs none; the stored one folded away.

    Args:
        scores: what ``analysis.decoding_scores`` returned.

    Returns:
        One table a pointer; none where nothing could be tested on videos held out.
    """
    rows = scores.loc[(scores["set"] == ALL_SETS) & (scores["frames"] > 0)]
    return [
        _table(rows, pointer, main=pointer == POINTERS[0])
        for pointer in POINTERS
        if (rows["pointer"] == pointer).any()
    ]


def _table(rows: pd.DataFrame, pointer: Pointer, *, main: bool) -> Table:
    shown = rows.loc[(rows["pointer"] == pointer) | rows["pointer"].isna()]
    by_cell = {
        (row["decoder"], _named(row["input"]), row["target"], row["measure"]): row
        for _, row in shown.iterrows()
    }
    read = {(decoder, given) for decoder, given, *_ in by_cell}
    body = tuple(
        (label, tuple(_cell(by_cell.get((decoder, given, *column))) for column in _COLUMNS))
        for decoder, given, label in _rows()
        if (decoder, given) in read
    )
    return Table(
        f"decoding-{pointer}",
        f"What is read off position {position_title(pointer)}, on source videos that the decoder was not "
        "trained on; all sets together. R\N{SUPERSCRIPT TWO}: 0 for the mean of the training frames, 1 for "
        f"the truth, below 0 for worse than that mean. {_rests_on(shown)}",
        ("Read by", *_COLUMNS.values()),
        body,
        "decoding_scores",
        main=main,
    )


def _rows() -> Iterator[tuple[str, str, str]]:
    for given, of_input in _INPUTS.items():
        for decoder, title in _DECODERS.items():
            yield decoder, given, f"{title}, {of_input}"
    for baseline, title in _BASELINES.items():
        yield baseline, "", title


def _named(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _cell(row: Any) -> Cell:
    if row is None or not np.isfinite(row["value"]):
        return Cell(NONE)
    heat = int(np.clip(np.ceil(5 * row["value"]), 0, 5)) if row["measure"] == "r2" else 0
    return Cell(number(row["value"]), interval(row["low"], row["high"]), heat)


def _rests_on(rows: pd.DataFrame) -> str:
    most, undefined = rows.sort_values("frames").iloc[-1], int(rows["undefined"].max())
    left_out = (
        f"; up to {undefined} frames of a cell left out, as not tested or undefined" if undefined else ""
    )
    return (
        f"n = {most['frames']} frames of {most['clips']} clips of {most['videos']} source videos{left_out}."
    )
