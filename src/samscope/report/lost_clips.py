"""The clips that the tracker lost, worst first."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.masks.recovery import FOUND
from samscope.records.schema import VIDEO_NAMES
from samscope.report.wording import NONE, number, set_label

LOST_TABLE = "lost_clips"
"""Among a study's ``tables``, the clips that were lost, one a row."""

COLUMNS = (
    "set",
    "clip",
    *VIDEO_NAMES,
    "lost_from",
    "frames_lost",
    "frames_present",
    "j_before",
    "j_lost",
    "score_lost",
)


@dataclass(frozen=True)
class LostRow:
    """A lost clip as the page shows it.

    Attributes:
        title: set, draw and source video.
        set: the set's name.
        clip: number of the draw.
        frame: the first frame on which the object is lost.
        cells: texts of the columns: frames lost of those that show the object, J before and since, mean
            object score since.
    """

    title: str
    set: str
    clip: int
    frame: int
    cells: tuple[str, ...]


def lost_clips(clips: pd.DataFrame, frames: pd.DataFrame) -> pd.DataFrame:
    """Find the clips whose object the tracker had lost at the end.

    A clip is lost where J is below ``recovery.FOUND`` on the last frames that show its object; ``lost_from``
    is the first of these. Frames without the object count neither way, and the prompted one is never lost.

    Args:
        clips: the clips table of a study.
        frames: its frames table.

    Returns:
        One row a lost clip, with ``COLUMNS``: ``frames_lost`` of the ``frames_present`` that are tracked and
        show the object; mean J on those before and on the lost ones (NaN where there are none before); the
        mean object score on the lost ones, above 0 where the tracker took it to be there all the same. Those
        that lost the most frames come first, and among them those with the lowest J.
    """
    rows: list[dict[str, Any]] = []
    videos = clips.set_index(["set", "clip"])[[*VIDEO_NAMES]]
    shown = frames.loc[frames["present"].astype(bool) & ~frames["prompted"].astype(bool)]
    for key, of_clip in shown.sort_values("frame").groupby(["set", "clip"], sort=False, observed=True):
        j = of_clip["j"].to_numpy(dtype=np.float64)
        lost = _lost_at_the_end(j)
        if not lost:
            continue
        kept = len(j) - lost
        set_name, clip = str(key[0]), int(of_clip["clip"].iloc[0])
        rows.append(
            {
                "set": set_name,
                "clip": clip,
                **{name: videos[name].loc[(set_name, clip)] for name in VIDEO_NAMES},
                "lost_from": int(of_clip["frame"].iloc[kept]),
                "frames_lost": lost,
                "frames_present": len(j),
                "j_before": float(j[:kept].mean()) if kept else np.nan,
                "j_lost": float(j[kept:].mean()),
                "score_lost": float(of_clip["object_score"].iloc[kept:].mean()),
            }
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(
        ["frames_lost", "j_lost"], ascending=[False, True], kind="stable", ignore_index=True
    )


def lost_rows(table: pd.DataFrame) -> list[LostRow]:
    """Return the rows of ``lost_clips`` as the page shows them."""
    return [
        LostRow(
            f"{set_label(row['set'])}, draw {row['clip']}: {row['source_video']}",
            row["set"],
            int(row["clip"]),
            int(row["lost_from"]),
            (
                f"{row['frames_lost']} of {row['frames_present']}",
                number(row["j_before"]) if row["frames_lost"] < row["frames_present"] else NONE,
                number(row["j_lost"]),
                number(row["score_lost"], 1),
            ),
        )
        for row in table.to_dict("records")
    ]


def _lost_at_the_end(j: NDArray[np.float64]) -> int:
    """Return on how many frames at the end J is below what counts as found."""
    lost = np.flatnonzero(~(j < FOUND))
    return len(j) - 1 - int(lost[-1]) if lost.size else len(j)
