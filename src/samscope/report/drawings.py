"""The page's figures: how each one is drawn, how to read it, or why it is missing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from samscope.analysis.separability import ABSENT_SETS
from samscope.figures.clip_sheet import clip_sheet
from samscope.figures.features_over_time import TIME_SETS, features_over_time
from samscope.figures.pointer_distance import pointer_distance
from samscope.figures.pointer_pca import pointer_pca
from samscope.figures.position_maps import position_maps
from samscope.figures.separability import separability
from samscope.figures.separability_by_position import separability_by_position
from samscope.figures.style import position_title
from samscope.records.store import Study
from samscope.report.findings import headline_feature
from samscope.report.results import OBSCURED_SET, Results
from samscope.report.wording import estimate, listed, number, set_label

SHOWN_POSITIONS = ("image_embeddings", "object_pointer_ungated")
"""The positions whose features are shown frame by frame: the scene's end and the object's."""

_PAPER: dict[str, tuple[str, str]] = {
    "image_embeddings": ("18", "19"),
    "memory_conditioned": ("21", "22"),
    "prompt_conditioned": ("24", "25"),
    "object_pointer_ungated": ("26", "27"),
    "memory_features": ("29", "30"),
}
"""The paper's figures of the separability at a position: of interjection, and of object removal."""


@dataclass(frozen=True)
class Drawing:
    """A figure of the page, drawn when it is asked for.

    Attributes:
        name: name of its files, unique.
        title: what it shows.
        caption: how to read it and what it rests on.
        alternative: what it shows, for those who cannot see it.
        draw: draws it.
        missing: why it cannot be drawn; empty where it can.
        main: whether it is shown at once, and not folded away.
    """

    name: str
    title: str
    caption: str
    alternative: str
    draw: Callable[[], Figure]
    missing: str = ""
    main: bool = True


def separability_overview(results: Results) -> Drawing:
    """Return the AUROC of every position at a glance."""
    feature = headline_feature(results)
    chosen = results.separability.loc[results.separability["feature"] == feature]
    seen = chosen.loc[(chosen["against"] == "clean_gap") & (chosen["pooling"] == "pooled")].dropna(
        subset=["auroc"]
    )
    values = [
        f"{set_label(row['set']).lower()}, {position_title(row['position'])}: {number(row['auroc'])}"
        for _, row in seen.loc[
            (seen["references"] == "present") & seen["spread"].isin(["std", "none"])
        ].iterrows()
    ]
    return Drawing(
        "separability-by-position",
        "Where in the model absent frames stand apart",
        "Each mark is the chance that a frame without the object scores above one with it (AUROC; 0.5 is "
        "chance), with its 95 % interval over source videos. Grey circles: against the set's own present "
        "frames, as in the paper. Black diamonds: against the same frames of the clean clips, compared with "
        "references that are just as old; where the two part, the age of the references did the work. Under "
        "the line: the tracker's own object score.",
        f"AUROC by position, against the control: {'; '.join(values)}." if values else "AUROC by position.",
        lambda: separability_by_position(results.separability, feature),
        "" if len(chosen.dropna(subset=["auroc"])) else _no_absence(results.study),
    )


def clip_drawing(study: Study) -> Drawing:
    """Return the clips of the first draw that has maps, set by set."""
    clips = [clip for _, clip in study.map_keys()]
    shown = min(clips, default=0)
    return Drawing(
        "clips",
        "What was shown to the tracker (paper, figures 2 to 6)",
        "The clips that the sets make of one draw, with the true outline of the object to be tracked, where "
        "it is visible. The tracker is given that outline on frame 0 and nothing afterwards. n = 1 draw: an "
        "example.",
        f"Frames of the clips of draw {shown}, one row a set.",
        lambda: clip_sheet(study, shown),
        "" if clips else "No frames were kept of any clip; run the study with --maps 1 to see some.",
    )


def map_drawings(study: Study) -> list[Drawing]:
    """Return the maps of the example clip, clean beside obscured."""
    sets = ("clean", OBSCURED_SET)
    clip = example_clip(study)
    missing = "" if clip is not None else _no_maps(study)
    frame = most_obscured(study, clip) if clip is not None else 0
    return [
        Drawing(
            f"position-maps-{set_name}",
            f"A frame at every position: {set_label(set_name).lower()} (paper, figure {figure})",
            "Channel mean (top) and channel variance (bottom) of what the model holds at positions 0, 1, 2, "
            "3 and 5, for the frame on which most of the object is obscured "
            f"({_obscured_words(study, clip, frame)}). Each map has the same colours in the clean and in "
            "the obscured figure; they span the 1st to 99th percentile, because a few extreme values would "
            "hide the rest. n = 1 frame: an example, not a result.",
            f"Frame {frame} of the {set_label(set_name).lower()} clip with true and predicted mask, and ten "
            "maps.",
            _maps_drawer(study, set_name, clip, frame, sets),
            missing,
        )
        for set_name, figure in zip(sets, ("7", "8"), strict=True)
    ]


def _maps_drawer(
    study: Study, set_name: str, clip: int | None, frame: int, beside: tuple[str, ...]
) -> Callable[[], Figure]:
    return lambda: position_maps(study, set_name, clip or 0, frame, beside=beside, robust=True)


def pointer_drawings(results: Results) -> list[Drawing]:
    """Return the pointers of the example clip, and their distance against the fraction obscured."""
    study = results.study
    clip = example_pair(study)
    missing = "" if clip is not None else _no_pair()
    shown = clip or 0
    found = results.pooled["spearman"]
    spearman = estimate(found.estimate.value, found.estimate.low, found.estimate.high)
    clips, videos = results.distances["clip"].nunique(), results.distances["source_video"].nunique()
    return [
        Drawing(
            "pointer-pca",
            "The pointers of two clips (paper, figure 9)",
            "The pointers of all frames of the clean and of the obscured clip, on the two axes along which "
            "they vary most. Points of the same frame are joined: the longer the join, the farther "
            "obscuration moved the pointer. The prompted first frame (star) has a pointer made from the "
            "given mask and can lie far off, so the tracked frames stand beside it in a projection of their "
            "own. n = 1 draw: an example, not a result.",
            f"Two scatter plots of the pointers of clip {shown}, clean and obscured, joined through time.",
            lambda: pointer_pca(study, shown, OBSCURED_SET),
            missing,
        ),
        Drawing(
            "pointer-distance",
            "How far obscuration moves the pointer (paper, figure 10)",
            "Distance between the pointers of the obscured and the clean clip on the same frame, against "
            "how much of the object is obscured. Red rings are frames on which nothing is obscured: where "
            "they stand above 0, the pointer changed although the object is wholly visible. Left: the "
            f"example clip; right: all clips. n = {found.pairs} frames of {clips} clips of {videos} source "
            "videos.",
            f"Two scatter plots; Spearman correlation over all clips {spearman}.",
            lambda: pointer_distance(study, shown, OBSCURED_SET),
            missing,
        ),
    ]


def timecourse_drawings(results: Results) -> list[Drawing]:
    """Return the features through time at the shown positions."""
    drawings = []
    for position, figure in zip(SHOWN_POSITIONS, ("16", "17"), strict=True):
        rows = results.timecourse
        rows = rows.loc[(rows["position"] == position) & rows["set"].isin(TIME_SETS)]
        drawings.append(
            Drawing(
                f"features-over-time-{position}",
                f"Features through time, position {position_title(position)} (paper, figure {figure})",
                "Mean distance of each frame to the latest earlier frames known to show the object: "
                "short-term, to the latest one; long-term, to the latest five; ratio, short-term over the "
                "frame before. Marks: the object is absent. Shaded: the middle. Bands: 95 % interval over "
                "source videos. A position that knows the object rises for interjection and object removal "
                f"alike, and stays level for context removal. {_clips_by_set(results, position)}",
                _rise(results, position),
                _timecourse_drawer(results.study, position),
                "" if len(rows) else f"No features were recorded at {position_title(position)}.",
            )
        )
    return drawings


def _timecourse_drawer(study: Study, position: str) -> Callable[[], Figure]:
    return lambda: features_over_time(study, position)


def separability_drawings(results: Results) -> list[Drawing]:
    """Return the distributions of the features, frame by frame, of each set; most positions folded away."""
    drawings = []
    for position, figures in _PAPER.items():
        for set_name, figure in zip(ABSENT_SETS, figures, strict=True):
            table = results.separability
            rows = table.loc[(table["set"] == set_name) & (table["position"] == position)]
            pooled = rows.loc[
                (rows["pooling"] == "pooled")
                & (rows["against"] == "present")
                & (rows["references"] == "present")
                & rows["spread"].isin(["std", "none"])
            ].drop_duplicates("feature", keep="first")
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
                    _separability_drawer(results.study, set_name, position),
                    "" if len(pooled) else _no_features(results.study, set_name, position),
                    main=position in SHOWN_POSITIONS,
                )
            )
    return drawings


def _separability_drawer(study: Study, set_name: str, position: str) -> Callable[[], Figure]:
    return lambda: separability(study, set_name, position)


def example_clip(study: Study) -> int | None:
    """Return the first draw whose clean and obscured clips both have maps, or None."""
    keys = set(study.map_keys())
    both = sorted(clip for name, clip in keys if name == "clean" and (OBSCURED_SET, clip) in keys)
    return both[0] if both else None


def example_pair(study: Study) -> int | None:
    """Return the draw whose pointers are shown: that of the maps, or the first with both clips, or None."""
    with_maps = example_clip(study)
    if with_maps is not None:
        return with_maps
    clips = study.clips
    both = set(clips.loc[clips["set"] == "clean", "clip"]) & set(
        clips.loc[clips["set"] == OBSCURED_SET, "clip"]
    )
    return int(min(both)) if both else None


def most_obscured(study: Study, clip: int) -> int:
    """Return the frame of the obscured clip on which the greatest fraction of the object is obscured."""
    rows = study.frames.loc[(study.frames["set"] == OBSCURED_SET) & (study.frames["clip"] == clip)]
    obscured = rows["obscured"].to_numpy(dtype=np.float64)
    return int(rows["frame"].to_numpy()[np.nan_to_num(obscured, nan=-1.0).argmax()])


def _obscured_words(study: Study, clip: int | None, frame: int) -> str:
    frames = study.frames
    rows = frames.loc[(frames["set"] == OBSCURED_SET) & (frames["clip"] == clip) & (frames["frame"] == frame)]
    return (
        f"frame {frame}, {100 * rows['obscured'].iloc[0]:.0f} % obscured" if len(rows) else f"frame {frame}"
    )


def _no_maps(study: Study) -> str:
    ran = set(study.clips["set"])
    absent = [set_label(name).lower() for name in ("clean", OBSCURED_SET) if name not in ran]
    if absent:
        return f"This study did not run the set {listed(absent)}, so there is no pair of clips to show."
    return (
        "No maps were kept for a clean clip and its obscured twin; run the study with --maps 1 to see them."
    )


def _no_pair() -> str:
    return "It takes a clean and an obscured clip of the same draw; this study did not run both sets."


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
