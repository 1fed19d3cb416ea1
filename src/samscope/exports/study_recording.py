"""A draw of a study for Rerun's viewer: its clips with truth, prediction, position maps and scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.clips.clip import SETS, SetName
from samscope.exports.rerun import GROUND, recording
from samscope.exports.tools import tool
from samscope.figures.position_maps import COLOUR_MAPS, MAP_POSITIONS
from samscope.figures.style import SET_STYLES, position_title
from samscope.observation.kinds import MapKind
from samscope.records.store import Study
from samscope.support.errors import UsageError

_JPEG_QUALITY = 90
_TRUTH, _PREDICTION, _BOTH = 1, 2, 3
_CLASSES = (
    GROUND,
    (_TRUTH, "true alone", (86, 180, 233)),
    (_PREDICTION, "predicted alone", (213, 94, 0)),
    (_BOTH, "true and predicted", (0, 158, 115)),
)
_CURVES = {"object_score": "object score", "predicted_iou": "predicted IoU", "j": "J", "f": "F"}
_DISTANCES = "distance"

Ranges = dict[tuple[MapKind, str], tuple[float, float]]
"""The least and the largest value of maps, by kind and position."""


def first_draw(study: Study) -> int:
    """Return the first draw of a study that has maps.

    Raises:
        UsageError: none has.
    """
    draws = sorted({clip for _, clip in study.map_keys()})
    if not draws:
        raise UsageError(f"{study.path} has no maps, which a recording shows; make it with --maps 1 or more")
    return draws[0]


def write_draw(file: Path, study: Study, clip: int) -> None:
    """Write the clips of a draw that have maps into an ``.rrd`` file, on one timeline.

    ``<set>/film`` is the frame, ``<set>/film/masks`` tells where truth and prediction agree; channel means
    and variances of positions are ``<set>/mean/<position>`` and ``<set>/variance/<position>``, each in one
    range of colours over all of its frames and sets; ``object_score/<set>``, ``predicted_iou/<set>``,
    ``j/<set>``, ``f/<set>`` and ``distance/<position>/<set>``, the long distance, are curves.

    Args:
        file: the recording.
        study: with maps of the draw.
        clip: its number.

    Raises:
        UsageError: the study has no maps of that draw, or rerun-sdk is not installed.
    """
    keys = study.map_keys()
    sets = [name for name in SETS if (name, clip) in keys]
    if not sets:
        draws = ", ".join(map(str, sorted({number for _, number in keys}))) or "none"
        raise UsageError(f"--clip {clip}: {study.path} has maps of draws {draws}")
    rr = tool("rerun", "rerun-sdk", "rerun")
    maps = {name: study.maps(name, clip) for name in sets}
    ranges = _ranges(maps)
    frames = study.frames[study.frames["clip"] == clip]
    features = study.features[study.features["clip"] == clip]
    about = study.clips[study.clips["clip"] == clip].iloc[0]
    positions = [str(position) for position in features["position"].unique()]
    with recording(file, f"draw {clip}: {about['source_video']}", _views(sets, ranges, positions)) as log:
        log(None, {f"{name}/film": rr.AnnotationContext(list(_CLASSES)) for name in sets})
        for name in sets:
            style = SET_STYLES[name]
            line = rr.SeriesLines(names=[style.label], colors=[int(f"{style.on_dark[1:]}ff", 16)])
            curves = [*_CURVES, *(f"{_DISTANCES}/{position}" for position in positions)]
            log(None, {f"{curve}/{name}": line for curve in curves})
        for name in sets:
            of_set = frames[frames["set"] == name].sort_values("frame")
            for frame in range(len(maps[name]["frames"])):
                log(frame, _pictures(rr, name, maps[name], frame, ranges))
            _log_curves(rr, log, name, of_set, features[features["set"] == name])


def _ranges(maps: Mapping[SetName, Mapping[str, NDArray[Any]]]) -> Ranges:
    """Return the least and the largest value of each map, by kind and position, over sets and frames."""
    ranges: Ranges = {}
    for position in MAP_POSITIONS[1:]:
        for kind in COLOUR_MAPS:
            values = [
                set_maps[f"{position}/{kind}"]
                for set_maps in maps.values()
                if f"{position}/{kind}" in set_maps
            ]
            finite = [array[np.isfinite(array)] for array in values]
            if any(array.size for array in finite):
                low = min(float(array.min()) for array in finite if array.size)
                high = max(float(array.max()) for array in finite if array.size)
                ranges[kind, position] = low, high
    return ranges


def _pictures(
    rr: Any,
    name: str,
    maps: Mapping[str, NDArray[Any]],
    frame: int,
    ranges: Ranges,
) -> dict[str, Any]:
    """Return what is shown of a set's frame; a map that does not exist on it is cleared."""
    masks = _TRUTH * (maps["masks"][frame] > 0) + _PREDICTION * (maps["predicted"][frame] > 0)
    content = {
        f"{name}/film": rr.Image(maps["frames"][frame]).compress(jpeg_quality=_JPEG_QUALITY),
        f"{name}/film/masks": rr.SegmentationImage(masks.astype(np.uint8)),
    }
    for (kind, position), span in ranges.items():
        values = maps.get(f"{position}/{kind}")
        if values is None or not np.isfinite(values[frame]).any():
            content[f"{name}/{kind}/{position}"] = rr.Clear(recursive=False)
        else:
            content[f"{name}/{kind}/{position}"] = rr.DepthImage(
                values[frame].astype(np.float16), colormap=COLOUR_MAPS[kind], depth_range=span
            )
    return content


def _log_curves(rr: Any, log: Any, name: str, frames: pd.DataFrame, features: pd.DataFrame) -> None:
    """Log what was measured on a set's frames; what is undefined on a frame is left out."""
    for row in frames.to_dict("records"):
        values = {f"{curve}/{name}": row[curve] for curve in _CURVES if pd.notna(row[curve])}
        log(int(row["frame"]), {entity: rr.Scalars(float(value)) for entity, value in values.items()})
    for row in features[features["long"].notna()].to_dict("records"):
        entity = f"{_DISTANCES}/{row['position']}/{name}"
        log(int(row["frame"]), {entity: rr.Scalars(float(row["long"]))})


def _views(sets: Sequence[str], ranges: Ranges, positions: Sequence[str]) -> Any:
    """Return how the viewer lays a draw out: a tab a set, and the curves of all sets under them."""
    rrb = tool("rerun.blueprint", "rerun-sdk", "rerun")
    tabs = [
        rrb.Grid(
            rrb.Spatial2DView(origin=f"/{name}/film", name=SET_STYLES[name].label),
            *(
                rrb.Spatial2DView(
                    origin=f"/{name}/{kind}/{position}", name=f"{position_title(position)}, {kind}"
                )
                for kind, position in ranges
                if kind == "mean"
            ),
            name=SET_STYLES[name].label,
        )
        for name in sets
    ]
    hidden = rrb.PlotLegend(visible=False)
    curves = [
        rrb.TimeSeriesView(origin=f"/{curve}", name=title, plot_legend=None if curve == "j" else hidden)
        for curve, title in _CURVES.items()
    ]
    distances = [
        rrb.TimeSeriesView(
            origin=f"/{_DISTANCES}/{position}",
            name=f"distance, {position_title(position)}",
            plot_legend=hidden,
        )
        for position in positions
    ]
    below = rrb.Horizontal(*curves, rrb.Tabs(*distances))
    return rrb.Vertical(rrb.Tabs(*tabs), below, row_shares=[2, 1])
