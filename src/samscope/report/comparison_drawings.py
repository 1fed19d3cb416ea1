"""The figures of a comparison's page."""

from collections.abc import Callable, Iterable
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from samscope.analysis.absence.separability import ABSENT_SETS, COMBINATION, OBJECT_SCORE, choose
from samscope.analysis.masks.accuracy import SEGMENTS
from samscope.figures.side_by_side import estimates_side_by_side, verdicts_side_by_side
from samscope.figures.style import position_title
from samscope.records.schema import GAP_SET
from samscope.report.comparison import Comparison
from samscope.report.comparison_tables import ABSENCE_MEASURES, RISING_SETS
from samscope.report.drawings import Drawing
from samscope.report.wording import listed, set_label
from samscope.trackers.positions import POSITION_NAMES

_BARS = (
    "Bars: the 95 % interval of each study by itself, over its source videos and over the partner videos "
    "that lend frames or objects to them. Where studies share their clips, differences between them are "
    "surer than these bars suggest: the tables of the page have them."
)

_DRAWN_MEASURES = (
    "false_positive_area",
    "missed_absence_by_mask",
    "missed_absence_by_score",
    "never_found",
    "frames_until_found",
    "j_after",
)


def claims_drawing(comparison: Comparison) -> Drawing:
    """Return which claims hold in which study."""
    claims = comparison.tables["claims"]
    decided = claims.loc[(claims["definition"] == "paper") & claims["verdict"].notna()]
    counts = [
        f"{name}: {count} {verdict}"
        for name in comparison.names
        for verdict, count in decided.loc[decided["study"] == name, "verdict"].value_counts().items()
    ]
    said = "; ".join(counts)
    return Drawing(
        "claims",
        "The paper's claims, study by study",
        "One row a claim of the paper, one column a study. Full circle: the claim holds in that study. "
        "Cross: it fails. Empty circle: the 95 % interval reaches to both sides of what the claim says, so "
        "the study leaves it open. Empty square: there are too few source videos to decide. The table below "
        "names the claims and has their numbers.",
        f"A grid of claims and studies. {said}.",
        partial(verdicts_side_by_side, claims, comparison.names),
        "" if len(decided) else "No claim could be tested on these records.",
    )


def separability_drawing(comparison: Comparison) -> Drawing:
    """Return the AUROC of the combination and of the object score, by position."""
    rows = pd.concat(
        [
            choose(comparison.tables["separability"], set_name, GAP_SET).assign(panel=set_name)
            for set_name in ABSENT_SETS
        ]
    )
    rows = rows.loc[rows["feature"].isin([COMBINATION, OBJECT_SCORE])].dropna(subset=["auroc"])
    shown = rows.assign(row=rows["position"].fillna(OBJECT_SCORE), value=rows["auroc"])
    labels = {**_positions(shown["row"]), OBJECT_SCORE: "Object score"}
    return _drawing(
        comparison,
        shown,
        name="separability",
        title="Absent frames told apart, by position",
        caption="How well each position tells frames without the object from frames with it. Each mark is an "
        "AUROC: the chance that a frame without the object has the higher score of two; 0.5 is guessing. The "
        "other frame is the same one of the clean clip, compared with frames that lie just as far back, so "
        "that their age cannot make the difference. The score is the linear combination of the paper's three "
        "features; the last row has the tracker's own object score.",
        draw=partial(
            estimates_side_by_side,
            shown,
            comparison.names,
            rows=labels,
            panels=_sets(shown["panel"]),
            title="Absent frames told apart, by position: linear combination",
            axis="AUROC (0.5: chance)",
            note=_BARS,
            level=0.5,
        ),
        missing="It takes interjection or object removal beside the clean clips; no study ran both.",
    )


def rises_drawing(comparison: Comparison) -> Drawing:
    """Return how far the short-term distance rises in the middle."""
    rises = comparison.tables["features"]
    chosen = rises.loc[(rises["feature"] == "short") & rises["set"].isin(RISING_SETS)].dropna(subset=["rise"])
    shown = chosen.assign(panel=chosen["set"], row=chosen["position"], value=chosen["rise"])
    return _drawing(
        comparison,
        shown,
        name="features",
        title="How far features rise in the middle",
        caption="How much farther a frame lies from the latest one with the object while the clip is "
        "altered: the mean short-term distance over the altered frames (the middle), divided by that over "
        "the frames before them (the prefix). 1 is no change. A position that holds the object rises where "
        "the object is gone (interjection, object removal), and not where only its surroundings are "
        "(context removal).",
        draw=partial(
            estimates_side_by_side,
            shown,
            comparison.names,
            rows=_positions(shown["row"]),
            panels=_sets(shown["panel"], RISING_SETS),
            title="Short-term distance in the middle",
            axis="multiple of the prefix",
            note=_BARS,
            level=1.0,
        ),
        missing="No study ran a set whose features rise in the middle.",
    )


def accuracy_drawing(comparison: Comparison) -> Drawing:
    """Return J&F by set and part of the clip."""
    table = comparison.tables["accuracy"]
    chosen = table.loc[table["measure"] == "j_and_f"]
    shown = chosen.assign(panel=chosen["segment"], row=chosen["set"], value=chosen["mean"])
    return _drawing(
        comparison,
        shown,
        name="accuracy",
        title="How well the masks fit",
        caption="How well the predicted masks fit the true ones, for each set: J&F as DAVIS defines it, the "
        "mean of region overlap and of contour accuracy; 1 is perfect. The middle is the part of the clip "
        "that a set alters, prefix and suffix are the frames before and after it.",
        draw=partial(
            estimates_side_by_side,
            shown,
            comparison.names,
            rows={str(name): set_label(str(name)) for name in shown["set"].unique()},
            panels={name: name.capitalize() for name in ("whole", *SEGMENTS[:3])},
            title="How well the masks fit",
            axis="J&F",
            note=_BARS,
        ),
        missing="",
    )


def absence_drawing(comparison: Comparison) -> Drawing:
    """Return what the trackers do about absence."""
    table = comparison.tables["absence"]
    chosen = table.loc[table["measure"].isin(_DRAWN_MEASURES) & table["set"].isin(ABSENT_SETS)]
    factor = chosen["measure"].map({name: factor for name, (_, factor) in ABSENCE_MEASURES.items()})
    shown = chosen.assign(
        panel=chosen["measure"],
        row=chosen["set"],
        value=chosen["mean"] * factor,
        low=chosen["low"] * factor,
        high=chosen["high"] * factor,
    ).dropna(subset=["value"])
    drawn = [name for name in _DRAWN_MEASURES if name in set(shown["measure"])]
    return _drawing(
        comparison,
        shown,
        name="absence",
        title="What the trackers do about absence",
        caption="What each tracker does while the object is out of the picture, and once it is back. The "
        f"panels: {'; '.join(ABSENCE_MEASURES[name][0] for name in drawn)}.",
        draw=partial(
            estimates_side_by_side,
            shown,
            comparison.names,
            rows=_sets(shown["row"]),
            panels={name: _DRAWN_TITLES[name] for name in drawn},
            title="What the trackers do about absence",
            axis="",
            note=_BARS,
            own_axes=True,
        ),
        missing="No study has a frame without its object.",
    )


_DRAWN_TITLES = {
    "false_positive_area": "Gone: false-positive area (%)",
    "missed_absence_by_mask": "Gone: with a mask (%)",
    "missed_absence_by_score": "Gone: score above 0 (%)",
    "never_found": "Not found again (%)",
    "frames_until_found": "Frames until found",
    "j_after": "J after its return",
}


def _drawing(
    comparison: Comparison,
    shown: pd.DataFrame,
    *,
    name: str,
    title: str,
    caption: str,
    draw: Callable[[], Figure],
    missing: str,
) -> Drawing:
    return Drawing(
        name,
        title,
        f"{caption} {_sizes(comparison)}",
        f"Marks with intervals, one colour and shape for each of {listed(list(comparison.names))}; the "
        "tables below have the numbers.",
        draw,
        "" if len(shown) else missing,
    )


def _sizes(comparison: Comparison) -> str:
    said = [
        f"{name}, {study.clips.groupby('set').size().max()} of each set, from "
        f"{study.clips['source_video'].nunique()} source videos"
        for name, study in comparison.studies.items()
    ]
    return f"Clips: {'; '.join(said)}."


def _positions(recorded: Iterable[object]) -> dict[str, str]:
    recorded_names = set(recorded)
    return {name: position_title(name) for name in POSITION_NAMES if name in recorded_names}


def _sets(recorded: Iterable[object], order: Iterable[str] = ABSENT_SETS) -> dict[str, str]:
    recorded_names = set(recorded)
    return {name: set_label(name) for name in order if name in recorded_names}
