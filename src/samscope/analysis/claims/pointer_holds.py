"""Claims about what is decoded from the object pointer: figures 14 and 15 (paper, 4.2)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pandas as pd

from samscope.analysis.claims.claim import Claim, Measured
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.limits import NOTHING
from samscope.analysis.pointers.decoding import ALL_SETS
from samscope.analysis.pointers.decoding_scores import IOU, R2
from samscope.analysis.pointers.distances import POINTERS
from samscope.analysis.statistics.bootstrap import UNDEFINED, Estimate
from samscope.analysis.statistics.resampled import freedom

DECODER = "mlp"
"""The paper's decoder. It is trained on other source videos than it is tested on; the paper's is not."""

_NO_CONTROL = "a decoder sees one pointer: no reference has an age"


def pointer_hold_claims() -> Iterator[Claim]:
    """Yield the claims about what a decoder reads from one ungated pointer, over all sets."""
    yield _claim(
        "pointer-carries-box",
        "pointer-box",
        "The pointer tells the object's bounding box.",
        "IoU of the decoded box less that of the mean box of the training frames",
        partial(_score, target="box", measure=IOU, column="gain"),
    )
    for target, told, decoded in (
        ("centre", "position", "centre"),
        ("log_area", "size", "area (log)"),
        ("velocity", "velocity", "velocity"),
    ):
        yield _claim(
            f"pointer-carries-{told}",
            "pointer-motion" if target == "velocity" else "pointer-box",
            f"The pointer tells the object's {told}.",
            f"R\N{SUPERSCRIPT TWO} of the decoded {decoded}, 0 for the mean of the training frames",
            partial(_score, target=target, measure=R2, column="value"),
        )
    yield _claim(
        "decoded-centres-lead",
        "pointer-motion",
        "The decoded centre lies on the leading side of the object's motion.",
        "decoded less true centre along the motion, as a share of the picture's diagonal",
        partial(_lead, measure="offset"),
    )
    yield _claim(
        "decoded-centres-lead-at-position",
        "pointer-motion",
        "It does so beyond what a decoder's pull towards the mean position brings.",
        "the same in frames of motion, without what the position explains",
        _lead_at_position,
    )


def _score(evidence: Evidence, target: str, measure: str, column: str) -> Measured:
    table = evidence.decoding_scores
    rows = table.loc[
        _read(table)
        & (table["input"] == "pointer")
        & (table["target"] == target)
        & (table["measure"] == measure)
    ]
    low, high = ("low", "high") if column == "value" else (f"{column}_low", f"{column}_high")
    return _measured(rows, column, low, high)


def _lead(evidence: Evidence, measure: str) -> Measured:
    table = evidence.motion_lead
    return _measured(table.loc[_read(table) & (table["measure"] == measure)], "value", "low", "high")


def _lead_at_position(evidence: Evidence) -> Measured:
    """Measure the lead; a centre that does not surely follow the object has none that means anything."""
    lead, follows = _lead(evidence, "frames_at_position"), _lead(evidence, "follows")
    if follows.estimate.low > 0:
        return lead
    doubt = lead.doubt or "the decoded centre does not surely follow the object"
    return replace(lead, doubt=doubt)


def _read(table: pd.DataFrame) -> pd.Series:
    """Return the rows of what the paper's decoder reads from the ungated pointer, over all sets."""
    return (table["set"] == ALL_SETS) & (table["pointer"] == POINTERS[0]) & (table["decoder"] == DECODER)


def _measured(rows: pd.DataFrame, value: str, low: str, high: str) -> Measured:
    if rows.empty:
        return Measured(UNDEFINED, 0, 0, f"nothing was decoded by the {DECODER}")
    row = rows.iloc[0]
    videos, partners = int(row["videos"]), int(row["partners"])
    ends = float(row[value]), float(row[low]), float(row[high])
    estimate = Estimate(*ends, freedom=max(freedom(videos, partners), 0))
    return Measured(estimate, videos, int(row["clips"]), partners=partners)


def _claim(
    claim_id: str, family: str, sentence: str, statistic: str, paper: Callable[[Evidence], Measured]
) -> Claim:
    return Claim(
        claim_id, family, "4.2", sentence, statistic, "above", NOTHING, paper, no_control=_NO_CONTROL
    )
