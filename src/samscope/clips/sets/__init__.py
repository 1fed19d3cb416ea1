"""The six sets: one file for each, and the compositing that they share."""

from collections.abc import Callable

from samscope.clips.clip import Clip, Material, SetName, Timeline
from samscope.clips.sets.clean import clean
from samscope.clips.sets.context_removal import context_removal
from samscope.clips.sets.interjection import interjection
from samscope.clips.sets.object_removal import object_removal
from samscope.clips.sets.obscuration import obscuration
from samscope.clips.sets.options import TransformOptions
from samscope.clips.sets.overlay import overlay
from samscope.support.errors import SamscopeError, UsageError

__all__ = ["TRANSFORMS", "TransformOptions", "make_clip"]

Transform = Callable[[Material, Timeline, TransformOptions], Clip]

TRANSFORMS: dict[SetName, Transform] = {
    "clean": clean,
    "interjection": interjection,
    "object_removal": object_removal,
    "context_removal": context_removal,
    "obscuration": obscuration,
    "overlay": overlay,
}
"""What makes the clips of each set."""


def make_clip(
    set_name: SetName,
    material: Material,
    timeline: Timeline,
    options: TransformOptions = TransformOptions(),  # noqa: B008
) -> Clip:
    """Make the clip of one set out of a draw's footage.

    The same material, timeline and options give the same clip, bit for bit. A clip may share arrays with its
    material: neither is to be written to.

    Args:
        set_name: one of ``samscope.clips.clip.SETS``.
        material: the draw's footage; source, partner and look-alikes have ``timeline.length`` frames.
        timeline: the clip's parts.
        options: the choices that the transformations leave open.

    Raises:
        UsageError: there is no such set.
        SamscopeError: the footage has another length, or an object cannot be placed.
    """
    if set_name not in TRANSFORMS:
        raise UsageError(f"there is no set {set_name!r}; the sets are {', '.join(TRANSFORMS)}")
    for footage in (material.source, material.partner, *material.overlays):
        if len(footage.frames) != timeline.length:
            raise SamscopeError(
                f"draw {material.draw.clip}: {len(footage.frames)} frames of {footage.excerpt.video} were "
                f"read and the timeline has {timeline.length}; read it for the timeline of the clip"
            )
    return TRANSFORMS[set_name](material, timeline, options)
