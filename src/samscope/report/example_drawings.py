"""The page's figures of one draw: its clips, maps and pointers, and how far obscuration moves those."""

from functools import partial

from samscope.figures.catalogue import catalogue, figures_of_paper
from samscope.figures.choices import FigureChoices
from samscope.figures.entry import Asked, FigureEntry, Prepared
from samscope.figures.examples import OBSCURED_SET, OVERLAY_SET
from samscope.report.drawings import Described, Drawing, drawing_of
from samscope.report.figure_numbers import map_values, projected_pointers
from samscope.report.results import Results
from samscope.report.wording import estimate, sentence_label


def clip_drawing(asked: Asked) -> Drawing:
    """Return the clips of the first draw that has maps, set by set."""
    return drawing_of(catalogue()["clips"], asked, _clips, photographic=True)


def _clips(_: FigureEntry, prepared: Prepared) -> Described:
    return Described(
        "The clips that the sets make of one draw, with the true outline of the object to be tracked, where "
        "it is visible. The tracker is given that outline on frame 0 and nothing afterwards. n = 1 draw: an "
        "example.",
        f"Frames of the clips of draw {prepared.clip}, one row a set.",
    )


def map_drawings(asked: Asked, beside: str = OBSCURED_SET) -> list[Drawing]:
    """Return the maps of an example clip, clean beside one with something in front of its object."""
    entries = [entry for entry in figures_of_paper("position-maps") if entry.beside == beside]
    describe = partial(_maps, asked.choices)
    return [drawing_of(entry, asked, describe, photographic=True) for entry in entries]


def _maps(choices: FigureChoices, entry: FigureEntry, prepared: Prepared) -> Described:
    return Described(
        "Channel mean (top) and channel variance (bottom) of what the model holds at positions 0, 1, 2, "
        "3 and 5, for the frame on which most of the object is obscured "
        f"({_obscured_words(prepared, entry.beside)}). Each map has the same colours in the clean "
        f"and in the {sentence_label(entry.beside)} figure; {_span(choices)}. Look for the object's shape: "
        "where it stands out from its surroundings, the position knows of it. n = 1 frame: an example, "
        "not a result.",
        f"Frame {prepared.frame} of the {sentence_label(entry.set_name)} clip with true and predicted mask, "
        "and ten maps.",
        partial(map_values, prepared.study, entry.set_name, prepared.clip, prepared.frame),
    )


def _span(choices: FigureChoices) -> str:
    if choices.robust_scale:
        return "they span the 1st to 99th percentile, because a few extreme values would hide the rest"
    return "they span all values, and a few extreme ones may hide the rest"


def _obscured_words(prepared: Prepared, set_name: str) -> str:
    frame, frames = prepared.frame, prepared.study.frames
    obscured = frames.loc[(frames["set"] == set_name) & (frames["frame"] == frame), "obscured"].dropna()
    return f"frame {frame}, {100 * obscured.iloc[0]:.0f} % obscured" if len(obscured) else f"frame {frame}"


def pointer_drawings(results: Results) -> list[Drawing]:
    """Return the pointers of the example clip, and their distance against the fraction obscured."""
    figures, asked = catalogue(), results.asked
    return [
        drawing_of(figures["pointer-pca"], asked, _pointers),
        drawing_of(figures["pointer-distance"], asked, partial(_distance, results)),
    ]


def overlay_drawings(asked: Asked) -> list[Drawing]:
    """Return the maps and the pointers of the clean clip beside those of the overlay, folded away."""
    pointers = drawing_of(catalogue()["pointer-pca-overlay"], asked, _pointers)
    return [*map_drawings(asked, OVERLAY_SET), pointers]


def _pointers(entry: FigureEntry, prepared: Prepared) -> Described:
    label = sentence_label(entry.beside)
    return Described(
        f"The pointers of all frames of the clean and of the {label} clip, on the two axes along which "
        "they vary most. Points of the same frame are joined: the longer the join, the farther the "
        f"{label} moved the pointer. The prompted first frame (star) has a pointer made from the "
        "given mask and can lie far off, so the tracked frames stand beside it in a projection of their "
        "own. n = 1 draw: an example, not a result.",
        f"Two scatter plots of the pointers of clip {prepared.clip}, clean and {label}, joined through time.",
        partial(projected_pointers, prepared.study, prepared.clip, entry.beside),
    )


def _distance(results: Results, _: FigureEntry, __: Prepared) -> Described:
    correlation = results.pooled["spearman"]
    spearman = estimate(correlation.estimate.value, correlation.estimate.low, correlation.estimate.high)
    clips, videos = results.distances["clip"].nunique(), results.distances["source_video"].nunique()
    return Described(
        "Distance between the pointers of the obscured and the clean clip on the same frame, against "
        "how much of the object is obscured. Red rings are frames on which nothing is obscured: where "
        "they stand above 0, the pointer changed although the object is wholly visible. Left: the "
        f"example clip; right: all clips. n = {correlation.pairs} frames of {clips} clips of {videos} source "
        "videos.",
        f"Two scatter plots; Spearman correlation over all clips {spearman}.",
        results.distances.copy,
    )
