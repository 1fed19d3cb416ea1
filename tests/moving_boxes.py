"""A planted study whose boxes move and whose pointers hold what they are told to, decoded once."""

from collections.abc import Sequence
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from samscope.analysis.pointers.decoding import READINGS, Decoding, Reading, decode_pointers
from tests.planted import NULL, Planted, planted

VIDEOS = ("camel", "dog", "goat", "horse", "lynx", "swan")

PICTURE = (96, 54)
"""Width and height in pixels."""

Holds = Literal["box", "video", "nothing"]


def moving_boxes(
    holds: Holds = "box",
    *,
    clips: int = 12,
    videos: Sequence[str] = VIDEOS,
    sets: Sequence[str] = ("clean",),
    seed: int = 0,
) -> Planted:
    """Plant a study whose objects wander about, and whose ungated pointers are linear in what they hold.

    ``box``: the true box. ``video``: which source video it is; its objects all stand still at one place.
    ``nothing``: noise. The gated pointer is noise. Where the object is absent there is no box, and the
    pointer holds the one that it would have. The predicted mask's box is the true one, one pixel further
    right.
    """
    study = planted(clips=clips, videos=videos, sets=sets, positions=(NULL,), maps=False, seed=seed)
    rng = np.random.default_rng(seed + 1)
    homes = {video: rng.uniform((30, 20), (66, 34)) for video in videos}
    mixing = rng.normal(size=(4, 16))
    marks = {video: rng.normal(size=16) for video in videos}
    pieces = []
    for _, clip in study.clips.iterrows():
        rows = study.frames.loc[(study.frames["set"] == clip["set"]) & (study.frames["clip"] == clip["clip"])]
        video = clip["source_video"]
        of_draw = np.random.default_rng([seed, int(clip["clip"])])
        boxes = _wandering(homes[video], len(rows), of_draw, still=holds == "video")
        noise = rng.normal(size=(len(rows), 16)) * 0.02
        held: NDArray[np.float64] = {
            "box": (boxes / (*PICTURE, *PICTURE)) @ mixing,
            "video": np.broadcast_to(marks[video], noise.shape),
            "nothing": rng.normal(size=noise.shape),
        }[holds]
        present = rows["present"].to_numpy(dtype=bool)
        area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) / (PICTURE[0] * PICTURE[1])
        changed = {
            "true_box": _boxes(boxes, present),
            "true_area": np.where(present, area, 0.0),
            "predicted_box": _boxes(boxes + np.array([1, 0, 1, 0]), present),
            "predicted_area": np.where(present, area, 0.0),
            "object_pointer_ungated": list((held + noise).astype(np.float32)),
            "object_pointer": list(rng.normal(size=noise.shape).astype(np.float32)),
        }
        pieces.append(rows.assign(**changed))
    return Planted(study.clips, pd.concat(pieces, ignore_index=True), study.features, study.settings)


RIDGE = Reading("ridge", "object_pointer_ungated", "pointer")

ONE_POINTER = tuple(reading for reading in READINGS if reading.input == "pointer")


@cache
def decoded(holds: Holds) -> Decoding:
    """Decode one pointer, for ``box`` its change too; what comes back is shared, and not to be changed."""
    study = moving_boxes(holds)
    return decode_pointers(study.clips, study.frames, READINGS if holds == "box" else ONE_POINTER)


def ridge_decoded(study: Planted) -> Decoding:
    """Decode the boxes of a study's ungated pointers, which takes a blink."""
    return decode_pointers(study.clips, study.frames, [RIDGE])


def _wandering(
    home: NDArray[np.float64], length: int, rng: np.random.Generator, *, still: bool
) -> NDArray[np.float64]:
    """Return boxes [T, 4] in pixels; their centres turn by chance and are drawn back to ``home``."""
    centre = home + rng.normal(size=2) * (0 if still else 6)
    velocity, size = rng.normal(size=2), rng.uniform(8, 14, size=2)
    centres = []
    for _ in range(length):
        velocity = 0.8 * velocity + 0.05 * (home - centre) + rng.normal(size=2) * 0.6
        centre = centre + (0 if still else 1) * velocity
        centres.append(centre)
    middle = np.array(centres)
    return np.concatenate([middle - size / 2, middle + size / 2], axis=1)


def _boxes(boxes: NDArray[np.float64], present: NDArray[np.bool_]) -> list[NDArray[np.float32] | None]:
    return [box if shown else None for box, shown in zip(boxes.astype(np.float32), present, strict=True)]
