"""The page's table of thresholds that were fitted on one set and tested on another."""

from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.absence.separability import ABSENT_SETS, COMBINATION, OBJECT_SCORE
from samscope.figures.style import position_title
from samscope.records.schema import GAP_SET
from samscope.report.tables import Cell, Table, heat_of
from samscope.report.wording import NONE, interval, number, sentence_label, set_label
from samscope.trackers.positions import POSITION_NAMES


def transfer_table(transfer: pd.DataFrame) -> Table | None:
    """Return the balanced accuracy of thresholds, of the same set and of the other, by position.

    Args:
        transfer: what ``analysis.transfer`` returned.

    Returns:
        The linear combination, as measured by default, and the object score against the control for the
        references' age; None where no absent frame has a clean one beside it.
    """
    rows = transfer.loc[
        (transfer["against"] == GAP_SET)
        & (
            (transfer["feature"] == OBJECT_SCORE)
            | (
                (transfer["feature"] == COMBINATION)
                & (transfer["spread"] == "std")
                & (transfer["references"] == "present")
            )
        )
    ]
    if rows.empty:
        return None
    by_pair = {
        (_place(row["position"]), row["tested_on"], row["trained_on"]): row for _, row in rows.iterrows()
    }
    sets = [name for name in ABSENT_SETS if name in set(rows["tested_on"])]
    pairs = [
        (tested, trained)
        for tested in sets
        for trained in sorted(sets, key=lambda trained: trained != tested)
    ]
    places = [*(name for name in POSITION_NAMES if name in {place for place, *_ in by_pair}), OBJECT_SCORE]
    body = tuple(
        (
            "Object score" if place == OBJECT_SCORE else position_title(place),
            tuple(_accuracy(by_pair.get((place, *pair))) for pair in pairs),
        )
        for place in places
    )
    return Table(
        "transfer",
        "Does one threshold tell absence in both sets? It is put on the linear combination, or on the object "
        "score, and tells absent frames from clean ones under the gap control. Balanced accuracy (0.5 is "
        "chance), always on source videos that the threshold was not fitted on."
        f"{_sizes(rows, sets)}",
        ("Position", *(_title(*pair) for pair in pairs)),
        body,
        "threshold_transfer",
    )


def _place(position: Any) -> str:
    return OBJECT_SCORE if pd.isna(position) else str(position)


def _title(tested: str, trained: str) -> str:
    by = "its own" if tested == trained else f"that of {sentence_label(trained)}"
    return f"{set_label(tested)}, threshold: {by}"


def _accuracy(row: Any) -> Cell:
    if row is None or not np.isfinite(row["balanced_accuracy"]):
        return Cell(NONE)
    share = row["balanced_accuracy"]
    return Cell(number(share), interval(row["low"], row["high"]), heat_of(share))


def _sizes(rows: pd.DataFrame, sets: list[str]) -> str:
    said = []
    for name in sets:
        most = rows.loc[rows["tested_on"] == name].sort_values(["clips", "other_frames"]).iloc[-1]
        said.append(
            f" {set_label(name)}: n = {most['absent_frames']} absent and {most['other_frames']} other frames "
            f"of {most['clips']} clips of {most['videos']} source videos."
        )
    undefined = int(rows["undefined"].max())
    left_out = f" Up to {undefined} undefined frames of a cell left out." if undefined else ""
    return "".join(said) + left_out
