"""The numbers behind the figures that no other table holds: one row a mark."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.absence.contrasts import column_scores, combined_scores, contrast
from samscope.analysis.absence.measurements import Measurement, measurements
from samscope.analysis.absence.separability import COMBINATION
from samscope.analysis.pointers.decoding import Decoding, Reading
from samscope.analysis.pointers.distances import clip_pointers, principal_axes
from samscope.analysis.pointers.frames import TARGETS
from samscope.figures.position_maps import COLOUR_MAPS, MAP_POSITIONS
from samscope.records.store import Study

_CORNERS = ("x_min", "y_min", "x_max", "y_max")


def frame_scores(
    study: Study, set_name: str, position: str, measured: Sequence[Measurement] = measurements()
) -> pd.DataFrame:
    """Return what the strip plots of a set and position show.

    Args:
        study: the study.
        set_name: the set's name.
        position: the position's name.
        measured: how the three features are measured.

    Returns:
        One row a compared frame: ``source_video``, ``clip``, ``frame``, ``absent``, the three features and
        their linear combination (log odds, scored on source videos that it was not fitted to); NaN where
        undefined.
    """
    sides = contrast(study.clips, study.frames, set_name, "present")
    rows = study.features.loc[(study.features["set"] == set_name) & (study.features["position"] == position)]
    scores = [column_scores(sides, rows, rows, measure.column) for measure in measured]
    combined = combined_scores(sides, scores)
    clip, frame = np.nonzero(sides.absent | sides.other)
    grid = sides.absent_grid
    table: dict[str, Any] = {
        "source_video": grid.videos[clip],
        "clip": grid.clips[clip],
        "frame": frame,
        "absent": sides.absent[clip, frame],
    }
    named = [(measure.feature, own) for measure, own in zip(measured, scores, strict=True)]
    for name, own in (*named, (COMBINATION, combined)):
        values = np.nan if own is None else np.where(sides.absent, own.absent, own.other)[clip, frame]
        table[name] = values
    return pd.DataFrame(table)


def projected_pointers(study: Study, clip: int, set_name: str) -> pd.DataFrame:
    """Return what the figure of the pointers of two clips shows.

    Returns:
        One row a panel (``all_frames``, ``tracked_frames``), set and frame: ``first`` and ``second``
        component, and the shares of the variance that they explain, ``first_explained`` and
        ``second_explained``.
    """
    clips = {name: clip_pointers(study.frames, name, clip) for name in ("clean", set_name)}
    pieces = []
    for panel, first in (("all_frames", 0), ("tracked_frames", 1)):
        projection = principal_axes(np.concatenate([pointers[first:] for _, pointers in clips.values()]))
        sets = np.repeat(list(clips), [len(frames) - first for frames, _ in clips.values()])
        pieces.append(
            pd.DataFrame(
                {
                    "panel": panel,
                    "set": sets,
                    "frame": np.concatenate([frames[first:] for frames, _ in clips.values()]),
                    "first": projection.points[:, 0],
                    "second": projection.points[:, 1],
                    "first_explained": projection.explained[0],
                    "second_explained": projection.explained[1],
                }
            )
        )
    return pd.concat(pieces, ignore_index=True)


def map_values(study: Study, set_name: str, clip: int, frame: int) -> pd.DataFrame:
    """Return the maps of a frame: one row a position and place, its channel ``mean`` and ``variance``.

    Position 0 is left out: there they are the frame's own pixels, nine rows of ten.
    """
    maps = study.maps(set_name, clip, frames=[frame])
    pieces = []
    for position in MAP_POSITIONS[1:]:
        values = {kind: maps[f"{position}/{kind}"][0] for kind in COLOUR_MAPS if f"{position}/{kind}" in maps}
        if values:
            row, column = np.indices(next(iter(values.values())).shape)
            flat: dict[str, Any] = {str(kind): kind_values.ravel() for kind, kind_values in values.items()}
            pieces.append(
                pd.DataFrame({"position": position, "row": row.ravel(), "column": column.ravel(), **flat})
            )
    return pd.concat(pieces, ignore_index=True)


def drawn_boxes(decoding: Decoding, places: Sequence[tuple[str, int, int]], reading: Reading) -> pd.DataFrame:
    """Return the boxes of a figure of decoded boxes.

    Args:
        decoding: what ``decode_pointers`` returned.
        places: set, clip and frame of each panel.
        reading: what read them.

    Returns:
        One row a panel and kind of box (``true``, ``predicted_mask``, ``decoded``), corners as shares of the
        picture; NaN where there is no box.
    """
    box = TARGETS["box"]
    kinds = {
        "true": decoding.frames.truth,
        "predicted_mask": decoding.frames.predicted_mask,
        "decoded": decoding.readings.get(reading),
    }
    numbers = decoding.frames.keys["frame"].to_numpy()
    pieces = []
    for set_name, clip, frame in places:
        rows = decoding.rows(set_name, clip)
        row = rows[numbers[rows] == frame][0]
        for kind, values in kinds.items():
            corners = np.full(4, np.nan) if values is None else values[row, box]
            named = dict(zip(_CORNERS, corners, strict=True))
            pieces.append({"set": set_name, "clip": clip, "frame": frame, "box": kind, **named})
    return pd.DataFrame(pieces)
