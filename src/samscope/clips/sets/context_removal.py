"""Context removal: in the middle nothing but the object is left (paper, 3.1.3)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.clips.clip import SETS, Clip, Material, Timeline
from samscope.clips.sets.assembly import assemble, middle_flags, untouched_origin
from samscope.clips.sets.compositing import paste_layers, render
from samscope.clips.sets.cutouts import cut_out
from samscope.clips.sets.options import Background, TransformOptions
from samscope.clips.sets.placement import Placement

_BLUR = 0.08
"""Deviation of the Gaussian that blurs a context, in heights of the picture."""

_COARSE = 8
"""Pixels along one side of a cell of the grid that the blur is worked out on."""


def context_removal(material: Material, timeline: Timeline, options: TransformOptions) -> Clip:
    """Return the source with everything but the object replaced in the middle.

    Ground truth stays the source's. Pixels whose object is not known (void) belong to the context: they are
    replaced, and count from then on.

    Args:
        material: the draw's footage; the partner does not matter.
        timeline: the clip's parts.
        options: ``background``, what the context is replaced by.
    """
    source = material.source
    frames, void = source.frames.copy(), source.void.copy()
    origins = [untouched_origin(source.excerpt, index) for index in range(timeline.length)]
    for index in timeline.middle_frames:
        mask = source.masks[index]
        seed = (material.draw.seed, SETS.index("context_removal"), index)
        background = replace_context(source.frames[index], ~mask, options.background, seed)
        frames[index] = _keep_object(source.frames[index], mask, background)
        void[index] = False
        noise = f" seed {seed[0]} frame {index}" if options.background == "noise" else ""
        origins[index] = (
            f"context_removal {origins[index]} object {source.excerpt.object_id} "
            f"background {options.background}{noise}"
        )
    return assemble(
        "context_removal",
        material,
        timeline,
        frames=frames,
        masks=source.masks,
        amodal_masks=source.masks,
        void=void,
        transformed=middle_flags(timeline),
        origins=origins,
    )


def replace_context(
    frame: NDArray[np.uint8],
    context: NDArray[np.bool_],
    background: Background,
    seed: tuple[int, ...],
) -> NDArray[np.uint8]:
    """Return a picture of the context's replacement alone; the object's colours have no part in it.

    Args:
        frame: uint8 [H, W, 3].
        context: bool [H, W], the pixels that are not the object's.
        background: ``black``; the context's ``mean`` colour; the context under a Gaussian ``blur`` of 8 % of
            the picture's height, the object left out; or uniform ``noise``, each pixel and colour by itself.
        seed: seeds the noise.

    Returns:
        uint8 [H, W, 3].
    """
    if background == "noise":
        return np.random.default_rng(seed).integers(0, 256, frame.shape, dtype=np.uint8)
    if background == "black" or not context.any():
        return np.zeros_like(frame)
    if background == "mean":
        return np.broadcast_to(np.rint(frame[context].mean(axis=0)).astype(np.uint8), frame.shape)
    return _blurred(frame, context)


def _blurred(frame: NDArray[np.uint8], context: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the Gaussian mean of the context around each pixel, worked out on a coarser grid."""
    height, width = context.shape
    weights = context.astype(np.float32)[..., None]
    coarse_size = max(width // _COARSE, 1), max(height // _COARSE, 1)
    coarse = cv2.resize(
        np.concatenate([frame * weights, weights], axis=-1), coarse_size, interpolation=cv2.INTER_AREA
    )
    deviation = _BLUR * coarse_size[1]
    blurred = cv2.GaussianBlur(coarse, (0, 0), deviation, borderType=cv2.BORDER_REPLICATE)
    colours = blurred[..., :3] / np.maximum(blurred[..., 3:], 1e-6)
    fine: NDArray[np.float32] = cv2.resize(colours, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.rint(fine).clip(0, 255).astype(np.uint8)


def _keep_object(
    frame: NDArray[np.uint8], mask: NDArray[np.bool_], background: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return the frame's object on another background."""
    if not mask.any():
        return background
    layer = render(cut_out(frame, mask), Placement(1, 0, 0), mask.shape)
    return paste_layers(background, [layer] if layer else [])
