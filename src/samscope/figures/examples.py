"""Which clip and frame the figures of one example show."""

import numpy as np

from samscope.analysis.pointers.distances import POINTERS
from samscope.records.store import Study

OBSCURED_SET = "obscuration"
"""The set whose clips are held against the clean ones in maps, pointers and distances."""

OVERLAY_SET = "overlay"
"""The other set in which something is put over the object (paper, figures 11 to 13)."""


def example_clip(study: Study, beside: str = OBSCURED_SET) -> int | None:
    """Return the first draw whose clean and other clips both have maps, or None."""
    keys = set(study.map_keys())
    both = sorted(clip for name, clip in keys if name == "clean" and (beside, clip) in keys)
    return both[0] if both else None


def example_pair(study: Study, beside: str = OBSCURED_SET) -> int | None:
    """Return the draw whose pointers are shown: that of the maps, or the first with both clips, or None."""
    with_maps = example_clip(study, beside)
    if with_maps is not None:
        return with_maps
    clips = study.clips
    both = set(clips.loc[clips["set"] == "clean", "clip"]) & set(clips.loc[clips["set"] == beside, "clip"])
    return int(min(both)) if both else None


def has_pointers(study: Study) -> bool:
    """Return whether the model has object pointers: a family may have none."""
    return bool(study.frames[POINTERS[0]].notna().any())


def most_obscured(study: Study, clip: int, set_name: str = OBSCURED_SET) -> int:
    """Return the frame of a draw's clip of a set on which the greatest fraction of the object is obscured.

    The prompted frame is none of them: not every position exists there.
    """
    frames = study.frames
    rows = frames.loc[(frames["set"] == set_name) & (frames["clip"] == clip) & ~frames["prompted"]]
    obscured = rows["obscured"].to_numpy(dtype=np.float64)
    return int(rows["frame"].to_numpy()[np.nan_to_num(obscured, nan=-1.0).argmax()]) if len(rows) else 0
