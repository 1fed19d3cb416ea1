"""The tables of a study, column by column, and the kinds that columns and rows are named after."""

import pyarrow as pa

from samscope.clips.facts import BOX, CLIPS, FRAME_FACTS
from samscope.observation.kinds import GAP_SET, MAP_KINDS, MAP_PARTS, REFERENCES, References, feature_column
from samscope.trackers.positions import POSITIONS

__all__ = [
    "ATTENTION",
    "ATTENTION_TABLES",
    "CLIPS",
    "FEATURES",
    "FRAMES",
    "FRAME_FACTS",
    "FRAME_KEY",
    "GAP_SET",
    "LATER",
    "LONG",
    "MAP_KINDS",
    "MAP_PARTS",
    "POINTERS",
    "REFERENCES",
    "RULE_FRAMES",
    "RULE_TABLES",
    "SCHEMAS",
    "TABLES",
    "TWIN_TABLES",
    "VECTORS",
    "VIDEO_NAMES",
    "References",
    "feature_column",
]

FRAME_KEY = ("set", "clip", "frame")

VIDEO_NAMES = ("source_video", "partner_video")
"""Columns of ``CLIPS`` that name a video."""

POINTERS = tuple(position.name for position in POSITIONS if not position.spatial)
"""The positions that are vectors, which ``FRAMES`` holds whole."""

FRAMES = pa.schema(
    [
        *FRAME_FACTS,
        ("prompted", pa.bool_()),
        ("object_score", pa.float32()),
        ("predicted_iou", pa.float32()),
        ("candidate_disagreement", pa.float32()),
        ("j", pa.float32()),
        ("f", pa.float32()),
        ("f_adaptive", pa.float32()),
        ("predicted_area", pa.float32()),
        ("false_positive_area", pa.float32()),
        ("predicted_box", BOX),
        *((name, pa.list_(pa.float32())) for name in POINTERS),
    ]
)
"""One row a frame: the facts, and what the tracker made of it.

``prompted`` marks the frame with the prompt; ``object_score`` is a logit; ``j`` and ``f`` follow the DAVIS
protocol, ``f_adaptive`` is the F of MOSEv2; ``candidate_disagreement`` is 1 less the least IoU of a candidate
with the mask that was taken, null where there was one candidate; areas are shares of the picture, void pixels
left out.
"""

VECTORS = tuple(
    field.name for field in FRAMES if pa.types.is_list(field.type) or pa.types.is_fixed_size_list(field.type)
)
"""Columns of ``FRAMES`` that hold several numbers a row: boxes and pointers. They are slow to copy."""

RULE_FRAMES = pa.schema(
    [
        ("rule", pa.string()),
        *(field for field in FRAMES if field.name not in POINTERS),
        ("read", pa.list_(pa.int32())),
        ("written", pa.bool_()),
    ]
)
"""One row a memory rule and frame of a clip that was tracked under several: FRAMES without the pointers.

``read`` lists the frames whose memories were read, in the order in which they were laid out; ``written`` says
whether the frame's own memory was kept after it.
"""

LONG = ("long", "long_variance", "long_none", "long_variance_without_floor")
"""The long distance by each spread."""

_MEASURED = (
    *((name, pa.float32()) for name in ("short", "long", "ratio")),
    *((name, pa.int32()) for name in ("references", "age")),
    *((name, pa.float32()) for name in LONG[1:]),
)

FEATURES = pa.schema(
    [
        ("set", pa.string()),
        ("clip", pa.int32()),
        ("frame", pa.int32()),
        ("position", pa.string()),
        *((feature_column(name, kind), type_) for kind in REFERENCES for name, type_ in _MEASURED),
        *((f"{kind}_{part}", pa.float32()) for kind in MAP_KINDS for part in MAP_PARTS),
    ]
)
"""One row a frame and position (paper, A.1): distances to the latest frames known to contain the object.

``short`` is the plain distance to the latest reference, ``long`` the distance to the latest five regularised
by their standard deviation, ``ratio`` is ``short`` over the previous frame's ``short``. ``references`` is how
many frames ``long`` used, ``age`` how many frames ago the latest of them was. The default references are all
earlier frames that contain the object, the prompted one among them (at position 4 ``open_study`` leaves out
what is measured against it, unless asked not to); ``_untransformed`` takes only those that are not
transformed, and ``_online`` those on which the tracker's own object score is above 0, and the prompt.
``_variance`` and ``_none`` are ``long`` with the variance as spread, and without a spread. No spread is less
than its median over the elements, but for that of ``_variance_without_floor``, the paper's own. An undefined
value (no reference, fewer than two for a spread, 0/0, infinite) is null. Besides the six sets there is the
set ``clean_gap``: the clean clips with the middle frames declared absent, so that their references are as
old as those of the clips whose object is gone; it is what those are fairly held against.

``mean_`` and ``variance_`` of ``MAP_PARTS`` say how the channel mean and the channel variance stand on the
map of positions 1, 2, 3 and 5: ``object``, ``border``, ``rival`` and ``ground`` are levels of these regions
in standard deviations of the map, ``edges`` is the correlation with the frame's edges, -1..1. They are null
at other positions, in ``clean_gap``, and where the region has no place on the map.
"""

ATTENTION = pa.schema(
    [
        ("set", pa.string()),
        ("clip", pa.int32()),
        ("frame", pa.int32()),
        ("layer", pa.int32()),
        ("kind", pa.string()),
        ("remembered_frame", pa.int32()),
        ("age", pa.int32()),
        ("share", pa.float32()),
        ("share_from_object", pa.float32()),
        ("share_from_rest", pa.float32()),
        ("share_from_rival", pa.float32()),
    ]
)
"""What memory attention looked at, where ``--attention`` asks for it: one row a tracked frame, layer, and
memory or pointer that was read; the prompted frame reads none.

``kind`` is ``memory`` or ``pointer``, ``remembered_frame`` the frame that it is of, ``age`` as
``attention.Read`` has it. ``share`` is the share of the frame's attention that goes there, the mean of heads
and of all places of the frame; ``share_from_object`` that of the object's pixels by the clip's truth,
``share_from_rest`` of all but the object, ``share_from_rival`` of other objects, where the set has any. Void
pixels are in none of them. Each sums to 1 over what was read in a layer, and is null where the frame has no
such pixel.
"""

TABLES = {"clips": CLIPS, "frames": FRAMES, "features": FEATURES}

TWIN_TABLES = {"twin_frames": FRAMES, "twin_features": FEATURES}
"""What the random twin made of some of the same clips, in tables of their own. They have the columns of the
model's, and no row but those of the clips that ``records.twins`` names; a draw without any has no part."""

ATTENTION_TABLES = {"attention": ATTENTION}
"""What a study has beside ``TABLES`` where attention was asked for."""

RULE_TABLES = {"clips": CLIPS, "rule_frames": RULE_FRAMES}
"""The tables of clips that were tracked under several memory rules."""

SCHEMAS = {**TABLES, **TWIN_TABLES, **ATTENTION_TABLES, **RULE_TABLES}
"""Every table by its name."""

_LATER_FEATURES = tuple(
    name
    for name in FEATURES.names
    if name.endswith(("_online", *MAP_PARTS)) or "variance_without_floor" in name
)

LATER = {
    "clips": (),
    "frames": ("candidate_disagreement", "f_adaptive"),
    "features": _LATER_FEATURES,
    "rule_frames": ("candidate_disagreement",),
    "twin_frames": ("candidate_disagreement",),
    "twin_features": (),
}
"""Columns that studies of older versions lack: they are read as null, which is undefined."""
