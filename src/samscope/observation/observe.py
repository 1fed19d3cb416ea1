"""Everything that is recorded of one clip, gathered while it is tracked."""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samscope.clips.clip import Clip
from samscope.clips.facts import clip_row, frame_fact_rows, mask_box
from samscope.models.loading import Model
from samscope.models.positions import POSITION_NAMES
from samscope.observation.davis_measures import contour_accuracy, region_similarity
from samscope.observation.feature_rows import FeatureRows, Row
from samscope.observation.keep import TensorFile, tensor_file
from samscope.observation.maps import clip_maps, frame_maps
from samscope.tracking.seen import Seen
from samscope.tracking.track import track


@dataclass(frozen=True, eq=False)
class ClipRecords:
    """What is recorded of one clip: rows of the tables of ``records.schema``, undefined values as None.

    Attributes:
        clips: one row.
        frames: one row a frame.
        features: one row a frame and position; for a clean clip those of ``clean_gap`` come after its own.
        maps: the arrays of ``maps.clip_maps``; None unless asked for.
    """

    clips: list[Row]
    frames: list[Row]
    features: list[Row]
    maps: dict[str, NDArray[Any]] | None = None


def observe_clip(model: Model, clip: Clip, *, maps: bool = False, keep: Path | None = None) -> ClipRecords:
    """Track a clip's object from its true mask on frame 0, and record what is seen.

    Args:
        model: the SAM 2.
        clip: the clip; its object is visible on frame 0.
        maps: make the position maps too.
        keep: folder for whole tensors, as ``observe`` writes them; without it nothing is written.

    Raises:
        SamscopeError: the tensors cannot be written.
        UsageError: the clip's first mask is empty.
    """
    seen = track(model, clip.frames, mask=clip.masks[0], length=clip.timeline.length)
    return observe(seen, clip, maps=maps, keep=keep)


def observe(seen: Iterable[Seen], clip: Clip, *, maps: bool = False, keep: Path | None = None) -> ClipRecords:
    """Record a track of a clip while it runs.

    Of the track no more is held than the references of the next frame: five tensors a position, and five more
    for each kind of references while it differs from the others.

    Args:
        seen: the clip's frames in order, as the tracker yields them.
        clip: the clip, with its ground truth.
        maps: make the position maps too; they are held until the end.
        keep: folder for whole tensors: ``<keep>/<set>/<clip's name>.safetensors`` takes every position of
            every frame under ``<frame, three digits>/<position>``, frame by frame.

    Raises:
        SamscopeError: the tensors cannot be written; no file is left then.
        ValueError: the frames seen are not the clip's.
    """
    facts = frame_fact_rows(clip)
    frames: list[Row] = []
    features = FeatureRows(clip)
    pictures = []
    path = None if keep is None else keep / clip.set / f"{clip.name}.safetensors"
    with nullcontext() if path is None else tensor_file(path, len(facts) * len(POSITION_NAMES)) as kept:
        for one in seen:
            frame = len(frames)
            if one.frame_index != frame or frame >= len(facts):
                raise ValueError(f"frame {one.frame_index} came as number {frame} of {len(facts)}")
            predicted = one.mask.cpu().numpy()
            frames.append(facts[frame] | _answer(one, predicted, clip.masks[frame], clip.void[frame]))
            features.add(one)
            if maps:
                pictures.append(frame_maps(one, clip.frames[frame], clip.masks[frame], predicted))
            if kept is not None:
                _keep(kept, one)
        if len(frames) < len(facts):
            raise ValueError(f"only {len(frames)} frames of {len(facts)} came")
    return ClipRecords([clip_row(clip)], frames, features.rows(), clip_maps(pictures) if maps else None)


def _answer(
    seen: Seen, predicted: NDArray[np.bool_], truth: NDArray[np.bool_], void: NDArray[np.bool_]
) -> Row:
    """Return the columns of FRAMES that the tracker adds to a frame's facts; void pixels count nowhere."""
    counted = predicted & ~void
    return {
        "prompted": seen.prompted,
        "object_score": seen.object_score,
        "predicted_iou": seen.predicted_iou,
        "j": region_similarity(truth, predicted, void),
        "f": contour_accuracy(truth, predicted, void),
        "predicted_area": float(counted.mean()),
        "false_positive_area": float((counted & ~truth).mean()),
        "predicted_box": mask_box(counted),
        "object_pointer": seen.object_pointer.tolist(),
        "object_pointer_ungated": seen.object_pointer_ungated.tolist(),
    }


def _keep(file: TensorFile, seen: Seen) -> None:
    for position in POSITION_NAMES:
        tensor = getattr(seen, position)
        if tensor is not None:
            file.add(f"{seen.frame_index:03d}/{position}", tensor)
