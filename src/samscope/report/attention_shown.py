"""What the frame browser shows of attention: on each frame what was read, and how much of it went there."""

from typing import Any

import pandas as pd

from samscope.report.scripts import rounded

LOOKED_FROM = {
    "share": "all of the frame",
    "share_from_object": "the object's pixels",
    "share_from_rest": "all but the object",
    "share_from_rival": "other objects",
}
"""Columns of ``schema.ATTENTION`` and how they are called."""

_KINDS = {"memory": "memories", "pointer": "pointers"}


def attention_by_frame(attention: pd.DataFrame, length: int) -> list[dict[str, Any] | None]:
    """Return what was looked at on every frame of a clip, the mean of layers.

    Args:
        attention: ``schema.ATTENTION`` of the clip.
        length: frames of the clip.

    Returns:
        For each frame None where nothing was read, or ``memories`` and ``pointers``, each with the remembered
        ``frames``, ascending, and by name of ``LOOKED_FROM`` their shares, None where the frame has no such
        pixel.
    """
    key = ["frame", "kind", "remembered_frame"]
    shares = attention.groupby(key, as_index=False)[list(LOOKED_FROM)].mean()
    shown: list[dict[str, Any] | None] = [None] * length
    for frame, of_frame in shares.groupby("frame"):
        kinds = {kind: of_frame.loc[of_frame["kind"] == kind] for kind in _KINDS}
        shown[int(str(frame))] = {
            name: {
                "frames": kinds[kind]["remembered_frame"].tolist(),
                **{column: rounded(kinds[kind][column], 3) for column in LOOKED_FROM},
            }
            for kind, name in _KINDS.items()
        }
    return shown
