"""What is known of clips and their frames before any model sees them, as rows of two tables."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from samscope.clips.clip import Clip, Draw, Excerpt, Timeline

BOX = pa.list_(pa.float32(), 4)
"""x_min, y_min, x_max, y_max in pixels, the far edges exclusive."""

CLIPS = pa.schema(
    [
        ("set", pa.string()),
        ("clip", pa.int32()),
        ("source_video", pa.string()),
        ("object_id", pa.int32()),
        ("start", pa.int32()),
        ("stride", pa.int32()),
        ("partner_video", pa.string()),
        ("partner_object_id", pa.int32()),
        ("partner_start", pa.int32()),
        ("partner_stride", pa.int32()),
        ("overlay_videos", pa.list_(pa.string())),
        ("overlay_object_ids", pa.list_(pa.int32())),
        ("overlay_starts", pa.list_(pa.int32())),
        ("overlay_strides", pa.list_(pa.int32())),
        ("seed", pa.int64()),
        ("prefix", pa.int32()),
        ("middle", pa.int32()),
        ("suffix", pa.int32()),
        ("height", pa.int32()),
        ("width", pa.int32()),
    ]
)
"""One row a clip. ``start`` and ``stride`` count frames of the source video; sizes are in pixels."""

FRAME_FACTS = pa.schema(
    [
        ("set", pa.string()),
        ("clip", pa.int32()),
        ("frame", pa.int32()),
        ("segment", pa.string()),
        ("present", pa.bool_()),
        ("obscured", pa.float32()),
        ("transformed", pa.bool_()),
        ("origin", pa.string()),
        ("true_area", pa.float32()),
        ("true_box", BOX),
    ]
)
"""What is known of a frame before any model sees it (``samscope build`` writes these).

``obscured`` is null where the object has no amodal area; ``true_area`` is the visible object's share of
the picture, 0..1; boxes are x_min, y_min, x_max, y_max in pixels of the clip, the far edges exclusive, null
where the mask is empty.
"""


def clip_row(clip: Clip) -> dict[str, Any]:
    """Return the row of ``CLIPS`` for a clip."""
    draw, timeline = clip.draw, clip.timeline
    return {
        "set": clip.set,
        "clip": draw.clip,
        "source_video": draw.source.video,
        "object_id": draw.source.object_id,
        "start": draw.source.start,
        "stride": draw.source.stride,
        "partner_video": draw.partner.video,
        "partner_object_id": draw.partner.object_id,
        "partner_start": draw.partner.start,
        "partner_stride": draw.partner.stride,
        "overlay_videos": [overlay.video for overlay in draw.overlays],
        "overlay_object_ids": [overlay.object_id for overlay in draw.overlays],
        "overlay_starts": [overlay.start for overlay in draw.overlays],
        "overlay_strides": [overlay.stride for overlay in draw.overlays],
        "seed": draw.seed,
        "prefix": timeline.prefix,
        "middle": timeline.middle,
        "suffix": timeline.suffix,
        "height": clip.frames.shape[1],
        "width": clip.frames.shape[2],
    }


def frame_fact_rows(clip: Clip) -> list[dict[str, Any]]:
    """Return the rows of ``FRAME_FACTS`` for a clip, one a frame, in order."""
    return [
        {
            "set": clip.set,
            "clip": clip.draw.clip,
            "frame": frame,
            "segment": clip.timeline.segment(frame),
            "present": bool(clip.present[frame]),
            "obscured": None if np.isnan(clip.obscured[frame]) else float(clip.obscured[frame]),
            "transformed": bool(clip.transformed[frame]),
            "origin": clip.origins[frame],
            "true_area": float(np.count_nonzero(clip.masks[frame]) / clip.masks[frame].size),
            "true_box": mask_box(clip.masks[frame]),
        }
        for frame in range(clip.timeline.length)
    ]


def draw_of(row: Mapping[str, Any]) -> Draw:
    """Return the draw that a row of ``CLIPS`` was made from."""
    overlays = zip(
        row["overlay_videos"],
        row["overlay_object_ids"],
        row["overlay_starts"],
        row["overlay_strides"],
        strict=True,
    )
    return Draw(
        clip=row["clip"],
        seed=row["seed"],
        source=Excerpt(row["source_video"], row["object_id"], row["start"], row["stride"]),
        partner=Excerpt(
            row["partner_video"], row["partner_object_id"], row["partner_start"], row["partner_stride"]
        ),
        overlays=tuple(Excerpt(*overlay) for overlay in overlays),
    )


def timeline_of(row: Mapping[str, Any]) -> Timeline:
    """Return the timeline of a row of ``CLIPS``."""
    return Timeline(row["prefix"], row["middle"], row["suffix"])


def mask_box(mask: NDArray[np.bool_]) -> list[float] | None:
    """Return the smallest box around a mask [H, W] as x_min, y_min, x_max, y_max, or None if it is empty.

    The far edges are exclusive: a mask of one pixel has a box of 1 x 1.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    return [float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)]
