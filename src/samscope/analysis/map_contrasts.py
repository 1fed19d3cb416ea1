"""How the object, its border, other objects and edges stand out of the position maps (paper, 4.1)."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd

from samscope.records.schema import MAP_KINDS, MAP_PARTS
from samscope.records.store import Study
from samscope.trackers.positions import MAPPED

MapContrast = Literal["object", "border", "rival", "object_less_rival", "edges"]
MAP_CONTRASTS: tuple[MapContrast, ...] = get_args(MapContrast)
"""``object``, ``border`` and ``rival``: that region less the ground. ``object_less_rival``: the object of
interest less the other objects of the frame. The unit is a standard deviation of the map over its places.
``edges``: correlation with the strength of the frame's edges, -1..1."""

MAP_SETS = ("clean", "object_removal", "obscuration", "overlay")
"""The sets whose maps claims are about: those that the paper shows, and the one in which the object of
interest is pasted and the other one is not."""

COLUMNS = ("set", "clip", "position", "kind", "contrast", "value", "frames", "undefined")

_KEY = ["set", "clip", "frame"]


def map_contrasts(study: Study, sets: Sequence[str] = MAP_SETS) -> pd.DataFrame:
    """Average over the frames of each clip how far regions of its maps stand apart.

    Args:
        study: a study; records of older versions have no levels of maps, and then there are no rows.
        sets: the sets whose clips are looked at.

    Returns:
        One row a clip, spatial ``position``, ``kind`` (channel ``mean`` or ``variance``) and ``contrast``
        (``MAP_CONTRASTS``): its mean ``value`` over the ``frames`` that show the object and are not prompted;
        NaN without one. ``undefined`` counts those on which it is not defined: the position does not exist, a
        region has no place on the map, or the map does not vary.
    """
    features = study.features
    columns = [f"{kind}_{part}" for kind in MAP_KINDS for part in MAP_PARTS]
    if not has_map_levels(study):
        return pd.DataFrame(columns=list(COLUMNS))
    frames = study.frames
    shown = frames.loc[
        frames["present"].astype(bool) & ~frames["prompted"].astype(bool) & frames["set"].isin(sets), _KEY
    ]
    rows = features.loc[features["position"].isin(MAPPED), [*_KEY, "position", *columns]].merge(
        shown, on=_KEY
    )
    pieces = []
    for kind in MAP_KINDS:
        levels = {part: rows[f"{kind}_{part}"].astype(np.float64) for part in MAP_PARTS}
        values: dict[MapContrast, pd.Series] = {
            "object": levels["object"] - levels["ground"],
            "border": levels["border"] - levels["ground"],
            "rival": levels["rival"] - levels["ground"],
            "object_less_rival": levels["object"] - levels["rival"],
            "edges": levels["edges"],
        }
        for contrast, value in values.items():
            of_clip = rows[["set", "clip", "position"]].assign(value=value)
            grouped = of_clip.groupby(["set", "clip", "position"], sort=True, observed=True)["value"]
            averages = grouped.agg(value="mean", frames="count", all="size").reset_index()
            averages["undefined"] = averages["all"] - averages["frames"]
            pieces.append(averages.assign(kind=kind, contrast=contrast)[list(COLUMNS)])
    return pd.concat(pieces, ignore_index=True)


def has_map_levels(study: Study) -> bool:
    """Return whether the records hold any level of a map; those of older versions do not."""
    columns = [f"{kind}_{part}" for kind in MAP_KINDS for part in MAP_PARTS]
    recorded = [column for column in columns if column in study.features]
    return bool(study.features[recorded].notna().any(axis=None)) if recorded else False
