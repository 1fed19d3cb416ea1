"""The prompted frame's pointer as a reference: left out, or as the paper has it.

On a frame that is prompted with a mask the tracker does not look for the object. A pass of its own makes the
pointer there, and its pointer lies several times as far from any other as these lie apart. As a reference it
says how the two passes differ, and nothing of the object.
"""

import pandas as pd

from samscope.observation.kinds import FEATURE_WINDOW
from samscope.records.schema import LONG, POINTERS, REFERENCES, feature_column

_CLIP = ["set", "clip", "position"]


def without_prompted_pointer(features: pd.DataFrame) -> pd.DataFrame:
    """Leave out what is measured against the pointer of the prompted frame, frame 0.

    The records hold each frame's distance to all references, that pointer included (paper, A.1). Here, at
    position 4, a short distance is undefined where its reference is that pointer, a ratio where either of its
    distances is, and a long one until five later references have taken its place; ``references`` and ``age``
    count without it. Which references a frame had follows from the ages before it: where an age is 1 the
    frame before has become a reference.

    Args:
        features: the features table, ``schema.FEATURES``; columns and rows of other positions stay as they
            are.

    Returns:
        The table with the same rows in the same order.
    """
    pointers = features.loc[features["position"].isin(POINTERS)].sort_values([*_CLIP, "frame"])
    if pointers.empty:
        return features
    changed = pointers.copy()
    keys = [pointers[name] for name in _CLIP]
    tracked = pointers["frame"] > 0
    for kind in REFERENCES:
        short, age, ratio, references, *long = (
            feature_column(name, kind) for name in ("short", "age", "ratio", "references", *LONG)
        )
        became = tracked & (pointers[age] == 1)
        count = became.groupby(keys, sort=False, observed=True).cumsum()
        first = (became & (pointers["frame"] == 1)).groupby(keys, sort=False, observed=True).transform("any")
        alone, within = first & tracked & (count <= 1), first & tracked & (count <= FEATURE_WINDOW)
        before = alone.groupby(keys, sort=False, observed=True).shift(fill_value=False)
        changed.loc[alone, [short, age]] = float("nan")
        changed.loc[alone | before, ratio] = float("nan")
        changed.loc[within, long] = float("nan")
        changed.loc[within, references] -= 1
    kept = features.copy()
    kept.loc[changed.index] = changed
    return kept
