"""The clean clips: the source as it is, which every transformation is held against."""

import numpy as np

from samscope.clips.clip import Clip, Material, Timeline
from samscope.clips.sets.assembly import assemble, untouched_origin
from samscope.clips.sets.options import TransformOptions


def clean(material: Material, timeline: Timeline, options: TransformOptions) -> Clip:
    """Return the source's frames with the source's masks.

    Args:
        material: the draw's footage.
        timeline: the clip's parts.
        options: not used.
    """
    source = material.source
    return assemble(
        "clean",
        material,
        timeline,
        frames=source.frames,
        masks=source.masks,
        amodal_masks=source.masks,
        void=source.void,
        transformed=np.zeros(timeline.length, dtype=np.bool_),
        origins=[untouched_origin(source.excerpt, index) for index in range(timeline.length)],
    )
