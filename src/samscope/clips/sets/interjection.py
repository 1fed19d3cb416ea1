"""Interjection: frames of an unrelated video in the middle of the source (paper, 3.1.1)."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from samscope.clips.clip import Clip, Material, Timeline
from samscope.clips.sets.assembly import assemble, middle_flags, untouched_origin
from samscope.clips.sets.options import TransformOptions


def interjection(material: Material, timeline: Timeline, options: TransformOptions) -> Clip:
    """Return the source with the partner's frames in its middle.

    The partner's frames are those of the middle's own time, resized to fill the source's picture. With
    ``options.splice`` "insert" the source stands still meanwhile: its suffix is the frames that follow the
    prefix. With "replace" it goes on unseen. The object and its amodal mask are absent in the middle, and
    nothing there is void, for no pixel of another video can be the object.

    Args:
        material: the draw's footage; the partner's object does not matter.
        timeline: the clip's parts.
        options: ``splice``.
    """
    source, partner = material.source, material.partner
    middle = timeline.middle_frames
    delay = timeline.middle if options.splice == "insert" else 0
    order = np.arange(timeline.length)
    order[middle.stop :] -= delay
    frames, masks, void = source.frames[order], source.masks[order], source.void[order]
    origins = [untouched_origin(source.excerpt, index) for index in order.tolist()]
    height, width = frames.shape[1:3]
    for index in middle:
        frames[index] = fill_picture(partner.frames[index], (height, width))
        masks[index] = void[index] = False
        origins[index] = untouched_origin(partner.excerpt, index)
        if partner.frames.shape[1:3] != (height, width):
            origins[index] += f" filling {width}x{height}"
    return assemble(
        "interjection",
        material,
        timeline,
        frames=frames,
        masks=masks,
        amodal_masks=masks,
        void=void,
        transformed=middle_flags(timeline),
        origins=origins,
    )


def fill_picture(frame: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a frame resized to fill a picture: its aspect kept, what is too much cropped evenly.

    Args:
        frame: uint8 [H', W', 3].
        size: height and width of the picture.

    Returns:
        uint8 [H, W, 3], the frame itself where it has that size.
    """
    own_height, own_width = frame.shape[:2]
    height, width = size
    if (own_height, own_width) == size:
        return frame
    scale = max(height / own_height, width / own_width)
    spare_x = (own_width - width / scale) / 2
    spare_y = (own_height - height / scale) / 2
    box = (
        max(spare_x, 0),
        max(spare_y, 0),
        min(own_width - spare_x, own_width),
        min(own_height - spare_y, own_height),
    )
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS, box=box))
