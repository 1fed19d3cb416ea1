"""Claims about how the object stands out of the position maps: figures 7, 8, 11, 12 (paper, 4.1)."""

from collections.abc import Iterator
from functools import partial
from typing import Literal

import numpy as np

from samscope.analysis.claims.claim import Claim, HoldsIf, Measured, measured
from samscope.analysis.claims.evidence import Evidence
from samscope.analysis.claims.limits import LEAST_VIDEOS, NOTHING
from samscope.analysis.claims.places import PLACES
from samscope.analysis.map_contrasts import Region

Kind = Literal["mean", "variance"]

_IN_WORDS: dict[Region, str] = {"object": "object", "border": "object's border"}


def object_on_map_claims() -> Iterator[Claim]:
    """Yield the claims about channel mean and channel variance where the object is, on the clean clips."""
    yield _claim(3, "variance", "object", "below")
    yield _claim(5, "variance", "object", "below")
    yield _claim(2, "variance", "object", "above")
    yield _claim(2, "mean", "object", "below")
    yield _claim(3, "mean", "border", "above")
    yield _claim(5, "mean", "object", "below")


def _claim(number: int, kind: Kind, region: Region, holds_if: HoldsIf) -> Claim:
    level = {"above": "high", "below": "low"}[holds_if]
    return Claim(
        f"{region}-{kind}-{level}-at-{number}",
        f"channel-{kind}",
        "4.1.1",
        f"At position {number} the {_IN_WORDS[region]} has a {level} channel {kind}.",
        f"channel {kind} there less that elsewhere, in standard deviations over the map",
        holds_if,
        NOTHING,
        partial(_contrast, number=number, kind=kind, region=region),
        no_control="a map is of one frame: no reference has an age",
    )


def _contrast(evidence: Evidence, number: int, kind: Kind, region: Region) -> Measured:
    table = evidence.map_contrasts
    rows = table.loc[
        (table["position"] == PLACES[number]) & (table["kind"] == kind) & (table["region"] == region)
    ]
    found = evidence.mean(
        rows["contrast"].to_numpy(dtype=np.float64),
        rows["clip"].to_numpy(dtype=np.int64),
        rows["source_video"].to_numpy(dtype=np.str_),
        "no clean clip has position maps",
    )
    few = len(found.videos)
    doubt = f"position maps of {few} source videos; `--maps` keeps more" if 0 < few < LEAST_VIDEOS else ""
    return measured(found, doubt)
