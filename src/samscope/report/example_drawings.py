"""The page's figures of one draw: its clips, maps and pointers, and how far obscuration moves those."""

from collections.abc import Sequence
from functools import partial

from samscope.figures.choices import FigureChoices
from samscope.figures.decoded_boxes import READ_BY, Place, with_one_reading
from samscope.figures.entry import FigureEntry, Prepared
from samscope.report.drawings import Described, Numbers
from samscope.report.figure_numbers import drawn_boxes, map_values, projected_pointers
from samscope.report.results import Results
from samscope.report.wording import estimate, listed, sentence_label


def describe_clips(_: Results, __: FigureEntry, prepared: Prepared) -> Described:
    """Say how to read the clips of one draw."""
    return Described(
        "The clips that the sets make of one draw, with the true outline of the object to be tracked, where "
        "it is visible. The tracker is given that outline on frame 0 and nothing afterwards. n = 1 draw: an "
        "example.",
        f"Frames of the clips of draw {prepared.clip}, one row a set.",
        photographic=True,
    )


def describe_maps(results: Results, entry: FigureEntry, prepared: Prepared) -> Described:
    """Say how to read the maps of an example clip."""
    return Described(
        "Channel mean (top) and channel variance (bottom) of what the model holds at positions 0, 1, 2, "
        "3 and 5, for the frame on which most of the object is obscured "
        f"({_obscured_words(prepared, entry.beside)}). Each map has the same colours in the clean "
        f"and in the {sentence_label(entry.beside)} figure; {_span(results.choices)}. Look for the object's "
        "shape: where it stands out from its surroundings, the position knows of it. n = 1 frame: an "
        "example, not a result.",
        f"Frame {prepared.frame} of the {sentence_label(entry.set_name)} clip with true and predicted mask, "
        "and ten maps.",
        partial(map_values, prepared.study, entry.set_name, prepared.clip, prepared.frame),
        photographic=True,
    )


def _span(choices: FigureChoices) -> str:
    if choices.robust_scale:
        return "they span the 1st to 99th percentile, because a few extreme values would hide the rest"
    return "they span all values, and a few extreme ones may hide the rest"


def _obscured_words(prepared: Prepared, set_name: str) -> str:
    frame, frames = prepared.frame, prepared.study.frames
    obscured = frames.loc[(frames["set"] == set_name) & (frames["frame"] == frame), "obscured"].dropna()
    return f"frame {frame}, {100 * obscured.iloc[0]:.0f} % obscured" if len(obscured) else f"frame {frame}"


def describe_pointers(_: Results, entry: FigureEntry, prepared: Prepared) -> Described:
    """Say how to read the pointers of two clips."""
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


def describe_distance(results: Results, _: FigureEntry, __: Prepared) -> Described:
    """Say how to read the distance of pointers by the fraction obscured."""
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


def describe_boxes(results: Results, entry: FigureEntry, prepared: Prepared) -> Described:
    """Say how to read boxes that were read off pointers."""
    describe = {"decoded-boxes-through-time": _through_time, "decoded-boxes-by-set": _by_set}[entry.name]
    decoding = with_one_reading(results.decoding)
    numbers = partial(drawn_boxes, decoding, prepared.places, READ_BY)
    return describe(prepared.places, numbers)


def _through_time(places: Sequence[Place], numbers: Numbers) -> Described:
    (set_name, clip), shown = places[0][:2], len(places)
    which = f"the {sentence_label(set_name)} clip"
    return Described(
        "Each box is read off one pointer by a ridge regression that never saw this source video; beside "
        "it the true box, and that of the predicted mask. A decoder that knows nothing gives about the "
        f"same box everywhere. n = 1 draw, {which}: an example, not a result.",
        f"{shown} frames of {which} of draw {clip}, each with the true box, the predicted "
        "mask's and the one read off the pointer.",
        numbers,
        photographic=True,
    )


def _by_set(places: Sequence[Place], numbers: Numbers) -> Described:
    clip, frame = places[0][1:]
    labels = listed([sentence_label(set_name) for set_name, _, _ in places])
    return Described(
        f"The same on frame {frame} of the clips that the sets make of this draw, the frame of the maps "
        "above. Where the object is absent there is no true box. n = 1 draw: an example, not a result.",
        f"Frame {frame} of draw {clip} in the sets {labels}, each with up to three boxes.",
        numbers,
        photographic=True,
    )
