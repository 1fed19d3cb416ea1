"""The three tables of a study, column by column."""

import pyarrow as pa

FRAME_KEY = ("set", "clip", "frame")

_BOX = pa.list_(pa.float32(), 4)

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
        ("true_box", _BOX),
    ]
)
"""What is known of a frame before any model sees it (``samscope build`` writes these).

``obscured`` is null where the object has no amodal area; ``true_area`` is the visible object's share of
the picture, 0..1; boxes are x_min, y_min, x_max, y_max in pixels of the clip, the far edges exclusive, null
where the mask is empty.
"""

FRAMES = pa.schema(
    [
        *FRAME_FACTS,
        ("prompted", pa.bool_()),
        ("object_score", pa.float32()),
        ("predicted_iou", pa.float32()),
        ("j", pa.float32()),
        ("f", pa.float32()),
        ("predicted_area", pa.float32()),
        ("false_positive_area", pa.float32()),
        ("predicted_box", _BOX),
        ("object_pointer", pa.list_(pa.float32())),
        ("object_pointer_ungated", pa.list_(pa.float32())),
    ]
)
"""One row a frame: the facts, and what the tracker made of it.

``prompted`` marks the frame with the prompt; ``object_score`` is a logit; ``j`` and ``f`` follow the DAVIS
protocol; areas are shares of the picture, void pixels left out.
"""

FEATURES = pa.schema(
    [
        ("set", pa.string()),
        ("clip", pa.int32()),
        ("frame", pa.int32()),
        ("position", pa.string()),
        ("short", pa.float32()),
        ("long", pa.float32()),
        ("ratio", pa.float32()),
        ("references", pa.int32()),
        ("age", pa.int32()),
        ("long_variance", pa.float32()),
        ("long_none", pa.float32()),
        ("short_untransformed", pa.float32()),
        ("long_untransformed", pa.float32()),
        ("ratio_untransformed", pa.float32()),
        ("references_untransformed", pa.int32()),
        ("age_untransformed", pa.int32()),
        ("long_variance_untransformed", pa.float32()),
        ("long_none_untransformed", pa.float32()),
    ]
)
"""One row a frame and position (paper, A.1): distances to the latest frames known to contain the object.

``short`` is the plain distance to the latest reference, ``long`` the distance to the latest five regularised
by their standard deviation, ``ratio`` is ``short`` over the previous frame's ``short``. ``references`` is how
many frames ``long`` used, ``age`` how many frames ago the latest of them was. The default references are all
earlier frames that contain the object; ``_untransformed`` takes only those that are not transformed.
``_variance`` and ``_none`` are ``long`` with the variance as spread, and without a spread. An undefined
value (no reference, fewer than two for a spread, 0/0, infinite) is null. Besides the six sets there is the
set ``clean_gap``: the clean clips with the middle frames declared absent, so that their references are as
old as those of the clips whose object is gone; it is what those are fairly held against.
"""

TABLES = {"clips": CLIPS, "frames": FRAMES, "features": FEATURES}
