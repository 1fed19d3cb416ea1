"""Clips of a few frames, written down by hand, whose measures can be worked out on paper."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.masks.tracked_frames import Tracked, tracked


@dataclass(frozen=True)
class HandMade:
    """A clip; its first frame carries the prompt.

    Attributes:
        present: a character a frame, ``o`` with the object and ``.`` without.
        j: J of each frame; None is null.
        area: the mask's share of the picture; without, 0.1 unless an absent frame has a J of 1.
        score: the object score; without, 1 with a mask and -1 with none.
        f: F of each frame; without, J.
        f_adaptive: F of MOSEv2; without, F.
        set: the clip's set.
        clip: its number.
        video: its source video.
    """

    present: str
    j: Sequence[float | None]
    area: Sequence[float | None] | None = None
    score: Sequence[float | None] | None = None
    f: Sequence[float | None] | None = None
    f_adaptive: Sequence[float | None] | None = None
    set: str = "interjection"
    clip: int = 0
    video: str = "goat"

    def frames(self) -> pd.DataFrame:
        """Return the rows of the frames table that the measures read."""
        there = [mark == "o" for mark in self.present]
        area = self.area or [
            0.0 if not shown and j == 1 else 0.1 for shown, j in zip(there, self.j, strict=True)
        ]
        return pd.DataFrame(
            {
                "set": self.set,
                "clip": self.clip,
                "frame": range(len(there)),
                "segment": "prefix",
                "present": there,
                "prompted": [frame == 0 for frame in range(len(there))],
                "j": _numbers(self.j),
                "f": _numbers(self.f or self.j),
                "f_adaptive": _numbers(self.f_adaptive or self.f or self.j),
                "predicted_area": area,
                "false_positive_area": [
                    0.0 if shown else one for shown, one in zip(there, area, strict=True)
                ],
                "object_score": self.score or [1.0 if one else -1.0 for one in area],
            }
        )


def _numbers(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def tables(*made: HandMade) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the clips and the frames table of hand-made clips."""
    clips = [{"set": clip.set, "clip": clip.clip, "source_video": clip.video} for clip in made]
    return pd.DataFrame(clips), pd.concat([clip.frames() for clip in made], ignore_index=True)


def answers(*made: HandMade, set_name: str = "interjection") -> Tracked:
    """Return the answers of the tracker on the hand-made clips of a set."""
    return tracked(*tables(*made), set_name)
