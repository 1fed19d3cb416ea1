"""How the object and its border stand out of the position maps (paper, 4.1.1 and 4.1.2)."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.statistics.arrays import ratio
from samscope.records.store import Study

Region = Literal["object", "border"]
REGIONS: tuple[Region, ...] = get_args(Region)
"""``object``: the true mask. ``border``: the places of the map that its outline runs through or beside."""

MAP_SETS = ("clean", "obscuration", "overlay")
"""The sets whose maps the paper shows."""

COLUMNS = ("set", "clip", "source_video", "position", "kind", "region", "contrast", "frames", "undefined")

_NEIGHBOURS = np.ones((3, 3), dtype=np.uint8)


def map_contrasts(study: Study, sets: Sequence[str] = MAP_SETS) -> pd.DataFrame:
    """Measure how far the channel mean and the channel variance stand out where the object is.

    On each frame it is the mean over the places of a region less that over all other places of the map, in
    standard deviations of the map over its places. Places that lie partly in the region count in part.

    Args:
        study: a study; only some of its clips have maps.
        sets: the sets whose clips are looked at.

    Returns:
        One row a clip that has maps, spatial ``position``, ``kind`` (``mean`` or ``variance`` over the
        channels) and ``region``: ``contrast``, the mean over the ``frames`` that show the object and are not
        prompted; NaN without one. ``undefined`` counts those that are left out: where the position does not
        exist, the region or what lies around it has no place on the map, or the map does not vary.

    Raises:
        SamscopeError: a file of maps is damaged.
    """
    rows: list[dict[str, Any]] = []
    videos = study.clips.set_index(["set", "clip"])["source_video"]
    shown = study.frames.loc[study.frames["present"] & ~study.frames["prompted"]]
    for set_name, clip in study.map_keys():
        if set_name not in sets:
            continue
        of_clip = shown.loc[(shown["set"] == set_name) & (shown["clip"] == clip), "frame"]
        frames = np.sort(of_clip.to_numpy(dtype=np.int64))
        named = {"set": set_name, "clip": clip, "source_video": videos[set_name, clip]}
        rows += [named | row for row in _rows(study.maps(set_name, clip), frames)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(maps: dict[str, NDArray[Any]], shown: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    for name, values in maps.items():
        position, _, kind = name.partition("/")
        if not kind:
            continue
        regions = _regions(maps["masks"][shown], values.shape[1:])
        for region in REGIONS:
            found = region_contrasts(values[shown].astype(np.float64), regions[region])
            defined = np.isfinite(found)
            yield {
                "position": position,
                "kind": kind,
                "region": region,
                "contrast": float(found[defined].mean()) if defined.any() else np.nan,
                "frames": int(defined.sum()),
                "undefined": int((~defined).sum()),
            }


def region_contrasts(values: NDArray[np.float64], region: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the places of a region stand out of each map, in standard deviations over its places.

    Args:
        values: float64 [T, h, w].
        region: float64 [T, h, w], how much of each place lies in the region, 0..1.

    Returns:
        float64 [T]; NaN where a map has values that are not finite or does not vary, or where the region is
        empty or all there is.
    """
    inside = ratio((values * region).sum(axis=(1, 2)), region.sum(axis=(1, 2)))
    outside = ratio((values * (1 - region)).sum(axis=(1, 2)), (1 - region).sum(axis=(1, 2)))
    return ratio(inside - outside, values.std(axis=(1, 2)))


def _regions(masks: NDArray[np.uint8], size: tuple[int, ...]) -> dict[Region, NDArray[np.float64]]:
    """Return how much of each place of a map of this size lies in each region, [T, h, w]."""
    height, width = size
    objects, borders = np.zeros((2, len(masks), height, width))
    for frame, mask in enumerate(masks):
        share = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        objects[frame] = share
        borders[frame] = cv2.dilate(share, _NEIGHBOURS) - cv2.erode(share, _NEIGHBOURS)
    return {"object": objects, "border": borders}
