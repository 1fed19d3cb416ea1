"""The page's figures: how each one is drawn, how to read it, or why it is missing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from samscope.analysis.absence.measurements import REFERENCE_TITLES, measurements
from samscope.analysis.absence.separability import ABSENT_SETS, OBJECT_SCORE, choose
from samscope.figures.catalogue import OVER_TIME_IN_PAPER, SEPARABILITY_IN_PAPER
from samscope.figures.features_over_time import TIME_SETS, features_over_time
from samscope.figures.separability import separability
from samscope.figures.separability_by_position import separability_by_position
from samscope.figures.style import position_title
from samscope.records.store import Study
from samscope.report.figure_numbers import frame_scores
from samscope.report.findings import headline_feature
from samscope.report.results import Results, without_pointers
from samscope.report.wording import listed, number, set_label

Numbers = Callable[[], pd.DataFrame]

SHOWN_POSITIONS = ("image_embeddings", "object_pointer_ungated")
"""The positions whose features are shown frame by frame: the scene's end and the object's."""


@dataclass(frozen=True)
class Drawing:
    """A figure of the page, drawn when it is asked for.

    Attributes:
        name: name of its files, unique.
        title: what it shows.
        caption: how to read it and what it rests on.
        alternative: what it shows, for those who cannot see it.
        draw: draws it, in any process: it holds no more than it needs.
        missing: why it cannot be drawn; empty where it can.
        main: whether it is shown at once, and not folded away.
        numbers: returns what it shows as a table, likewise; None where it shows frames alone.
        photographic: whether it shows frames or maps, not lines and marks.
    """

    name: str
    title: str
    caption: str
    alternative: str
    draw: Callable[[], Figure]
    missing: str = ""
    main: bool = True
    numbers: Numbers | None = None
    photographic: bool = False


def separability_overview(results: Results) -> Drawing:
    """Return the AUROC of every position at a glance."""
    feature = headline_feature(results)
    choices = results.choices
    chosen = results.separability.loc[results.separability["feature"] == feature]
    values = [
        f"{set_label(row['set']).lower()}, {position_title(row['position'])}: {number(row['auroc'])}"
        for set_name in ABSENT_SETS
        for _, row in choose(
            chosen, set_name, "clean_gap", spread=choices.spread, references=choices.references
        )
        .dropna(subset=["auroc"])
        .iterrows()
    ]
    return Drawing(
        "separability-by-position",
        "Where in the model absent frames stand apart",
        "Each mark is the chance that a frame without the object scores above one with it (AUROC; 0.5 is "
        "chance), with its 95 % interval over source videos. Blue circles: against the set's own present "
        "frames, as in the paper. Black diamonds: under the gap control, against the same frames of clean "
        "clips, compared with frames that are just as old; where the two part, that age did the work. Under "
        f"the line: the tracker's own object score.{_of_twin(results)}",
        f"AUROC by position, against the control: {'; '.join(values)}." if values else "AUROC by position.",
        partial(
            separability_by_position,
            results.separability,
            feature,
            spread=choices.spread,
            references=choices.references,
            twin=results.against_twin,
        ),
        "" if len(chosen.dropna(subset=["auroc"])) else _no_absence(results.study),
        numbers=partial(
            _itself, results.separability.loc[results.separability["feature"].isin([feature, OBJECT_SCORE])]
        ),
    )


def _of_twin(results: Results) -> str:
    """Say what the grey curves are; nothing where there is no random twin."""
    twin = results.study.twin
    if twin is None:
        return ""
    return (
        " Grey: the same of the model's random twin, which has its architecture and random weights, on "
        f"{twin.clips['clip'].nunique()} of the draws: what it tells too is told by the pixels."
    )


def timecourse_drawings(results: Results) -> list[Drawing]:
    """Return the features through time at each position; most folded away."""
    drawings = []
    for position, figure in OVER_TIME_IN_PAPER.items():
        rows = results.timecourse
        rows = rows.loc[(rows["position"] == position) & rows["set"].isin(TIME_SETS)]
        drawings.append(
            Drawing(
                f"features-over-time-{position}",
                f"Features through time, position {position_title(position)} (paper, figure {figure})",
                f"Mean distance of each frame to the latest {REFERENCE_TITLES[results.choices.references]}: "
                "short-term, to the latest one; long-term, to the latest five; ratio, short-term over the "
                "frame before. Marks: the object is absent. Shaded: the middle. Bands: 95 % interval over "
                "source videos. A position that knows the object rises for interjection and object removal "
                f"alike, and stays level for context removal. {_clips_by_set(results, position)}",
                _rise(results, position),
                _timecourse_drawer(results, position),
                "" if len(rows) else f"No features were recorded at {position_title(position)}.",
                main=position in SHOWN_POSITIONS,
                numbers=partial(_itself, rows),
            )
        )
    return drawings


def _itself(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


def _at(study: Study, position: str) -> Study:
    """Return a study with the features of one position alone, and without pointers."""
    features = study.features.loc[study.features["position"] == position]
    return replace(without_pointers(study), features=features)


def _timecourse_drawer(results: Results, position: str) -> Callable[[], Figure]:
    choices = results.choices
    return partial(
        features_over_time,
        _at(results.study, position),
        position,
        spread=choices.spread,
        references=choices.references,
    )


def separability_drawings(results: Results) -> list[Drawing]:
    """Return the distributions of the features, frame by frame, of each set; most positions folded away."""
    drawings = []
    for position, figures in SEPARABILITY_IN_PAPER.items():
        for set_name, figure in zip(ABSENT_SETS, figures, strict=True):
            choices = results.choices
            rows = choose(
                results.separability,
                set_name,
                "present",
                spread=choices.spread,
                references=choices.references,
            )
            pooled = rows.loc[rows["position"] == position]
            values = [f"{row['feature']} {number(row['auroc'])}" for _, row in pooled.iterrows()]
            drawings.append(
                Drawing(
                    f"separability-{set_name}-{position}",
                    f"{set_label(set_name)}, position {position_title(position)} (paper, figure {figure})",
                    "Every point is one frame of one clip, over the quartiles of that frame; red where the "
                    "object is absent. The fewer red points a level line leaves among the blue ones, the "
                    "better the feature tells absence. Over each panel: AUROC with its 95 % interval over "
                    f"source videos. {_frame_counts(pooled)}",
                    f"Four strip plots. AUROC: {', '.join(values)}.",
                    _separability_drawer(results, set_name, position),
                    "" if len(pooled) else _no_features(results.study, set_name, position),
                    main=position in SHOWN_POSITIONS,
                    numbers=_scores_of(results, set_name, position),
                )
            )
    return drawings


def _scores_of(results: Results, set_name: str, position: str) -> Numbers:
    measured = measurements(results.choices.spread, results.choices.references)
    return partial(frame_scores, _at(results.study, position), set_name, position, measured)


def _separability_drawer(results: Results, set_name: str, position: str) -> Callable[[], Figure]:
    choices = results.choices
    return partial(
        separability,
        _at(results.study, position),
        set_name,
        position,
        spread=choices.spread,
        references=choices.references,
    )


def _no_absence(study: Study) -> str:
    if not set(study.clips["set"]) & set(ABSENT_SETS):
        return "This study ran neither interjection nor object removal, so no frame lacks its object."
    return "No feature is defined on both absent and present frames."


def _no_features(study: Study, set_name: str, position: str) -> str:
    if set_name not in set(study.clips["set"]):
        return f"This study did not run the set {set_label(set_name).lower()}."
    return f"No features were recorded at {position_title(position)} on frames with and without the object."


def _clips_by_set(results: Results, position: str) -> str:
    rows = results.timecourse.loc[results.timecourse["position"] == position]
    counts = rows.loc[rows["set"].isin(TIME_SETS)].groupby("set", sort=False)[["clips", "videos"]].max()
    if counts.empty:
        return ""
    named = [f"{row['clips']} of {set_label(str(name)).lower()}" for name, row in counts.iterrows()]
    return f"n = {listed(named)} clips, of {counts['videos'].max()} source videos."


def _rise(results: Results, position: str) -> str:
    """Say how far the short-term distance rises in the middle, set by set."""
    rows = results.timecourse
    rows = rows.loc[
        (rows["position"] == position) & (rows["feature"] == "short") & rows["set"].isin(TIME_SETS)
    ]
    frames = results.study.frames
    middle = set(frames.loc[frames["segment"] == "middle", "frame"])
    parts = []
    for name, of_set in rows.groupby("set", sort=False):
        inside = of_set["frame"].isin(middle)
        means = number(of_set.loc[~inside, "mean"].mean(), 1), number(of_set.loc[inside, "mean"].mean(), 1)
        parts.append(f"{set_label(str(name)).lower()} {means[0]} outside the middle and {means[1]} in it")
    return f"Three line charts. Short-term distance: {'; '.join(parts)}."


def _frame_counts(rows: pd.DataFrame) -> str:
    known = rows.dropna(subset=["clips"])
    if known.empty:
        return ""
    most = known.sort_values(["clips", "other_frames"]).iloc[-1]
    return (
        f"n = {most['absent_frames']:.0f} absent and {most['other_frames']:.0f} present frames of "
        f"{most['clips']:.0f} clips of {most['videos']:.0f} source videos."
    )
