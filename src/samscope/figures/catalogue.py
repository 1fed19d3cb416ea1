"""Every figure by its name, so that one can be drawn without the others."""

import difflib
import math

from matplotlib.figure import Figure

from samscope.analysis.absence.separability import ABSENT_SETS
from samscope.figures import needs
from samscope.figures.entry import Asked, FigureEntry, NotRecordedError
from samscope.figures.examples import OBSCURED_SET, OVERLAY_SET
from samscope.figures.style import SET_STYLES, position_title
from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.positions import POSITION_NAMES

_OVER_TIME_IN_PAPER = {
    "image_embeddings": "16",
    "object_pointer_ungated": "17",
    "memory_conditioned": "20",
    "prompt_conditioned": "23",
    "memory_features": "28",
}

_SEPARABILITY_IN_PAPER = {
    "image_embeddings": ("18", "19"),
    "memory_conditioned": ("21", "22"),
    "prompt_conditioned": ("24", "25"),
    "object_pointer_ungated": ("26", "27"),
    "memory_features": ("29", "30"),
}
"""Of interjection, and of object removal."""


def catalogue() -> dict[str, FigureEntry]:
    """Return every figure by its name, in the order of the paper; those that it does not have come last."""
    boxes = "Boxes read off the pointer"
    entries = [
        FigureEntry("clips", "clips", "What was shown to the tracker", "2 to 6", needs.clips),
        _maps("clean", "clean", "7", OBSCURED_SET),
        _maps("obscuration", OBSCURED_SET, "8", OBSCURED_SET),
        _pointers("pointer-pca", "9", OBSCURED_SET),
        FigureEntry(
            "pointer-distance",
            "pointer-distance",
            "How far obscuration moves the pointer",
            "10",
            needs.pointer_distances,
            beside=OBSCURED_SET,
        ),
        _maps("clean-beside-overlay", "clean", "11", OVERLAY_SET),
        _maps("overlay", OVERLAY_SET, "12", OVERLAY_SET),
        _pointers("pointer-pca-overlay", "13", OVERLAY_SET),
        FigureEntry(
            "decoded-boxes", "decoded-boxes-by-set", f"{boxes}, set by set", "14", needs.boxes_by_set
        ),
        FigureEntry(
            "decoded-boxes",
            "decoded-boxes-through-time",
            f"{boxes}, through a clip",
            "15",
            needs.boxes_through_time,
        ),
        *(_over_time(position) for position in POSITION_NAMES),
        *(_separability(name, position) for position in POSITION_NAMES for name in ABSENT_SETS),
        FigureEntry(
            "separability-by-position",
            "separability-by-position",
            "Where in the model absent frames stand apart",
            "",
            needs.auroc_by_position,
        ),
    ]
    return {entry.name: entry for entry in sorted(entries, key=_first_in_paper)}


def named_figure(name: str) -> FigureEntry:
    """Return a figure of the catalogue.

    Raises:
        UsageError: there is no figure of that name.
    """
    entries = catalogue()
    if name not in entries:
        near = difflib.get_close_matches(name, entries, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "name none to see them all"
        raise UsageError(f"there is no figure {name!r}; {hint}")
    return entries[name]


def draw_figure(name: str, asked: Asked) -> Figure:
    """Draw one figure of the catalogue.

    Raises:
        UsageError: there is no figure of that name, or no such clip.
        SamscopeError: the records do not hold what it shows.
    """
    entry = named_figure(name)
    asked.choices.check(asked.study.features)
    try:
        prepared = entry.prepare(asked)
    except NotRecordedError as error:
        raise SamscopeError(f"{asked.study.path} does not hold what {name} shows: {error}") from error
    return prepared.draw()


def _first_in_paper(entry: FigureEntry) -> float:
    return int(entry.paper.split()[0]) if entry.paper else math.inf


def _maps(name: str, set_name: str, paper: str, beside: str) -> FigureEntry:
    title = f"A frame at every position: {SET_STYLES[set_name].label.lower()}"
    kind = "position-maps"
    return FigureEntry(kind, f"{kind}-{name}", title, paper, needs.maps, set_name, beside)


def _pointers(name: str, paper: str, beside: str) -> FigureEntry:
    title = f"The pointers of two clips: clean and {SET_STYLES[beside].label.lower()}"
    return FigureEntry("pointer-pca", name, title, paper, needs.pointers, beside=beside)


def _over_time(position: str) -> FigureEntry:
    kind = "features-over-time"
    title = f"Features through time, position {position_title(position)}"
    paper = _OVER_TIME_IN_PAPER.get(position, "")
    return FigureEntry(kind, f"{kind}-{position}", title, paper, needs.features_at, position=position)


def _separability(set_name: str, position: str) -> FigureEntry:
    name = f"separability-{set_name}-{position}"
    title = f"{SET_STYLES[set_name].label}, position {position_title(position)}"
    figures = dict(zip(ABSENT_SETS, _SEPARABILITY_IN_PAPER.get(position, ("", "")), strict=True))
    return FigureEntry(
        "separability", name, title, figures[set_name], needs.contrast_at, set_name, position=position
    )
