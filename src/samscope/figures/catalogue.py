"""Every figure by its name, so that one can be drawn without the others."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field

from matplotlib.figure import Figure

from samscope.analysis.absence.against_twin import against_twin
from samscope.analysis.absence.detectors import ways
from samscope.analysis.absence.separability import ABSENT_SETS, COMBINATION, separability
from samscope.clips.clip import SETS, Timeline
from samscope.figures.choices import FigureChoices
from samscope.figures.clip_sheet import clip_sheet, sheet_frames
from samscope.figures.decoded_boxes import boxes_on_frames
from samscope.figures.examples import (
    OBSCURED_SET,
    OVERLAY_SET,
    example_clip,
    example_pair,
    has_pointers,
    most_obscured,
)
from samscope.figures.features_over_time import features_over_time
from samscope.figures.pointer_distance import pointer_distance
from samscope.figures.pointer_pca import pointer_pca
from samscope.figures.position_maps import position_maps
from samscope.figures.separability import separability as separability_figure
from samscope.figures.separability_by_position import separability_by_position
from samscope.figures.style import SET_STYLES, position_title
from samscope.records.store import Study
from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.positions import POSITION_NAMES

CLIPS_IN_PAPER = "2 to 6"
"""The paper's figures of the sets."""

MAPS_IN_PAPER = {OBSCURED_SET: ("7", "8"), OVERLAY_SET: ("11", "12")}
"""The paper's figures of the maps of a clean clip and of one with something in front of its object."""

POINTERS_IN_PAPER = {OBSCURED_SET: "9", OVERLAY_SET: "13"}
"""The paper's figures of the pointers of a clean clip and of one with something in front of its object."""

DISTANCE_IN_PAPER = "10"
"""The paper's figure of the distance between pointers."""

OVER_TIME_IN_PAPER = {
    "image_embeddings": "16",
    "object_pointer_ungated": "17",
    "memory_conditioned": "20",
    "prompt_conditioned": "23",
    "memory_features": "28",
}
"""The paper's figures of the features through time, by position."""

SEPARABILITY_IN_PAPER = {
    "image_embeddings": ("18", "19"),
    "memory_conditioned": ("21", "22"),
    "prompt_conditioned": ("24", "25"),
    "object_pointer_ungated": ("26", "27"),
    "memory_features": ("29", "30"),
}
"""The paper's figures of the separability at a position: of interjection, and of object removal."""


@dataclass(frozen=True)
class Asked:
    """What a figure is drawn of.

    Attributes:
        study: the study.
        choices: how it is drawn.
        clip: number of the draw that an example shows; None leaves it to the figure.
        frame: the frame that an example shows; None leaves it to the figure.
    """

    study: Study
    choices: FigureChoices = field(default_factory=FigureChoices)
    clip: int | None = None
    frame: int | None = None

    def clip_with_maps(self, beside: str) -> int:
        """Return the draw whose maps are shown, clean beside another set.

        Raises:
            SamscopeError: no draw has maps of both.
        """
        clip = example_clip(self.study, beside) if self.clip is None else self.clip
        if clip is None:
            raise SamscopeError(
                f"{self.study.path} has no maps of a clean clip and its {beside} twin; run the study with "
                "both sets and --maps 1"
            )
        return clip

    def clip_of_pair(self, beside: str) -> int:
        """Return the draw whose pointers are shown, clean beside another set.

        Raises:
            SamscopeError: no draw has clips of both, or the model has no pointers.
        """
        if not has_pointers(self.study):
            raise SamscopeError(f"{self.study.path}: its model has no object pointers to draw")
        clip = example_pair(self.study, beside) if self.clip is None else self.clip
        if clip is None:
            raise SamscopeError(
                f"{self.study.path} has no clean clip with its {beside} twin; run the study with both sets"
            )
        return clip


@dataclass(frozen=True)
class NamedFigure:
    """A figure of the catalogue.

    Attributes:
        name: its name, that of its files in a report.
        title: what it shows.
        paper: the paper's figures that it corresponds to; empty where it has none.
        draw: draws it.
    """

    name: str
    title: str
    paper: str
    draw: Callable[[Asked], Figure]


def catalogue() -> dict[str, NamedFigure]:
    """Return every figure by its name, in the order of the paper."""
    figures = [
        NamedFigure("clips", "the clips of one draw, set by set", CLIPS_IN_PAPER, _clips),
        _maps("position-maps-clean", "clean", OBSCURED_SET),
        _maps("position-maps-obscuration", OBSCURED_SET, OBSCURED_SET),
        _pointers("pointer-pca", OBSCURED_SET),
        NamedFigure(
            "pointer-distance", "pointer distance by fraction obscured", DISTANCE_IN_PAPER, _distance
        ),
        _maps("position-maps-clean-beside-overlay", "clean", OVERLAY_SET),
        _maps("position-maps-overlay", OVERLAY_SET, OVERLAY_SET),
        _pointers("pointer-pca-overlay", OVERLAY_SET),
        NamedFigure("decoded-boxes-by-set", "boxes read off pointers, set by set", "14", _boxes_by_set),
        NamedFigure("decoded-boxes-through-time", "boxes read off pointers, in time", "15", _boxes_in_time),
        *(_over_time(position) for position in POSITION_NAMES),
        *(_separability(name, position) for position in POSITION_NAMES for name in ABSENT_SETS),
        NamedFigure("separability-by-position", "AUROC by position, beside the control", "", _by_position),
    ]
    return {figure.name: figure for figure in figures}


def named_figure(name: str) -> NamedFigure:
    """Return a figure of the catalogue.

    Raises:
        UsageError: there is no figure of that name.
    """
    known = catalogue()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "name none to see them all"
        raise UsageError(f"there is no figure {name!r}; {hint}")
    return known[name]


def draw_figure(name: str, asked: Asked) -> Figure:
    """Draw one figure of the catalogue.

    Raises:
        UsageError: there is no figure of that name, or no such clip.
        SamscopeError: the records do not hold what it shows.
    """
    figure = named_figure(name)
    asked.choices.check(asked.study.features)
    return figure.draw(asked)


def _clips(asked: Asked) -> Figure:
    clips = [clip for _, clip in asked.study.map_keys()]
    return clip_sheet(asked.study, min(clips, default=0) if asked.clip is None else asked.clip)


def _maps(name: str, set_name: str, beside: str) -> NamedFigure:
    def draw(asked: Asked) -> Figure:
        clip = asked.clip_with_maps(beside)
        frame = most_obscured(asked.study, clip, beside) if asked.frame is None else asked.frame
        length = _timeline(asked.study, clip).length
        if not 0 <= frame < length:
            raise UsageError(f"clip {clip} has no frame {frame}; its frames are 0 to {length - 1}")
        return position_maps(
            asked.study,
            set_name,
            clip,
            frame,
            beside=("clean", beside),
            robust=asked.choices.robust_scale,
            outlines=asked.choices.outlines,
        )

    of_pair = f", in the colours of the {_label(beside)} pair" if set_name == "clean" else ""
    paper = MAPS_IN_PAPER[beside][set_name == beside]
    return NamedFigure(name, f"a frame at every position, {_label(set_name)}{of_pair}", paper, draw)


def _pointers(name: str, set_name: str) -> NamedFigure:
    def draw(asked: Asked) -> Figure:
        return pointer_pca(asked.study, asked.clip_of_pair(set_name), set_name)

    return NamedFigure(
        name, f"the pointers of a clean and its {_label(set_name)} clip", POINTERS_IN_PAPER[set_name], draw
    )


def _distance(asked: Asked) -> Figure:
    return pointer_distance(asked.study, asked.clip_of_pair(OBSCURED_SET), OBSCURED_SET)


def _boxes_by_set(asked: Asked) -> Figure:
    study, clip = asked.study, _clip_with_frames(asked)
    sets = _sets_with_maps(study, clip)
    frame = asked.frame
    if frame is None:
        frame = most_obscured(study, clip) if OBSCURED_SET in sets else _timeline(study, clip).prefix
    return boxes_on_frames(study, [(name, clip, frame) for name in sets])


def _boxes_in_time(asked: Asked) -> Figure:
    study, clip = asked.study, _clip_with_frames(asked)
    shown = _sets_with_maps(study, clip)[0]
    frames = sheet_frames(_timeline(study, clip)) if asked.frame is None else [asked.frame]
    return boxes_on_frames(study, [(shown, clip, frame) for frame in frames if frame])


def _clip_with_frames(asked: Asked) -> int:
    clips = [clip for _, clip in asked.study.map_keys()]
    if not clips:
        raise SamscopeError(f"{asked.study.path} has no frames of any clip; run the study with --maps 1")
    if asked.clip is not None and asked.clip not in clips:
        raise UsageError(
            f"{asked.study.path} has no frames of clip {asked.clip}; it has those of "
            f"{', '.join(map(str, sorted(set(clips))))}"
        )
    return min(clips) if asked.clip is None else asked.clip


def _sets_with_maps(study: Study, clip: int) -> list[str]:
    keys = study.map_keys()
    return [name for name in SETS if (name, clip) in keys]


def _timeline(study: Study, clip: int) -> Timeline:
    rows = study.clips.loc[study.clips["clip"] == clip]
    if rows.empty:
        raise UsageError(f"{study.path} has no clip {clip}; its last is {study.clips['clip'].max()}")
    about = rows.iloc[0]
    return Timeline(int(about["prefix"]), int(about["middle"]), int(about["suffix"]))


def _over_time(position: str) -> NamedFigure:
    def draw(asked: Asked) -> Figure:
        choices = asked.choices
        return features_over_time(asked.study, position, spread=choices.spread, references=choices.references)

    title = f"features through time, {position_title(position)}"
    return NamedFigure(f"features-over-time-{position}", title, OVER_TIME_IN_PAPER.get(position, ""), draw)


def _separability(set_name: str, position: str) -> NamedFigure:
    def draw(asked: Asked) -> Figure:
        choices = asked.choices
        return separability_figure(
            asked.study, set_name, position, spread=choices.spread, references=choices.references
        )

    figures = dict(zip(ABSENT_SETS, SEPARABILITY_IN_PAPER.get(position, ("", "")), strict=True))
    title = f"features frame by frame, {_label(set_name)}, {position_title(position)}"
    return NamedFigure(f"separability-{set_name}-{position}", title, figures[set_name], draw)


def _by_position(asked: Asked) -> Figure:
    study, choices = asked.study, asked.choices
    chosen = list(ways([choices.spread], [choices.references]))
    for feature in (COMBINATION, "short"):
        of_feature = [way for way in chosen if way.feature == feature]
        table = separability(study.clips, study.frames, study.features, chosen=of_feature)
        if table.loc[table["feature"] == feature, "auroc"].notna().any():
            break
    return separability_by_position(
        table,
        feature,
        spread=choices.spread,
        references=choices.references,
        twin=against_twin(study, choices.spread),
    )


def _label(set_name: str) -> str:
    return SET_STYLES[set_name].label.lower()
