"""Decoding of what a draw names: the footage that the six clips of a draw are made from."""

import numpy as np

from samscope.clips.clip import Draw, Excerpt, Footage, Material, Timeline
from samscope.support.errors import SamscopeError, UsageError
from samscope.videos.labelled import frames_of, mask_and_void
from samscope.videos.video import Collection


def load_material(draw: Draw, collection: Collection, timeline: Timeline) -> Material:
    """Decode the source, the partner and the look-alikes of a draw, each at the timeline's length.

    Args:
        draw: names the excerpts.
        collection: has the videos that the draw names.
        timeline: says how many frames a clip has.

    Raises:
        UsageError: the draw names a video or an object that does not exist, or frames past a video's end.
        SamscopeError: a file is damaged, or the first frame, where it is prompted, does not show the object.
    """
    source = load_footage(draw.source, collection, timeline.length)
    if not source.masks[0].any():
        raise SamscopeError(
            f"{draw.source.video}: frame {draw.source.start}, where object {draw.source.object_id} would be "
            "prompted, shows nothing of it; start on a frame that does"
        )
    return Material(
        draw=draw,
        source=source,
        partner=load_footage(draw.partner, collection, timeline.length),
        overlays=tuple(load_footage(overlay, collection, timeline.length) for overlay in draw.overlays),
    )


def load_footage(excerpt: Excerpt, collection: Collection, length: int) -> Footage:
    """Decode ``length`` frames of an excerpt with the masks of its object.

    Raises:
        UsageError: the video or the object does not exist, or the video ends before the excerpt does.
        SamscopeError: a file is damaged.
    """
    video = collection[excerpt.video]
    if excerpt.object_id not in video.object_ids:
        object_ids = ", ".join(map(str, video.object_ids)) or "none"
        raise UsageError(f"{excerpt.video} has no object {excerpt.object_id}; its objects are: {object_ids}")
    indices = excerpt.indices(length)
    if excerpt.stride < 1 or indices[0] < 0 or indices[-1] >= len(video):
        raise UsageError(
            f"{excerpt.video} has {len(video)} frames: {length} frames from {excerpt.start} with stride "
            f"{excerpt.stride} do not fit; start earlier, or shorten --prefix, --middle or --suffix"
        )
    masks, void = zip(*(mask_and_void(video, index, excerpt.object_id) for index in indices), strict=True)
    return Footage(
        excerpt=excerpt,
        frames=np.stack(list(frames_of(video, indices))),
        masks=np.stack(masks),
        void=np.stack(void),
    )
