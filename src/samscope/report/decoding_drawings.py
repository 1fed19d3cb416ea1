"""The page's figures of boxes decoded from pointers: how to read them, or why they are missing."""

from functools import partial

from samscope.analysis.pointers.decoding import Decoding
from samscope.figures.catalogue import catalogue
from samscope.figures.decoded_boxes import READ_BY, with_one_reading
from samscope.figures.entry import Asked, FigureEntry, Prepared
from samscope.report.drawings import Described, Drawing, drawing_of
from samscope.report.figure_numbers import drawn_boxes
from samscope.report.wording import listed, sentence_label


def decoding_drawings(asked: Asked, decoding: Decoding) -> list[Drawing]:
    """Return the decoded boxes of the first draw that has maps: through one clip, and set by set."""
    described = {"decoded-boxes-through-time": _through_time, "decoded-boxes-by-set": _by_set}
    figures, read = catalogue(), with_one_reading(decoding)
    return [
        drawing_of(figures[name], asked, partial(describe, read), photographic=True)
        for name, describe in described.items()
    ]


def _through_time(decoding: Decoding, _: FigureEntry, prepared: Prepared) -> Described:
    (set_name, clip), shown = prepared.places[0][:2], len(prepared.places)
    which = f"the {sentence_label(set_name)} clip"
    return Described(
        "Each box is read off one pointer by a ridge regression that never saw this source video; beside "
        "it the true box, and that of the predicted mask. A decoder that knows nothing gives about the "
        f"same box everywhere. n = 1 draw, {which}: an example, not a result.",
        f"{shown} frames of {which} of draw {clip}, each with the true box, the predicted "
        "mask's and the one read off the pointer.",
        partial(drawn_boxes, decoding, prepared.places, READ_BY),
    )


def _by_set(decoding: Decoding, _: FigureEntry, prepared: Prepared) -> Described:
    clip, frame = prepared.places[0][1:]
    labels = listed([sentence_label(set_name) for set_name, _, _ in prepared.places])
    return Described(
        f"The same on frame {frame} of the clips that the sets make of this draw, the frame of the maps "
        "above. Where the object is absent there is no true box. n = 1 draw: an example, not a result.",
        f"Frame {frame} of draw {clip} in the sets {labels}, each with up to three boxes.",
        partial(drawn_boxes, decoding, prepared.places, READ_BY),
    )
