"""What the page's frame browser shows: sample clips with outlines, maps, features and scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import matplotlib as mpl
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.absence.measurements import FEATURE_TITLES
from samscope.clips.clip import SETS
from samscope.figures.position_maps import COLOUR_MAPS, MAP_POSITIONS
from samscope.figures.style import SET_STYLES, position_title
from samscope.records.schema import FRAME_KEY
from samscope.records.store import Study
from samscope.report.attention_shown import LOOKED_FROM, attention_by_frame
from samscope.report.curves import START
from samscope.report.pictures import MAP_QUALITY, PHOTO_QUALITY, PicturePool
from samscope.report.room import characters
from samscope.report.scripts import rounded
from samscope.trackers.positions import POSITION_NAMES

ROOM = 7_000_000
"""Characters that sample clips may take; a draw that would go over it is left out, the first never."""

MOST_LOST = 12
"""Lost clips that are shown although no pictures of them were kept."""

_EVENTFUL = ("interjection", "object_removal", "obscuration", "overlay", "context_removal", "clean")
"""Sets in whose middle most becomes of the object, those first; any others come after them."""

_MAP_SIDE = 64
_COMMON = (0.01, 0.99)
"""The colours of a map span these quantiles of its values: a few extreme ones would hide all others."""

Maps = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class FrameBrowser:
    """Sample clips for the page's script.

    Attributes:
        data: plain values: ``clips``, ``pictures`` (data URIs, which clips name by number), and titles.
        shown: numbers of the draws in it.
        left_out: numbers of the draws with maps that found no room.
    """

    data: dict[str, Any]
    shown: tuple[int, ...]
    left_out: tuple[int, ...]


Place = tuple[str, int, int]
"""Set, number of the draw, and frame."""


def frame_browser(study: Study, room: int = ROOM, lost: Sequence[Place] = ()) -> FrameBrowser | None:
    """Return the clips whose frames and maps were kept, draw by draw, as far as there is room.

    Args:
        study: a study.
        room: characters that they may take; the first draw is shown even if it takes more.
        lost: clips that were lost, worst first, and where. The browser opens on the first one with
            pictures. Of the first ``MOST_LOST`` it has features and scores without pictures too.

    Returns:
        Frames with outlines of the true and the predicted mask, channel mean and variance at positions 0, 1,
        2, 3 and 5 (one colour scale a position, kind and draw), features, scores and, where the study has it,
        what memory attention looked at; None without any maps.
        ``start_at`` is the place at which it opens: where the first of ``lost`` with pictures is lost, or
        else the first frame of the middle, in a set whose object goes or is hidden there if there is one.
    """
    draws = sorted({clip for _, clip in study.map_keys()})
    if not draws:
        return None
    pool = PicturePool()
    clips: list[dict[str, Any]] = []
    shown: list[int] = []
    taken = largest = 0
    for draw in draws:
        if shown and taken + largest > room:
            break
        clips.append(_draw(study, draw, pool))
        shown.append(draw)
        before, taken = taken, pool.characters + characters(clips)
        largest = max(largest, taken - before)
    opens = next((place for place in lost if place[1] in shown), None) or _middle_of(study, shown[0])
    sets_of: dict[int, list[str]] = {}
    for name, draw, _ in lost[:MOST_LOST]:
        if draw not in shown:
            sets_of.setdefault(draw, []).append(name)
    clips += [_numbers_alone(study, draw, sets) for draw, sets in sets_of.items()]
    recorded = set(study.features["position"])
    positions = [name for name in POSITION_NAMES if name in recorded]
    data = {
        "clips": clips,
        "pictures": pool.sources,
        "maps": _titles(MAP_POSITIONS),
        "positions": _titles(positions),
        "features": [{"name": name, "title": title} for name, title in FEATURE_TITLES.items()],
        "start": START if START in positions else (positions or [""])[0],
        "start_at": dict(zip(FRAME_KEY, opens, strict=True)),
        "looked_from": [{"name": name, "title": title} for name, title in LOOKED_FROM.items()]
        if study.has_attention
        else [],
    }
    return FrameBrowser(data, tuple(shown), tuple(draw for draw in draws if draw not in shown))


def _middle_of(study: Study, draw: int) -> Place:
    """Return the first frame of the middle of a draw's clip, of the set that changes most there."""
    keys = study.map_keys()
    first = next(name for name in (*_EVENTFUL, *SETS) if (name, draw) in keys)
    rows = study.clips.loc[study.clips["clip"] == draw, "prefix"]
    return first, draw, int(rows.iloc[0])


def _titles(positions: tuple[str, ...] | list[str]) -> list[dict[str, str]]:
    return [{"name": name, "title": position_title(name)} for name in positions]


def _draw(study: Study, draw: int, pool: PicturePool) -> dict[str, Any]:
    keys = set(study.map_keys())
    sets = [name for name in SETS if (name, draw) in keys]
    maps: dict[str, Maps] = {name: study.maps(name, draw) for name in sets}
    small = {
        name: {key: _small_map(own_maps, key) for key in _map_keys(own_maps)}
        for name, own_maps in maps.items()
    }
    limits = {
        key: _limits([own_maps[key] for own_maps in small.values() if key in own_maps])
        for key in {k for own_maps in small.values() for k in own_maps}
    }
    height, width = maps[sets[0]]["frames"].shape[1:3]
    clips = study.clips.loc[study.clips["clip"] == draw]
    attention = _attention(study, draw)
    return {
        "title": f"{clips['source_video'].iloc[0]}, draw {draw}",
        "clip": draw,
        "width": int(width),
        "height": int(height),
        "sets": {
            str(name): {
                **_pictures(maps[name], small[name], limits, pool),
                **_records(study, str(name), draw, attention),
            }
            for name in sets
        },
    }


def _numbers_alone(study: Study, draw: int, sets: list[str]) -> dict[str, Any]:
    """Return clips of a draw of which no pictures were kept, beside the clean one."""
    clips = study.clips.loc[study.clips["clip"] == draw]
    named = [name for name in SETS if name in {*sets, "clean"} and name in set(clips["set"])]
    attention = _attention(study, draw)
    return {
        "title": f"{clips['source_video'].iloc[0]}, draw {draw} (no pictures)",
        "clip": draw,
        "sets": {str(name): _records(study, str(name), draw, attention) for name in named},
    }


def _map_keys(maps: Maps) -> list[str]:
    return [f"{name}/{kind}" for name in MAP_POSITIONS for kind in COLOUR_MAPS if f"{name}/{kind}" in maps]


def _small_map(maps: Maps, key: str) -> NDArray[np.float32]:
    """Return the maps of a key as float32 [T, h, w], at most 64 a side; NaN where a frame has none."""
    values = maps[key]
    height, width = values.shape[1:]
    scale = min(1.0, _MAP_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.stack(
        [cv2.resize(single, size, interpolation=cv2.INTER_AREA) for single in values.astype(np.float32)]
    )


def _limits(values: list[NDArray[np.float32]]) -> tuple[float, float]:
    finite = np.concatenate([maps[np.isfinite(maps)] for maps in values])
    if not finite.size:
        return 0.0, 1.0
    low, high = np.quantile(finite, _COMMON)
    return float(low), float(high)


def _pictures(
    maps: Maps,
    small: Mapping[str, NDArray[np.float32]],
    limits: dict[str, tuple[float, float]],
    pool: PicturePool,
) -> dict[str, Any]:
    coloured: dict[str, dict[str, list[int | None]]] = {}
    for key, values in small.items():
        position, kind = key.split("/")
        low, high = limits[key]
        scaled = np.clip((values - low) / (high - low if high > low else 1.0), 0, 1)
        colours = mpl.colormaps[COLOUR_MAPS["mean" if kind == "mean" else "variance"]]
        exists = [bool(np.isfinite(single).any()) for single in values]
        coloured.setdefault(position, {})[kind] = [
            pool.number(picture, quality=MAP_QUALITY) if is_map else None
            for picture, is_map in zip(colours(scaled, bytes=True)[..., :3], exists, strict=True)
        ]
    return {
        "frames": [pool.number(frame, quality=PHOTO_QUALITY) for frame in maps["frames"]],
        "truth": [outline(mask) for mask in maps["masks"]],
        "predicted": [outline(mask) for mask in maps["predicted"]],
        "maps": coloured,
    }


def outline(mask: NDArray[np.uint8]) -> str:
    """Return the edges of a mask as a path in the picture's pixels, empty for an empty mask.

    Args:
        mask: uint8 [H, W], not 0 inside; holes have edges of their own.
    """
    contours, _ = cv2.findContours((mask > 0).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    parts = []
    for contour in contours:
        points = cv2.approxPolyDP(contour, 0.8, closed=True)[:, 0].tolist()
        parts.append("M" + "L".join(f"{x}.5 {y}.5" for x, y in points) + "Z")
    return "".join(parts)


def _attention(study: Study, draw: int) -> pd.DataFrame | None:
    return study.attention(draw) if study.has_attention else None


def _records(study: Study, set_name: str, draw: int, attention: pd.DataFrame | None) -> dict[str, Any]:
    frames = _rows(study.frames, set_name, draw)
    features = _rows(study.features, set_name, draw)
    middle = frames.loc[frames["segment"] == "middle", "frame"]
    looked = None if attention is None else attention_by_frame(_rows(attention, set_name, draw), len(frames))
    return {
        **({} if looked is None else {"attention": looked}),
        "title": SET_STYLES[set_name].label,
        "name": set_name,
        "middle": [int(middle.min()), int(middle.max())] if len(middle) else None,
        "segment": frames["segment"].tolist(),
        "present": [bool(present) for present in frames["present"]],
        "obscured": rounded(frames["obscured"].to_numpy(), 3),
        "score": rounded(frames["object_score"].to_numpy()),
        "j": rounded(frames["j"].to_numpy(), 3),
        "f": rounded(frames["f"].to_numpy(), 3),
        "features": _by_position(features, frames["frame"].to_numpy()),
    }


def _rows(table: pd.DataFrame, set_name: str, draw: int) -> pd.DataFrame:
    return table.loc[(table["set"] == set_name) & (table["clip"] == draw)].sort_values("frame")


def _by_position(features: pd.DataFrame, frames: NDArray[np.int64]) -> dict[str, Any]:
    """Return a clip's features by position and name: one value a frame, None where it has none."""
    places = np.searchsorted(frames, features["frame"].to_numpy())
    positions = features["position"].to_numpy(dtype=object)
    values = features[list(FEATURE_TITLES)].to_numpy(dtype=np.float64)
    by_position = {}
    for position in dict.fromkeys(positions):
        chosen = positions == position
        own = np.full((len(frames), len(FEATURE_TITLES)), np.nan)
        own[places[chosen]] = values[chosen]
        by_position[position] = dict(zip(FEATURE_TITLES, map(rounded, own.T), strict=True))
    return by_position
