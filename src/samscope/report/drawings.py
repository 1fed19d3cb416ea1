"""The page's figures: how to read each one that the catalogue draws, or why it is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from samscope.analysis.absence.measurements import REFERENCE_TITLES, measurements
from samscope.analysis.absence.separability import ABSENT_SETS, OBJECT_SCORE, choose, headline_feature
from samscope.figures.catalogue import draw_figure
from samscope.figures.entry import FigureEntry, NotRecordedError, Prepared
from samscope.figures.examples import OVERLAY_SET
from samscope.figures.features_over_time import TIME_SETS
from samscope.figures.style import position_title
from samscope.records.schema import GAP_SET
from samscope.report.figure_numbers import frame_scores
from samscope.report.results import Results
from samscope.report.wording import listed, number, sentence_label

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


@dataclass(frozen=True)
class Described:
    """How a figure of the catalogue is to be read: what ``Drawing`` calls the same."""

    caption: str
    alternative: str
    numbers: Numbers | None = None
    photographic: bool = False


Describe = Callable[[Results, FigureEntry, Prepared], Described]
"""Says how to read a figure that is ready to be drawn."""


def drawing_of(results: Results, entry: FigureEntry, describe: Describe) -> Drawing:
    """Return a figure of the catalogue as the page shows it; it is described where it can be drawn."""
    main = entry.beside != OVERLAY_SET and entry.position in ("", *SHOWN_POSITIONS)
    try:
        prepared = entry.prepare(results.asked)
    except NotRecordedError as error:
        draw = partial(draw_figure, entry.name, results.asked)
        return Drawing(entry.name, entry.heading, "", "", draw, str(error), main)
    described = describe(results, entry, prepared)
    return Drawing(entry.name, entry.heading, draw=prepared.draw, main=main, **vars(described))


def describe_auroc_by_position(results: Results, _: FigureEntry, __: Prepared) -> Described:
    """Say how to read the AUROC of every position at a glance."""
    table, choices = results.separability, results.choices
    feature = headline_feature(table)
    values = [
        f"{sentence_label(row['set'])}, {position_title(row['position'])}: {number(row['auroc'])}"
        for set_name in ABSENT_SETS
        for _, row in choose(
            table.loc[table["feature"] == feature],
            set_name,
            GAP_SET,
            spread=choices.spread,
            references=choices.references,
        )
        .dropna(subset=["auroc"])
        .iterrows()
    ]
    return Described(
        "Each mark is the chance that a frame without the object scores above one with it (AUROC; 0.5 is "
        "chance), with its 95 % interval over source videos. Blue circles: against the set's own present "
        "frames, as in the paper. Black diamonds: under the gap control, against the same frames of clean "
        "clips, compared with frames that are just as old; where the two part, that age did the work. Under "
        f"the line: the tracker's own object score.{_of_twin(results)}",
        f"AUROC by position, against the control: {'; '.join(values)}." if values else "AUROC by position.",
        table.loc[table["feature"].isin([feature, OBJECT_SCORE])].copy,
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


def describe_over_time(results: Results, entry: FigureEntry, _: Prepared) -> Described:
    """Say how to read the features of a position through time."""
    rows = results.timecourse
    rows = rows.loc[(rows["position"] == entry.position) & rows["set"].isin(TIME_SETS)]
    return Described(
        f"Mean distance of each frame to the latest {REFERENCE_TITLES[results.choices.references]}: "
        "short-term, to the latest one; long-term, to the latest five; ratio, short-term over the "
        "frame before. Marks: the object is absent. Shaded: the middle. Bands: 95 % interval over "
        "source videos. A position that knows the object rises for interjection and object removal "
        f"alike, and stays level for context removal. {_clips_by_set(rows)}",
        _rise(results, rows),
        rows.copy,
    )


def describe_frame_by_frame(results: Results, entry: FigureEntry, prepared: Prepared) -> Described:
    """Say how to read the distributions of the features of a set, frame by frame."""
    spread, references = results.choices.spread, results.choices.references
    rows = choose(results.separability, entry.set_name, "present", spread=spread, references=references)
    pooled = rows.loc[rows["position"] == entry.position]
    values = [f"{row['feature']} {number(row['auroc'])}" for _, row in pooled.iterrows()]
    measured = measurements(spread, references)
    return Described(
        "Every point is one frame of one clip, over the quartiles of that frame; red where the "
        "object is absent. The fewer red points a level line leaves among the blue ones, the "
        "better the feature tells absence. Over each panel: AUROC with its 95 % interval over "
        f"source videos. {_frame_counts(pooled)}",
        f"Four strip plots. AUROC: {', '.join(values)}.",
        partial(frame_scores, prepared.study, entry.set_name, entry.position, measured),
    )


def _clips_by_set(rows: pd.DataFrame) -> str:
    counts = rows.groupby("set", sort=False)[["clips", "videos"]].max()
    named = [f"{row['clips']} of {sentence_label(str(name))}" for name, row in counts.iterrows()]
    return f"n = {listed(named)} clips, of {counts['videos'].max()} source videos."


def _rise(results: Results, rows: pd.DataFrame) -> str:
    """Say how far the short-term distance rises in the middle, set by set."""
    frames = results.study.frames
    middle = set(frames.loc[frames["segment"] == "middle", "frame"])
    parts = []
    for name, of_set in rows.loc[rows["feature"] == "short"].groupby("set", sort=False):
        inside = of_set["frame"].isin(middle)
        means = number(of_set.loc[~inside, "mean"].mean(), 1), number(of_set.loc[inside, "mean"].mean(), 1)
        parts.append(f"{sentence_label(str(name))} {means[0]} outside the middle and {means[1]} in it")
    return f"Three line charts. Short-term distance: {'; '.join(parts)}."


def _frame_counts(rows: pd.DataFrame) -> str:
    counted = rows.dropna(subset=["clips"])
    if counted.empty:
        return ""
    most = counted.sort_values(["clips", "other_frames"]).iloc[-1]
    return (
        f"n = {most['absent_frames']:.0f} absent and {most['other_frames']:.0f} present frames of "
        f"{most['clips']:.0f} clips of {most['videos']:.0f} source videos."
    )
