"""The frames that pointers are decoded on: pointers, what they may hold, and what else would tell it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.pointers.boxes import Boxes, box_shares, centres
from samscope.analysis.pointers.distances import POINTERS, Pointer, pointer_vectors
from samscope.analysis.statistics.resampling_plan import Plan, plan_of_clips

TARGETS: dict[str, slice] = {
    "box": slice(0, 4),
    "centre": slice(4, 6),
    "log_area": slice(6, 7),
    "velocity": slice(7, 9),
    "obscured": slice(9, 10),
}
"""What is decoded, and its columns in an array of targets.

``box`` and ``centre`` of the visible part, as shares of the picture's width and height; ``log_area``, the
natural logarithm of the visible part's share of the picture, so that an error is a factor; ``velocity`` of
the centre since the frame before, shares of the picture's width and height a frame; ``obscured``, the
fraction of the object that was covered, 0..1 (what covers it in its own video is not known and not counted).
"""

COLUMNS = 10

_PASTED_SETS = ("object_removal",)
"""Sets whose object of interest comes from the partner's video, and only the context from the source's."""


@dataclass(frozen=True, eq=False)
class PointerFrames:
    """All frames of a study, N of them, set by set, in the order of clip and frame.

    Attributes:
        keys: ``set``, ``clip``, ``frame``, one row a frame.
        clips: int [N], the clip of each, a column of the plan.
        plan: how the clips of all sets are taken again.
        videos: [N], name of the source video.
        object_videos: [N], name of the video that the object of interest comes from.
        sides: float64 [N, 2], width and height of the picture in pixels.
        before: int [N], row of the frame before in the same clip; -1 where there is none.
        after: int [N], row of the frame after, likewise.
        prompted: bool [N], the frame carries the prompt.
        pointers: float32 [N, C] each, by name; NaN on frames that have none.
        truth: float64 [N, COLUMNS], the targets; NaN where they are undefined.
        previous_frame: float64 [N, COLUMNS], the true values of the frame before; it has no velocity.
        predicted_mask: float64 [N, COLUMNS], what the predicted mask says; it has no fraction obscured.
    """

    keys: pd.DataFrame
    clips: NDArray[np.int64]
    plan: Plan
    videos: NDArray[np.str_]
    object_videos: NDArray[np.str_]
    sides: NDArray[np.float64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    prompted: NDArray[np.bool_]
    pointers: dict[Pointer, NDArray[np.float32]]
    truth: NDArray[np.float64]
    previous_frame: NDArray[np.float64]
    predicted_mask: NDArray[np.float64]

    @property
    def with_pointer(self) -> NDArray[np.bool_]:
        """Bool [N], the frames that are not prompted: a prompt's pointer comes from a pass of its own."""
        finite = np.all([np.isfinite(pointer).all(axis=1) for pointer in self.pointers.values()], axis=0)
        return np.asarray(finite & ~self.prompted, dtype=np.bool_)

    @property
    def with_change(self) -> NDArray[np.bool_]:
        """Bool [N], the frames that have a pointer and whose frame before has one too."""
        with_pointer = self.with_pointer
        return np.asarray(with_pointer & (self.before >= 0) & with_pointer[self.before], dtype=np.bool_)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Bool [N], the frames on which every input and every target is defined.

        The object is there on them and on the frame before, and neither is prompted. All decoders are trained
        and tested on these, so that their numbers can be held against each other.
        """
        return np.asarray(self.with_change & np.isfinite(self.truth).all(axis=1), dtype=np.bool_)


def pointer_frames(clips: pd.DataFrame, frames: pd.DataFrame) -> PointerFrames:
    """Lay out the frames of a study for decoding.

    Args:
        clips: the clips table of a study.
        frames: the frames table.
    """
    facts = clips[["set", "clip", "source_video", "partner_video", "height", "width"]]
    facts = facts.assign(column=np.arange(len(clips)))
    rows = frames.merge(facts, on=["set", "clip"], validate="many_to_one")
    rows["set"] = pd.Categorical(rows["set"], frames["set"].unique())
    rows = rows.sort_values(["set", "clip", "frame"], ignore_index=True).astype({"set": "str"})
    before, after = _neighbours(rows)
    sides = rows[["width", "height"]].to_numpy(dtype=np.float64)
    true_boxes = box_shares(rows["true_box"], sides[:, 0], sides[:, 1])
    truth = _targets(true_boxes, rows["true_area"], before)
    truth[:, TARGETS["obscured"]] = _numbers(rows["obscured"])[:, None]
    previous = _at(truth, before)
    previous[:, TARGETS["velocity"]] = np.nan
    predicted_boxes = box_shares(rows["predicted_box"], sides[:, 0], sides[:, 1])
    pasted = rows["set"].isin(_PASTED_SETS)
    return PointerFrames(
        keys=rows[["set", "clip", "frame"]],
        clips=rows["column"].to_numpy(dtype=np.int64),
        plan=plan_of_clips(clips),
        videos=rows["source_video"].to_numpy(dtype=np.str_),
        object_videos=rows["source_video"].where(~pasted, rows["partner_video"]).to_numpy(dtype=np.str_),
        sides=sides,
        before=before,
        after=after,
        prompted=rows["prompted"].to_numpy(dtype=np.bool_),
        pointers={name: pointer_vectors(rows[name]).astype(np.float32) for name in POINTERS},
        truth=truth,
        previous_frame=previous,
        predicted_mask=_targets(predicted_boxes, rows["predicted_area"], before),
    )


def _neighbours(rows: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    number = np.arange(len(rows))
    same = (rows[["set", "clip"]].shift() == rows[["set", "clip"]]).all(axis=1)
    follows = (same & (rows["frame"].diff() == 1)).to_numpy(dtype=np.bool_)
    before = np.where(follows, number - 1, -1)
    after = np.where(np.append(follows[1:], False)[: len(rows)], number + 1, -1)
    return before.astype(np.int64), after.astype(np.int64)


def _targets(boxes: Boxes, area: pd.Series, before: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the targets [N, COLUMNS] that boxes and areas tell; the fraction obscured is NaN."""
    targets = np.full((len(boxes), COLUMNS), np.nan)
    middle = centres(boxes)
    shares = _numbers(area)
    shown = shares > 0
    targets[:, TARGETS["box"]] = boxes
    targets[:, TARGETS["centre"]] = middle
    targets[shown, TARGETS["log_area"]] = np.log(shares[shown])[:, None]
    targets[:, TARGETS["velocity"]] = middle - _at(middle, before)
    return targets


def _at(values: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return ``values[rows]``, NaN where a row is -1."""
    return np.where(rows[:, None] >= 0, values[rows], np.nan)


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)
