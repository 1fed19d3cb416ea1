"""What each figure needs of a study: taken from it, or the sentence that says what is missing."""

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from samscope.analysis.absence.against_twin import against_twin
from samscope.analysis.absence.contrasts import contrast
from samscope.analysis.absence.detectors import ways
from samscope.analysis.absence.separability import ABSENT_SETS, COMBINATION, headline_feature, separability
from samscope.analysis.pointers.decoding import decode_pointers
from samscope.clips.clip import SETS, Timeline
from samscope.figures.clip_sheet import clip_sheet, sheet_frames
from samscope.figures.decoded_boxes import READ_BY, Place, boxes_on_frames, is_decoded, with_one_reading
from samscope.figures.entry import Asked, FigureEntry, NotRecordedError, Prepared
from samscope.figures.examples import OBSCURED_SET, example_clip, example_pair, has_pointers, most_obscured
from samscope.figures.features_over_time import TIME_SETS, features_over_time
from samscope.figures.pointer_distance import pointer_distance
from samscope.figures.pointer_pca import pointer_pca
from samscope.figures.position_maps import position_maps
from samscope.figures.separability import separability as separability_figure
from samscope.figures.separability_by_position import separability_by_position
from samscope.figures.style import SET_STYLES, position_title
from samscope.records.store import Study
from samscope.support.errors import UsageError


def clips(_: FigureEntry, asked: Asked) -> Prepared:
    """Take the clips of the first draw that has frames."""
    clip = _clip_with_frames(asked)
    study = _part(asked.study, "clip", [clip])
    return Prepared(partial(clip_sheet, study, clip), study, clip)


def maps(entry: FigureEntry, asked: Asked) -> Prepared:
    """Take the most obscured frame of the first draw that has maps of both clips."""
    clip = example_clip(asked.study, entry.beside) if asked.clip is None else asked.clip
    if clip is None:
        raise NotRecordedError(_no_maps(asked.study, entry.beside))
    _timeline(asked.study, clip, asked.frame)
    frame = most_obscured(asked.study, clip, entry.beside) if asked.frame is None else asked.frame
    study = _part(asked.study, "clip", [clip])
    draw = partial(
        position_maps,
        study,
        entry.set_name,
        clip,
        frame,
        beside=("clean", entry.beside),
        robust=asked.choices.robust_scale,
        outlines=asked.choices.outlines,
    )
    return Prepared(draw, study, clip, frame)


def _no_maps(study: Study, beside: str) -> str:
    ran = set(study.clips["set"])
    absent = [_label(name) for name in ("clean", beside) if name not in ran]
    if absent:
        return f"This study did not run the set {' and '.join(absent)}, so there is no pair of clips to show."
    return (
        f"No maps were kept for a clean clip and its {_label(beside)} twin; run the study with --maps 1 to "
        "see them."
    )


def pointers(entry: FigureEntry, asked: Asked) -> Prepared:
    """Take the pointers of a clean clip and of its twin."""
    clip = _clip_of_pair(entry, asked)
    study = _part(asked.study, "clip", [clip])
    return Prepared(partial(pointer_pca, study, clip, entry.beside), study, clip)


def pointer_distances(entry: FigureEntry, asked: Asked) -> Prepared:
    """Take the pointers of all clean clips and of their twins."""
    clip = _clip_of_pair(entry, asked)
    study = _part(asked.study, "set", ["clean", entry.beside])
    return Prepared(partial(pointer_distance, study, clip, entry.beside), study, clip)


def _clip_of_pair(entry: FigureEntry, asked: Asked) -> int:
    if not has_pointers(asked.study):
        raise NotRecordedError("This model has no object pointers.")
    clip = example_pair(asked.study, entry.beside) if asked.clip is None else asked.clip
    if clip is None:
        raise NotRecordedError(
            f"It takes a clean and an {_label(entry.beside)} clip of the same draw; this study did not run "
            "both sets."
        )
    return clip


def boxes_by_set(_: FigureEntry, asked: Asked) -> Prepared:
    """Take one frame of the clips of the first draw that has frames, set by set."""
    study, clip = asked.study, _clip_with_frames(asked)
    sets = _sets_with_frames(study, clip)
    frame = asked.frame
    first = _timeline(study, clip, frame).prefix
    if frame is None:
        frame = most_obscured(study, clip) if OBSCURED_SET in sets else first
    return _boxes(asked, [(name, clip, frame) for name in sets])


def boxes_through_time(_: FigureEntry, asked: Asked) -> Prepared:
    """Take frames that tell a clip's story, without the prompted one, of which nothing is decoded."""
    clip = _clip_with_frames(asked)
    shown = _sets_with_frames(asked.study, clip)[0]
    timeline = _timeline(asked.study, clip, asked.frame)
    frames = sheet_frames(timeline) if asked.frame is None else [asked.frame]
    return _boxes(asked, [(shown, clip, frame) for frame in frames if frame])


def _boxes(asked: Asked, places: list[Place]) -> Prepared:
    decoding = asked.decoding
    if decoding is None:
        decoding = decode_pointers(asked.study.clips, asked.study.frames, [READ_BY])
    if places and not any(is_decoded(decoding, place) for place in places):
        raise NotRecordedError(
            "No pointer of these frames was decoded: that takes clips of other source videos to train on; "
            "run the study with more videos or clips."
        )
    study = _part(asked.study, "clip", [])
    draw = partial(boxes_on_frames, study, with_one_reading(decoding), places)
    return Prepared(draw, study, places=tuple(places))


def features_at(entry: FigureEntry, asked: Asked) -> Prepared:
    """Take the features of a position."""
    study = _at(asked.study, entry.position)
    if not study.features["set"].isin(TIME_SETS).any():
        raise NotRecordedError(f"No features were recorded at {position_title(entry.position)}.")
    spread, references = asked.choices.spread, asked.choices.references
    draw = partial(features_over_time, study, entry.position, spread=spread, references=references)
    return Prepared(draw, study)


def contrast_at(entry: FigureEntry, asked: Asked) -> Prepared:
    """Take the features of a position, where a set has frames with and without the object."""
    study, position = _at(asked.study, entry.position), entry.position
    if entry.set_name not in set(study.clips["set"]):
        raise NotRecordedError(f"This study did not run the set {_label(entry.set_name)}.")
    sides = contrast(study.clips, study.frames, entry.set_name, "present")
    recorded = entry.set_name in set(study.features["set"])
    if not (recorded and sides.absent.any() and sides.other.any()):
        raise NotRecordedError(
            f"No features were recorded at {position_title(position)} on frames with and without the object."
        )
    study = _of_set(study, entry.set_name)
    spread, references = asked.choices.spread, asked.choices.references
    draw = partial(separability_figure, study, entry.set_name, position, spread=spread, references=references)
    return Prepared(draw, study)


def auroc_by_position(_: FigureEntry, asked: Asked) -> Prepared:
    """Take the AUROC of every position, and that of the random twin."""
    study, choices, table, twin = asked.study, asked.choices, asked.separability, asked.twin
    if not set(study.clips["set"]) & set(ABSENT_SETS):
        raise NotRecordedError(
            "This study ran neither interjection nor object removal, so no frame lacks its object."
        )
    if table is None:
        every_way = ways([choices.spread], [choices.references])
        chosen = [way for way in every_way if way.feature in (COMBINATION, "short")]
        table = separability(study.clips, study.frames, study.features, chosen=chosen)
    feature = headline_feature(table)
    if table.loc[table["feature"] == feature, "auroc"].isna().all():
        raise NotRecordedError("No feature is defined on both absent and present frames.")
    draw = partial(
        separability_by_position,
        table,
        feature,
        spread=choices.spread,
        references=choices.references,
        twin=against_twin(study, choices.spread) if twin is None else twin,
    )
    return Prepared(draw, _part(study, "clip", []))


def _clip_with_frames(asked: Asked) -> int:
    numbers = sorted({clip for _, clip in asked.study.map_keys()})
    if not numbers:
        raise NotRecordedError("No frames were kept of any clip; run the study with --maps 1 to see some.")
    if asked.clip is not None and asked.clip not in numbers:
        raise UsageError(
            f"{asked.study.path} has no frames of clip {asked.clip}; it has those of "
            f"{', '.join(map(str, numbers))}"
        )
    return numbers[0] if asked.clip is None else asked.clip


def _sets_with_frames(study: Study, clip: int) -> list[str]:
    keys = study.map_keys()
    return [name for name in SETS if (name, clip) in keys]


def _timeline(study: Study, clip: int, frame: int | None) -> Timeline:
    """Return a draw's timeline, once it is sure that it has the draw and the frame that are asked for."""
    rows = study.clips.loc[study.clips["clip"] == clip]
    if rows.empty:
        raise UsageError(f"{study.path} has no clip {clip}; its last is {study.clips['clip'].max()}")
    about = rows.iloc[0]
    timeline = Timeline(int(about["prefix"]), int(about["middle"]), int(about["suffix"]))
    if frame is not None and not 0 <= frame < timeline.length:
        raise UsageError(f"clip {clip} has no frame {frame}; its frames are 0 to {timeline.length - 1}")
    return timeline


def _part(study: Study, column: str, values: Collection[object]) -> Study:
    """Return a study with some of its clips and their frames alone, and without features."""
    clips, frames = (table.loc[table[column].isin(values)] for table in (study.clips, study.frames))
    return replace(study, clips=clips, frames=frames, features=study.features.iloc[:0], twin=None)


def _at(study: Study, position: str) -> Study:
    """Return a study with the features of one position alone, without boxes and pointers."""
    features = study.features.loc[study.features["position"] == position]
    return replace(study, features=features, twin=None).without_vectors()


def _of_set(study: Study, set_name: str) -> Study:
    """Return a study with one set alone."""
    tables = (table.loc[table["set"] == set_name] for table in (study.clips, study.frames, study.features))
    clips, frames, features = tables
    return replace(study, clips=clips, frames=frames, features=features)


def _label(set_name: str) -> str:
    return SET_STYLES[set_name].label.lower()
