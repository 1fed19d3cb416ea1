"""Claims about what is decoded from the object pointer: figures 14 and 15 (paper, 4.2)."""

from collections.abc import Iterator
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
_NEVER_FAILS = "that a decoder reads nothing with these videos does not show that the pointer tells nothing"

_BOX = "there is certainly a correlation to the position and size of the object in the frame"
_VELOCITY = "These object pointers may have connection to the object velocity within the frame"
_LEADS = "the center of the resulting projection tends to be on the leading side of the object motion"


def pointer_hold_claims() -> Iterator[Claim]:
    """Yield the claims about what a decoder reads from one ungated pointer, over all sets.

    With few source videos a decoder may do worse than the mean of its training frames, whatever the pointer
    tells: so it is held against the same decoder taught with permuted pointers.
    """
    yield _carries(
        "box",
        "IoU of the decoded box less that of the same decoder taught with permuted pointers",
        "bounding box",
        target="box",
        measure=IOU,
    )
    for target, told in (("centre", "position"), ("log_area", "size"), ("velocity", "velocity")):
        yield _carries(
            told,
            f"R\N{SUPERSCRIPT TWO} of the decoded {_DECODED[target]} less that of the same decoder taught "
            "with permuted pointers",
            told,
            target=target,
            measure=R2,
        )
    yield Claim(
        "decoded-centres-lead",
        "pointer-motion",
        "4.2",
        _LEADS,
        "The decoded centre lies on the leading side of the object's motion.",
        "decoded less true centre along the motion, as a share of the picture's diagonal",
        "above",
        NOTHING,
        partial(_lead_that_follows, measure="offset"),
        no_control=_NO_CONTROL,
    )
    yield Claim(
        "decoded-centres-lead-at-position",
        "pointer-motion",
        "4.2",
        _LEADS,
        "It does so beyond what a decoder's pull towards the mean position brings.",
        "the same in frames of motion, without what the position explains",
        "above",
        NOTHING,
        partial(_lead_that_follows, measure="frames_at_position"),
        no_control=_NO_CONTROL,
    )


_DECODED = {"centre": "centre", "log_area": "area (log)", "velocity": "velocity"}


def _carries(name: str, statistic: str, told: str, *, target: str, measure: str) -> Claim:
    return Claim(
        f"pointer-carries-{name}",
        "pointer-motion" if target == "velocity" else "pointer-box",
        "4.2",
        _VELOCITY if target == "velocity" else _BOX,
        f"The pointer tells the object's {told}.",
        statistic,
        "above",
        NOTHING,
        partial(_beyond_permuted, target=target, measure=measure),
        no_control=_NO_CONTROL,
        never_fails=_NEVER_FAILS,
    )


def _beyond_permuted(evidence: Evidence, target: str, measure: str) -> Measured:
    table = evidence.decoding_scores
    rows = table.loc[
        _read(table)
        & (table["input"] == "pointer")
        & (table["target"] == target)
        & (table["measure"] == measure)
    ]
    return _measured(rows, "beyond_permuted", "beyond_permuted_low", "beyond_permuted_high")


def _lead(evidence: Evidence, measure: str) -> Measured:
    table = evidence.motion_lead
    return _measured(table.loc[_read(table) & (table["measure"] == measure)], "value", "low", "high")


def _lead_that_follows(evidence: Evidence, measure: str) -> Measured:
    """Measure a lead; a centre that does not surely follow the object has none that means anything."""
    lead, follows = _lead(evidence, measure), _lead(evidence, "follows")
    if follows.estimate.low > 0:
        return lead
    return replace(lead, doubt=lead.doubt or "the decoded centre does not surely follow the object")


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
