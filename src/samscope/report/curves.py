"""What the page's interactive curves show: every feature of every set at every position through time."""

from typing import Any

import numpy as np
import pandas as pd

from samscope.analysis.absence.measurements import FEATURE_TITLES
from samscope.figures.features_over_time import TIME_SETS
from samscope.figures.style import SET_STYLES, position_title
from samscope.report.scripts import rounded
from samscope.trackers.positions import POSITION_NAMES

START = "object_pointer_ungated"
"""The position that is shown at first, if it was recorded."""

_CURVES = ("mean", "low", "high", "absent", "clips")
"""What each frame has: the three lines, and how many clips lack the object, of how many."""


def curves(timecourse: pd.DataFrame, middle: list[int] | None) -> dict[str, Any] | None:
    """Return the features through time as plain values for the page's script.

    Args:
        timecourse: what ``analysis.timecourse`` returned.
        middle: first and last frame of the middle, or None.

    Returns:
        ``length`` in frames, ``middle``, ``sets`` (with the frames on which most clips lack the object),
        ``positions``, ``features``, ``start``, and ``values`` by position, feature and set: lists ``mean``,
        ``low`` and ``high`` with one entry a frame, None where undefined. None where nothing was recorded.
    """
    if timecourse.empty:
        return None
    recorded = set(timecourse["position"])
    positions = [name for name in POSITION_NAMES if name in recorded]
    length = int(timecourse["frame"].max()) + 1
    values: dict[str, dict[str, dict[str, Any]]] = {
        position: {feature: {} for feature in FEATURE_TITLES} for position in positions
    }
    absent = {}
    groups: Any = timecourse.groupby(["position", "feature", "set"], sort=False)
    for (position, feature, set_name), rows in groups:
        by_frame = np.full((length, len(_CURVES)), np.nan)
        by_frame[rows["frame"].to_numpy()] = rows[list(_CURVES)].to_numpy(dtype=np.float64)
        *lines, absent_clips, clips = by_frame.T
        values[position][feature][set_name] = dict(zip(_CURVES, map(rounded, lines), strict=False))
        absent[set_name] = [bool(gone) for gone in (absent_clips > 0) & (absent_clips > 0.5 * clips)]
    return {
        "length": length,
        "middle": middle,
        "sets": [
            {
                "name": name,
                "label": style.label,
                "shown": name in TIME_SETS or not set(absent) & set(TIME_SETS),
                "absent": absent[name],
            }
            for name, style in SET_STYLES.items()
            if name in absent
        ],
        "positions": [{"name": name, "title": position_title(name)} for name in positions],
        "features": [{"name": name, "title": title} for name, title in FEATURE_TITLES.items()],
        "start": START if START in positions else positions[0],
        "values": values,
    }
