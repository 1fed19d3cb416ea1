"""The three tables of a study, column by column."""

import pyarrow as pa

from samscope.clips.facts import BOX, CLIPS, FRAME_FACTS

__all__ = [
    "CLIPS",
    "FEATURES",
    "FRAMES",
    "FRAME_FACTS",
    "FRAME_KEY",
    "LATER",
    "MAP_PARTS",
    "TABLES",
    "TWIN_TABLES",
]

FRAME_KEY = ("set", "clip", "frame")

FRAMES = pa.schema(
    [
        *FRAME_FACTS,
        ("prompted", pa.bool_()),
        ("object_score", pa.float32()),
        ("predicted_iou", pa.float32()),
        ("j", pa.float32()),
        ("f", pa.float32()),
        ("f_adaptive", pa.float32()),
        ("predicted_area", pa.float32()),
        ("false_positive_area", pa.float32()),
        ("predicted_box", BOX),
        ("object_pointer", pa.list_(pa.float32())),
        ("object_pointer_ungated", pa.list_(pa.float32())),
    ]
)
"""One row a frame: the facts, and what the tracker made of it.

``prompted`` marks the frame with the prompt; ``object_score`` is a logit; ``j`` and ``f`` follow the DAVIS
protocol, ``f_adaptive`` is the F of MOSEv2; areas are shares of the picture, void pixels left out.
"""

MAP_PARTS = ("object", "border", "rival", "ground", "edges")
"""Where the channel mean and variance of a position are recorded: see ``observation.map_levels``."""

_DISTANCES = {
    "short": pa.float32(),
    "long": pa.float32(),
    "ratio": pa.float32(),
    "references": pa.int32(),
    "age": pa.int32(),
    "long_variance": pa.float32(),
    "long_none": pa.float32(),
    "long_variance_without_floor": pa.float32(),
}
"""What ``observation.features.Features`` holds, once for each kind of references."""

FEATURES = pa.schema(
    [
        ("set", pa.string()),
        ("clip", pa.int32()),
        ("frame", pa.int32()),
        ("position", pa.string()),
        *(
            (f"{name}{references}", type_)
            for references in ("", "_untransformed", "_online")
            for name, type_ in _DISTANCES.items()
        ),
        *((f"{kind}_{part}", pa.float32()) for kind in ("mean", "variance") for part in MAP_PARTS),
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

TABLES = {"clips": CLIPS, "frames": FRAMES, "features": FEATURES}

TWIN_TABLES = {"twin_frames": FRAMES, "twin_features": FEATURES}
"""What the random twin made of some of the same clips, in tables of their own. They have the columns of the
model's, and no row but those of the clips that ``records.twins`` names; a draw without any has no part."""

_LATER_FEATURES = tuple(
    name
    for name in FEATURES.names
    if name.endswith(("_online", *MAP_PARTS)) or "variance_without_floor" in name
)

LATER = {
    "clips": (),
    "frames": ("f_adaptive",),
    "features": _LATER_FEATURES,
    "twin_frames": (),
    "twin_features": (),
}
"""Columns that studies of older versions lack: they are read as null, which is undefined."""
