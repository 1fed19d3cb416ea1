"""Whether a study's settings and tables say what ``samscope study`` can have written."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from samscope.clips.clip import SETS, Segment
from samscope.clips.row_checks import check_clip_rows
from samscope.records.schema import FRAME_KEY, GAP_SET, POINTERS
from samscope.support.errors import SamscopeError
from samscope.trackers.positions import POSITION_NAMES
from samscope.videos.names import shown_fault

MOST_POINTER_CHANNELS = 16_384

_REMEDY = "run the study again"
_NUMBER, _TEXT, _LIST, _OBJECT = (int, float), (str,), (list,), (dict,)
_KINDS: dict[str, tuple[type, ...]] = {
    "model": _TEXT,
    "collection": _TEXT,
    "device": _TEXT,
    "mode": _TEXT,
    "memory": _TEXT,
    "memory_rule": _TEXT,
    "created": _TEXT,
    "samscope": _TEXT,
    "image_size": _NUMBER,
    "seed": _NUMBER,
    "strides": _LIST,
    "sets": _LIST,
    "rejected": _OBJECT,
    "compromises": _OBJECT,
    "videos_left_out": (list, dict),
    "list_read": _TEXT,
    "masks_read_as": _OBJECT,
    "labels_on": _OBJECT,
    "seconds": _OBJECT,
    "peak_memory_bytes": _NUMBER,
    "versions": _OBJECT,
    "weights_sha256": _TEXT,
    "command": (str, list),
    "clips_failed": _NUMBER,
    "clips_recorded": _NUMBER,
    "failures": _LIST,
    "control": _TEXT,
}


def check_settings(settings: Mapping[str, Any], file: Path) -> None:
    """Refuse settings of a study in which a value is of another type than samscope writes.

    Args:
        settings: the content of ``study.json``; what it lacks, or has as null, is no fault.
        file: where it comes from.

    Raises:
        SamscopeError: a value is of another type; the message names it.
    """
    for name, kinds in _KINDS.items():
        value = settings.get(name)
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            expected = " or ".join(kind.__name__ for kind in kinds)
            raise SamscopeError(f"{file}: {name} is {type(value).__name__}; expected {expected}; {_REMEDY}")
    for stage, seconds in (settings.get("seconds") or {}).items():
        if not isinstance(seconds, _NUMBER):
            raise SamscopeError(f"{file}: seconds of {stage!r} are {seconds!r}; expected a number; {_REMEDY}")


def check_tables(clips: pd.DataFrame, frames: pd.DataFrame, features: pd.DataFrame, folder: Path) -> None:
    """Refuse tables of a study that no study has written. Names of videos are only shown, and may be any.

    Args:
        clips: ``schema.CLIPS``.
        frames: ``schema.FRAMES``.
        features: ``schema.FEATURES``.
        folder: where they come from.

    Raises:
        SamscopeError: a key is missing or unknown, a row occurs twice or belongs to no clip, a name is not
            safe, or pointers differ in length; the message says which.
    """
    rows: list[Any] = clips.to_dict("records")
    check_clip_rows(rows, folder / "clips", name_fault=shown_fault)
    _check_tracked(clips, frames, features, (folder / "frames", folder / "features"))


def _check_tracked(
    clips: pd.DataFrame, frames: pd.DataFrame, features: pd.DataFrame, where: tuple[Path, Path]
) -> None:
    """Refuse rows of frames and features that do not belong to clips, or that no tracker has made."""
    of_frames, of_features = where
    _check_keys(frames, [*FRAME_KEY], of_frames)
    _check_keys(features, [*FRAME_KEY, "position"], of_features)
    clip_keys = set(zip(clips["set"], clips["clip"], strict=True))
    _check_clips(frames, clip_keys, of_frames)
    _check_clips(
        features, clip_keys | {(GAP_SET, clip) for name, clip in clip_keys if name == SETS[0]}, of_features
    )
    _check_words(frames, "segment", set(get_args(Segment)), of_frames)
    _check_words(features, "position", set(POSITION_NAMES), of_features)
    for column in ("present", "transformed", "origin", "prompted"):
        if frames[column].isna().any():
            raise SamscopeError(f"{of_frames}: {column} of a frame is missing; {_REMEDY}")
    for column in POINTERS:
        lengths = set(frames[column].dropna().map(len))
        if len(lengths) > 1 or max(lengths, default=0) > MOST_POINTER_CHANNELS:
            raise SamscopeError(
                f"{of_frames}: {column} has {', '.join(map(str, sorted(lengths)[:3]))} channels; "
                f"expected one number of them; {_REMEDY}"
            )


def check_twin_tables(
    clips: pd.DataFrame, frames: pd.DataFrame, features: pd.DataFrame, folder: Path
) -> None:
    """Refuse tables of a random twin that no study has written, or that are not of the clips that it tracks.

    Args:
        clips: the rows of the study's clips that the twin has tracked.
        frames: ``schema.FRAMES``.
        features: ``schema.FEATURES``.
        folder: where they come from.

    Raises:
        SamscopeError: as ``check_tables``; or a clip has no rows.
    """
    where = folder / "twin_frames", folder / "twin_features"
    _check_tracked(clips, frames, features, where)
    due = set(zip(clips["set"], clips["clip"], strict=True))
    for table, place in zip((frames, features), where, strict=True):
        for pair in sorted(due - set(zip(table["set"], table["clip"], strict=True))):
            raise SamscopeError(f"{place}: rows of {pair!r} are missing; {_REMEDY}")


def check_rule_tables(clips: pd.DataFrame, frames: pd.DataFrame, rules: Sequence[str], folder: Path) -> None:
    """Refuse tables of clips under several memory rules that no comparison has written.

    Args:
        clips: ``schema.CLIPS``.
        frames: ``schema.RULE_FRAMES``.
        rules: what the rules are called.
        folder: where they come from.

    Raises:
        SamscopeError: as ``check_tables``; or a clip has other frames under a rule than under the first one,
            or a frame was read that the clip does not have; the message says which.
    """
    clip_rows: list[Any] = clips.to_dict("records")
    check_clip_rows(clip_rows, folder / "clips", name_fault=shown_fault)
    where = folder / "rule_frames"
    _check_keys(frames, ["rule", *FRAME_KEY], where)
    clip_keys = set(zip(clips["set"], clips["clip"], strict=True))
    _check_clips(frames, clip_keys, where)
    _check_words(frames, "segment", set(get_args(Segment)), where)
    _check_words(frames, "rule", set(rules), where)
    for column in ("present", "prompted", "read", "written"):
        if frames[column].isna().any():
            raise SamscopeError(f"{where}: {column} of a frame is missing; {_REMEDY}")
    by_rule = {rule: rows.sort_values([*FRAME_KEY]) for rule, rows in frames.groupby("rule", sort=False)}
    first = by_rule.get(rules[0], frames.iloc[:0])[[*FRAME_KEY]].to_numpy()
    for rule in rules:
        rows = by_rule.get(rule, frames.iloc[:0])
        if not np.array_equal(rows[[*FRAME_KEY]].to_numpy(), first) or rows.empty:
            raise SamscopeError(f"{where}: the frames under {rule} are not those under {rules[0]}; {_REMEDY}")
    for pair in sorted(clip_keys - set(zip(frames["set"], frames["clip"], strict=True))):
        raise SamscopeError(f"{where}: rows of {pair!r} are missing; {_REMEDY}")
    lengths = frames.groupby(["set", "clip"])["frame"].transform("max").to_numpy()
    for length, read in zip(lengths, frames["read"], strict=True):
        if any(not 0 <= frame < length for frame in read):
            raise SamscopeError(f"{where}: a frame was read that its clip does not have before; {_REMEDY}")


def check_attention(attention: pd.DataFrame, clips: pd.DataFrame, folder: Path) -> None:
    """Refuse a table of attention that no study has written.

    Args:
        attention: ``schema.ATTENTION``.
        clips: ``schema.CLIPS``, all of the study's.
        folder: where it comes from.

    Raises:
        SamscopeError: a key is missing or unknown, or a row occurs twice or belongs to no clip.
    """
    _check_keys(attention, [*FRAME_KEY, "layer", "kind", "remembered_frame"], folder)
    _check_clips(attention, set(zip(clips["set"], clips["clip"], strict=True)), folder)
    _check_words(attention, "kind", {"memory", "pointer"}, folder)
    if (attention["remembered_frame"] < 0).any() or (attention["layer"] < 0).any():
        raise SamscopeError(f"{folder}: a remembered frame or a layer of a negative number; {_REMEDY}")


def _check_keys(table: pd.DataFrame, key: list[str], where: Path) -> None:
    if table[key].isna().to_numpy().any():
        raise SamscopeError(f"{where}: a row without {', '.join(key)}; {_REMEDY}")
    if (table["frame"] < 0).any():
        raise SamscopeError(f"{where}: a frame of a negative number; {_REMEDY}")
    repeated = table.loc[table.duplicated(key), key]
    if len(repeated):
        raise SamscopeError(f"{where}: {tuple(repeated.iloc[0])!r} occurs twice; {_REMEDY}")


def _check_clips(table: pd.DataFrame, clip_keys: set[tuple[str, int]], where: Path) -> None:
    for pair in set(zip(table["set"], table["clip"], strict=True)) - clip_keys:
        raise SamscopeError(f"{where}: rows of {pair!r}, which is no clip of the study; {_REMEDY}")


def _check_words(table: pd.DataFrame, column: str, words: set[str], where: Path) -> None:
    for word in set(table[column]) - words:
        raise SamscopeError(
            f"{where}: {column} is {word!r}; expected one of {', '.join(sorted(words))}; {_REMEDY}"
        )
