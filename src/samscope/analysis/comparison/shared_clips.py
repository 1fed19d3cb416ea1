"""Which clips two studies have in common: on those they can be compared clip by clip."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from samscope.records.schema import GAP_SET
from samscope.records.store import Study

ClipKey = tuple[str, int]
"""Set and number of a clip."""

_SHOWN = ("frame", "segment", "present", "origin", "true_area")
"""What makes two frames the same one: equal origins promise equal pixels, equal areas the same object."""

_MADE_OF = ("source_video", "height", "width")


@dataclass(frozen=True, eq=False)
class Pair:
    """Two studies to be compared, each with the clips that count.

    Attributes:
        study: one of them.
        reference: the one that it is held against.
        paired: whether both hold the same clips, in the same order. If not, they have none in common, and
            each holds all of its own.
    """

    study: Study
    reference: Study
    paired: bool


def pair_studies(study: Study, reference: Study) -> Pair:
    """Keep the clips that both studies have; where they have none in common, keep all and pair nothing."""
    shared = shared_clips(study, reference)
    if not shared:
        return Pair(study, reference, paired=False)
    return Pair(only_clips(study, shared), only_clips(reference, shared), paired=True)


def shared_clips(study: Study, other: Study) -> frozenset[ClipKey]:
    """Return the clips that two studies have in common.

    A clip is the same one if it has the same set, number, source video and size, and on every frame the same
    origin, presence and true area: whatever the model and its settings are, both have tracked equal frames.
    """
    first, second = _contents(study), _contents(other)
    return frozenset(key for key, content in first.items() if second.get(key) == content)


def only_clips(study: Study, keys: Iterable[ClipKey]) -> Study:
    """Return a study with some of its clips alone; with a clean clip its declared absence stays as well."""
    kept = {(set_name, clip) for set_name, clip in keys}
    kept |= {(GAP_SET, clip) for set_name, clip in kept if set_name == "clean"}
    clips, frames, features = (_only(table, kept) for table in (study.clips, study.frames, study.features))
    return replace(study, clips=clips, frames=frames, features=features)


def _contents(study: Study) -> dict[ClipKey, tuple[object, ...]]:
    """Return what each clip shows, by its key, in a form that can be compared."""
    ordered = study.frames.sort_values("frame", kind="stable")
    by_clip: Any = ordered.groupby(["set", "clip"], sort=False, observed=True)
    shown = {
        (str(set_name), int(clip)): tuple(tuple(rows[column].tolist()) for column in _SHOWN)
        for (set_name, clip), rows in by_clip
    }
    rows = study.clips[["set", "clip", *_MADE_OF]].itertuples(index=False, name=None)
    return {
        (str(set_name), int(clip)): (*made_of, shown.get((str(set_name), int(clip))))
        for set_name, clip, *made_of in rows
    }


def _only(table: pd.DataFrame, keys: set[ClipKey]) -> pd.DataFrame:
    clips = pd.MultiIndex.from_frame(table[["set", "clip"]])
    return table.loc[clips.isin(list(keys))].reset_index(drop=True)
