"""Object removal: an object of another video that vanishes while the context plays on (paper, 3.1.2)."""

import numpy as np

from samscope.clips.clip import Clip, Material, Timeline
from samscope.clips.sets.assembly import (
    assemble,
    generator,
    middle_flags,
    misfit,
    untouched_origin,
)
from samscope.clips.sets.compositing import Paste, hidden_by, layers_of, paste_layers
from samscope.clips.sets.options import TransformOptions
from samscope.clips.sets.placement import place_path


def object_removal(material: Material, timeline: Timeline, options: TransformOptions) -> Clip:
    """Return the source with the partner's object pasted into prefix and suffix.

    The object moves as it did in its own video: one scale and one shift for the whole clip, and on frame t
    the object of the partner's frame t, so that it comes back where its motion has taken it. It is the object
    of interest; the source, its own object included, is the context. The source's object stays in sight: no
    more than a twentieth of it is hidden on any frame, if what is pasted can be placed so (``place_path``).
    Ground truth is what was pasted. That is known exactly, and whatever the source's void pixels are, they
    are not this object: nothing is void.

    Args:
        material: the draw's footage.
        timeline: the clip's parts.
        options: not used.

    Raises:
        SamscopeError: the partner's object is not on its first frame, or too small there to be seen.
    """
    source, partner = material.source, material.partner
    if not partner.masks[0].any():
        raise misfit("object_removal", material, "the partner's object is not on its first frame")
    size = source.frames.shape[1], source.frames.shape[2]
    pasted_on = ~middle_flags(timeline)
    placement = place_path(
        partner.masks[pasted_on], size, generator("object_removal", material), source.masks[pasted_on]
    )
    frames = source.frames.copy()
    masks = np.zeros_like(source.masks)
    origins = [untouched_origin(source.excerpt, index) for index in range(timeline.length)]
    for index in np.flatnonzero(pasted_on):
        for paste, layer in layers_of([Paste(partner, int(index), placement)], size):
            frames[index] = paste_layers(frames[index], [layer])
            masks[index] = hidden_by([layer], size)
            origins[index] = f"object_removal {origins[index]} + {paste}"
    if not masks[0].any():
        raise misfit(
            "object_removal", material, "the partner's object is too small to be seen on its first frame"
        )
    return assemble(
        "object_removal",
        material,
        timeline,
        frames=frames,
        masks=masks,
        amodal_masks=masks,
        void=np.zeros_like(source.void),
        transformed=~pasted_on,
        origins=origins,
        rivals=source.masks & ~masks,
    )
