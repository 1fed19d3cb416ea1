"""Claims about how the object stands out of the position maps: figures 7, 8, 11, 12 (paper, 4.1)."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np

from samscope.analysis.claims.claim import Claim, HoldsIf, Measured, measured
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.limits import LEAST_VIDEOS, NOTHING, UNTOLD
from samscope.analysis.claims.positions import PLACES
from samscope.analysis.map_contrasts import Region

Kind = Literal["mean", "variance"]

_REGIONS: dict[Region, str] = {"object": "object", "border": "object's border"}
_LEVELS: dict[HoldsIf, str] = {"above": "high", "below": "low"}
_ELSEWHERE = {
    "obscuration": ("-obscured", "4.1.1", "It is so while another object passes in front of it."),
    "overlay": ("-overlaid", "4.1.2", "It is so among objects laid over the frame."),
}


def object_on_map_claims() -> Iterator[Claim]:
    """Yield the claims about channel mean and channel variance where the object is."""
    yield _claim(3, "variance", "object", "below")
    for set_name, (suffix, section, sentence) in _ELSEWHERE.items():
        claim = _claim(3, "variance", "object", "below", set_name)
        yield replace(claim, id=f"{claim.id}{suffix}", section=section, sentence=sentence)
    yield _claim(5, "variance", "object", "below")
    yield _claim(2, "variance", "object", "above")
    yield _untold(1, "variance")
    yield _claim(2, "mean", "object", "below")
    yield _claim(3, "mean", "border", "above")
    yield _claim(5, "mean", "object", "below")
    yield _untold(1, "mean")


def _untold(number: int, kind: Kind) -> Claim:
    return replace(
        _claim(number, kind, "object", "within"),
        id=f"object-{kind}-untold-at-{number}",
        sentence=f"At position {number} the channel {kind} gives no indication of the object.",
        threshold=UNTOLD,
    )


def _claim(number: int, kind: Kind, region: Region, holds_if: HoldsIf, set_name: str = "clean") -> Claim:
    level = _LEVELS.get(holds_if, "like")
    return Claim(
        f"{region}-{kind}-{level}-at-{number}",
        f"channel-{kind}",
        "4.1.1",
        f"At position {number} the {_REGIONS[region]} has a {level} channel {kind}.",
        f"channel {kind} there less that elsewhere, in standard deviations over the map",
        holds_if,
        NOTHING,
        partial(_contrast, number=number, kind=kind, region=region, set_name=set_name),
        no_control="a map is of one frame: no reference has an age",
    )


def _contrast(evidence: Evidence, number: int, kind: Kind, region: Region, set_name: str) -> Measured:
    table = evidence.map_contrasts
    rows = table.loc[
        (table["set"] == set_name)
        & (table["position"] == PLACES[number])
        & (table["kind"] == kind)
        & (table["region"] == region)
    ]
    found = evidence.mean(
        set_name,
        rows["contrast"].to_numpy(dtype=np.float64),
        rows["clip"].to_numpy(dtype=np.int64),
        f"no clip of {set_name} has position maps",
    )
    few = len(found.videos)
    plural = "" if few == 1 else "s"
    doubt = (
        f"position maps of {few} source video{plural}; `--maps` keeps more" if 0 < few < LEAST_VIDEOS else ""
    )
    return measured(found, doubt)
