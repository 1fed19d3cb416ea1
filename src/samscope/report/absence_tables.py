"""The page's tables of what the tracker does about absence."""

from typing import Any

import numpy as np
import pandas as pd

from samscope.report.tables import Cell, Table
from samscope.report.wording import interval, number, set_label

_SEEN: dict[str, tuple[str, float]] = {
    "false_positive_area": ("While it is gone: false-positive area (% of the picture)", 100.0),
    "missed_absence_by_mask": ("While it is gone: frames with a mask (%)", 100.0),
    "missed_absence_by_score": ("While it is gone: frames with an object score above 0 (%)", 100.0),
    "vots_absence_detection_quality_of_any_length": (
        "While it is gone: absence-detection quality of VOTS, absences of any length",
        1.0,
    ),
    "false_absence_by_mask": ("While it is there: frames with an empty mask (%)", 100.0),
    "false_absence_by_score": ("While it is there: frames with an object score of 0 or below (%)", 100.0),
    "followed_before": ("Clips in which it is followed just before it goes (%)", 100.0),
    "never_found": ("Clips in which it is not found again (%)", 100.0),
    "frames_until_found": ("Frames from its return until it is found", 1.0),
    "j_before": ("J before it goes", 1.0),
    "j_after": ("J after its return", 1.0),
}
_CHANGE: dict[str, tuple[str, float]] = {
    "j_change": ("Change of J, before to after", 1.0),
    "j_change_clean": ("Change of J in the clean clip, on frames of the same numbers", 1.0),
    "j_change_less_clean": ("Change of J, less the clean clip's", 1.0),
}
_BENCHMARKS: dict[str, tuple[str, float]] = {
    "mosev2_disappearance": ("MOSEv2: disappearance, J&F", 1.0),
    "mosev2_reappearance": ("MOSEv2: reappearance, J&F", 1.0),
    "mosev2_reappearance_j": ("MOSEv2: reappearance, J alone", 1.0),
    "vots_quality": ("VOTS: quality", 1.0),
    "vots_accuracy": ("VOTS: accuracy", 1.0),
    "vots_robustness": ("VOTS: robustness", 1.0),
    "vots_not_reported_error": ("VOTS: not-reported error", 1.0),
    "vots_drift_rate_error": ("VOTS: drift-rate error", 1.0),
}


def absence_tables(measures: pd.DataFrame) -> list[Table]:
    """Return what the tracker does about absence, and the scores of benchmarks, folded away.

    A change of J is shown only beside that of the clean clips: trackers drift without any absence too.

    Args:
        measures: what ``analysis.absence_measures`` returned.

    Returns:
        Both tables; none where no frame lacks its object.
    """
    if measures.empty:
        return []
    by_measure = {(row["set"], row["measure"]): row for _, row in measures.iterrows()}
    compared = any(
        row["clips"] > 0 for (_, measure), row in by_measure.items() if measure == "j_change_clean"
    )
    shown = _SEEN | _CHANGE if compared else _SEEN
    without = "" if compared else " No clean clips were run: how J changes cannot be held against theirs."
    return [
        _table(
            "absence",
            "What the tracker does while the object is gone, and after. Mean over the frames of a clip, then "
            "over clips. Found: J of at least 0.5. Frames until it is found: by Kaplan and Meier, as some "
            f"clips end first{_horizon(measures)}.{without}",
            by_measure,
            shown,
        ),
        _table(
            "absence-benchmarks",
            "The same clips as the benchmarks MOSEv2 (2025) and VOTS (2023) score them, as far as the "
            "records tell.",
            by_measure,
            _BENCHMARKS,
            main=False,
        ),
    ]


def _table(
    name: str,
    caption: str,
    by_measure: dict[Any, Any],
    shown: dict[str, tuple[str, float]],
    *,
    main: bool = True,
) -> Table:
    sets = list(dict.fromkeys(set_name for set_name, _ in by_measure))
    columns = [title for set_name in sets for title in (set_label(set_name), "frames / clips / videos")]
    rows = []
    for measure, (title, scale) in shown.items():
        cells = [_cells(by_measure.get((set_name, measure)), scale) for set_name in sets]
        rows.append((title, tuple(cell for of_set in cells for cell in of_set)))
    undefined = _undefined(by_measure, shown)
    return Table(
        name, f"{caption}{undefined}", ("Measure", *columns), tuple(rows), "absence_measures", main=main
    )


def _cells(row: Any, scale: float) -> tuple[Cell, Cell]:
    if row is None:
        return Cell(number(np.nan)), Cell("")
    digits = 2 if scale == 1 else 1
    return (
        Cell(number(scale * row["mean"], digits), interval(scale * row["low"], scale * row["high"], digits)),
        Cell(f"{row['frames']} / {row['clips']} / {row['videos']}"),
    )


def _horizon(measures: pd.DataFrame) -> str:
    horizons = measures["horizon"].dropna()
    return f", none counted as longer than {horizons.max():.0f}" if len(horizons) else ""


def _undefined(by_measure: dict[Any, Any], shown: dict[str, tuple[str, float]]) -> str:
    rows = [row for (_, measure), row in by_measure.items() if measure in shown]
    frames, clips = (max(int(row[column]) for row in rows) for column in ("undefined", "undefined_clips"))
    if not frames and not clips:
        return ""
    return f" Left out of a mean as undefined: up to {frames} frames and {clips} clips."
