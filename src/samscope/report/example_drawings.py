"""The page's figures of one draw: its clips, maps and pointers, and how far obscuration moves those."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from samscope.figures.catalogue import CLIPS_IN_PAPER, DISTANCE_IN_PAPER, MAPS_IN_PAPER, POINTERS_IN_PAPER
from samscope.figures.choices import FigureChoices
from samscope.figures.clip_sheet import clip_sheet
from samscope.figures.examples import OVERLAY_SET, example_clip, example_pair, has_pointers, most_obscured
from samscope.figures.pointer_distance import pointer_distance
from samscope.figures.pointer_pca import pointer_pca
from samscope.figures.position_maps import position_maps
from samscope.records.store import Study
from samscope.report.drawings import Drawing, Numbers
from samscope.report.figure_numbers import map_values, projected_pointers
from samscope.report.results import OBSCURED_SET, Results
from samscope.report.wording import estimate, listed, set_label


def clip_drawing(study: Study) -> Drawing:
    """Return the clips of the first draw that has maps, set by set."""
    clips = [clip for _, clip in study.map_keys()]
    shown = min(clips, default=0)
    return Drawing(
        "clips",
        f"What was shown to the tracker (paper, figures {CLIPS_IN_PAPER})",
        "The clips that the sets make of one draw, with the true outline of the object to be tracked, where "
        "it is visible. The tracker is given that outline on frame 0 and nothing afterwards. n = 1 draw: an "
        "example.",
        f"Frames of the clips of draw {shown}, one row a set.",
        partial(clip_sheet, _of_draw(study, shown), shown),
        "" if clips else "No frames were kept of any clip; run the study with --maps 1 to see some.",
        photographic=True,
    )


def map_drawings(study: Study, choices: FigureChoices, beside: str = OBSCURED_SET) -> list[Drawing]:
    """Return the maps of an example clip, clean beside one with something in front of its object."""
    clip = example_clip(study, beside)
    missing = "" if clip is not None else _no_maps(study, beside)
    frame = most_obscured(study, clip, beside) if clip is not None else 0
    main = beside == OBSCURED_SET
    names = {"clean": "clean" if main else f"clean-beside-{beside}", beside: beside}
    return [
        Drawing(
            f"position-maps-{name}",
            f"A frame at every position: {set_label(set_name).lower()} (paper, figure {figure})",
            "Channel mean (top) and channel variance (bottom) of what the model holds at positions 0, 1, 2, "
            "3 and 5, for the frame on which most of the object is obscured "
            f"({_obscured_words(study, clip, frame, beside)}). Each map has the same colours in the clean "
            f"and in the {set_label(beside).lower()} figure; {_span(choices)}. Look for the object's shape: "
            "where it stands out from its surroundings, the position knows of it. n = 1 frame: an example, "
            "not a result.",
            f"Frame {frame} of the {set_label(set_name).lower()} clip with true and predicted mask, and ten "
            "maps.",
            _maps_drawer(study, (set_name, clip or 0, frame), ("clean", beside), choices),
            missing,
            main=main,
            numbers=_maps_of(study, set_name, clip or 0, frame),
            photographic=True,
        )
        for (set_name, name), figure in zip(names.items(), MAPS_IN_PAPER[beside], strict=True)
    ]


def _span(choices: FigureChoices) -> str:
    if choices.robust_scale:
        return "they span the 1st to 99th percentile, because a few extreme values would hide the rest"
    return "they span all values, and a few extreme ones may hide the rest"


def _maps_drawer(
    study: Study, place: tuple[str, int, int], beside: tuple[str, ...], choices: FigureChoices
) -> Callable[[], Figure]:
    return partial(
        position_maps,
        _of_draw(study, place[1]),
        *place,
        beside=beside,
        robust=choices.robust_scale,
        outlines=choices.outlines,
    )


def _of_draw(study: Study, clip: int) -> Study:
    """Return a study with the clips and frames of one draw alone, and without features."""
    clips, frames = (table.loc[table["clip"] == clip] for table in (study.clips, study.frames))
    return replace(study, clips=clips, frames=frames, features=study.features.iloc[:0])


def _maps_of(study: Study, set_name: str, clip: int, frame: int) -> Numbers:
    return partial(map_values, _of_draw(study, clip), set_name, clip, frame)


def pointer_drawings(results: Results) -> list[Drawing]:
    """Return the pointers of the example clip, and their distance against the fraction obscured."""
    return [_pca_drawing(results.study, OBSCURED_SET), _distance_drawing(results)]


def overlay_drawings(study: Study, choices: FigureChoices) -> list[Drawing]:
    """Return the maps and the pointers of the clean clip beside those of the overlay, folded away."""
    return [*map_drawings(study, choices, OVERLAY_SET), _pca_drawing(study, OVERLAY_SET)]


def _pca_drawing(study: Study, set_name: str) -> Drawing:
    clip = example_pair(study, set_name)
    shown = clip or 0
    label = set_label(set_name).lower()
    main = set_name == OBSCURED_SET
    return Drawing(
        "pointer-pca" if main else f"pointer-pca-{set_name}",
        f"The pointers of two clips: clean and {label} (paper, figure {POINTERS_IN_PAPER[set_name]})",
        f"The pointers of all frames of the clean and of the {label} clip, on the two axes along which "
        "they vary most. Points of the same frame are joined: the longer the join, the farther the "
        f"{label} moved the pointer. The prompted first frame (star) has a pointer made from the "
        "given mask and can lie far off, so the tracked frames stand beside it in a projection of their "
        "own. n = 1 draw: an example, not a result.",
        f"Two scatter plots of the pointers of clip {shown}, clean and {label}, joined through time.",
        partial(pointer_pca, _of_draw(study, shown), shown, set_name),
        _no_pair(study, set_name, clip),
        main=main,
        numbers=partial(projected_pointers, _of_draw(study, shown), shown, set_name),
    )


def _distance_drawing(results: Results) -> Drawing:
    study = results.study
    clip = example_pair(study)
    found = results.pooled["spearman"]
    spearman = estimate(found.estimate.value, found.estimate.low, found.estimate.high)
    clips, videos = results.distances["clip"].nunique(), results.distances["source_video"].nunique()
    return Drawing(
        "pointer-distance",
        f"How far obscuration moves the pointer (paper, figure {DISTANCE_IN_PAPER})",
        "Distance between the pointers of the obscured and the clean clip on the same frame, against "
        "how much of the object is obscured. Red rings are frames on which nothing is obscured: where "
        "they stand above 0, the pointer changed although the object is wholly visible. Left: the "
        f"example clip; right: all clips. n = {found.pairs} frames of {clips} clips of {videos} source "
        "videos.",
        f"Two scatter plots; Spearman correlation over all clips {spearman}.",
        partial(pointer_distance, _pairs(study), clip or 0, OBSCURED_SET),
        _no_pair(study, OBSCURED_SET, clip),
        numbers=partial(_itself, results.distances),
    )


def _pairs(study: Study) -> Study:
    """Return a study with the clean and the obscured clips alone, and without features."""
    clips, frames = (
        table.loc[table["set"].isin(["clean", OBSCURED_SET])] for table in (study.clips, study.frames)
    )
    return replace(study, clips=clips, frames=frames, features=study.features.iloc[:0])


def _itself(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


def _obscured_words(study: Study, clip: int | None, frame: int, set_name: str) -> str:
    frames = study.frames
    rows = frames.loc[(frames["set"] == set_name) & (frames["clip"] == clip) & (frames["frame"] == frame)]
    known = rows["obscured"].dropna()
    return f"frame {frame}, {100 * known.iloc[0]:.0f} % obscured" if len(known) else f"frame {frame}"


def _no_maps(study: Study, beside: str) -> str:
    ran = set(study.clips["set"])
    absent = [set_label(name).lower() for name in ("clean", beside) if name not in ran]
    if absent:
        return f"This study did not run the set {listed(absent)}, so there is no pair of clips to show."
    return (
        f"No maps were kept for a clean clip and its {set_label(beside).lower()} twin; run the study with "
        "--maps 1 to see them."
    )


def _no_pair(study: Study, beside: str, clip: int | None) -> str:
    """Say why there are no pointers of a pair to show; empty where there are."""
    if not has_pointers(study):
        return "This model has no object pointers."
    if clip is not None:
        return ""
    return (
        f"It takes a clean and an {set_label(beside).lower()} clip of the same draw; this study did not run "
        "both sets."
    )
