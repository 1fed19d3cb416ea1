"""What all transformations share: their seeds, the names of their frames, and the finished clip."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from samscope.clips.clip import (
    SETS,
    Clip,
    Excerpt,
    Footage,
    Material,
    SetName,
    Timeline,
    fraction_obscured,
)
from samscope.clips.sets.compositing import Paste, hidden_by, layers_of, paste_layers
from samscope.support.errors import SamscopeError


def generator(set_name: SetName, material: Material) -> np.random.Generator:
    """Return the generator of a clip's random choices: one stream for each draw's seed and set."""
    return np.random.default_rng([material.draw.seed, SETS.index(set_name)])


def untouched_origin(excerpt: Excerpt, index: int) -> str:
    """Return the name of an excerpt's frame as the video has it: ``video/index``."""
    return f"{excerpt.video}/{excerpt.start + index * excerpt.stride}"


def misfit(set_name: SetName, material: Material, reason: str) -> SamscopeError:
    """Return the error for a clip that cannot be made of its material."""
    draw = material.draw
    return SamscopeError(
        f"{set_name} cannot be made of draw {draw.clip} (source {draw.source.video}, partner "
        f"{draw.partner.video}): {reason}; leave this draw out or take another seed"
    )


def require_object(set_name: SetName, material: Material, footage: Footage) -> None:
    """Raise SamscopeError where the object of ``footage`` is on none of its frames."""
    if not footage.masks.any():
        excerpt = footage.excerpt
        last = excerpt.indices(len(footage.masks))[-1]
        raise misfit(
            set_name,
            material,
            f"object {excerpt.object_id} of {excerpt.video} is on no frame from {excerpt.start} to {last}",
        )


def assemble(
    set_name: SetName,
    material: Material,
    timeline: Timeline,
    *,
    frames: NDArray[np.uint8],
    masks: NDArray[np.bool_],
    amodal_masks: NDArray[np.bool_],
    void: NDArray[np.bool_],
    transformed: Sequence[bool] | NDArray[np.bool_],
    origins: Sequence[str],
    rivals: NDArray[np.bool_] | None = None,
) -> Clip:
    """Return the clip; whether the object is present and how much of it is obscured follows from its masks.

    Args:
        set_name: the set that it belongs to.
        material: what it was made from.
        timeline: its parts.
        frames: uint8 [T, H, W, 3].
        masks: bool [T, H, W], visible pixels of the object of interest.
        amodal_masks: bool [T, H, W].
        void: bool [T, H, W].
        transformed: T flags.
        origins: T names.
        rivals: bool [T, H, W], visible pixels of other objects; None where none is known.
    """
    return Clip(
        set=set_name,
        draw=material.draw,
        timeline=timeline,
        frames=frames,
        masks=masks,
        amodal_masks=amodal_masks,
        void=void,
        present=np.any(masks, axis=(1, 2)),
        obscured=fraction_obscured(masks, amodal_masks),
        transformed=np.asarray(transformed, dtype=np.bool_),
        origins=tuple(origins),
        rivals=rivals,
    )


def cover_source(
    set_name: SetName, material: Material, timeline: Timeline, pastes: Sequence[Sequence[Paste]]
) -> Clip:
    """Return the source with objects pasted in front, and what they leave visible of the object of interest.

    Void pixels that they hide are no longer void: what is seen there is known.

    Args:
        set_name: the set that the clip belongs to.
        material: the draw's footage.
        timeline: the clip's parts.
        pastes: for each of the T frames what is pasted, the last one in front.
    """
    source = material.source
    size = source.frames.shape[1], source.frames.shape[2]
    frames, masks, void = source.frames.copy(), source.masks.copy(), source.void.copy()
    origins = [untouched_origin(source.excerpt, index) for index in range(timeline.length)]
    transformed, rivals = np.zeros(timeline.length, dtype=np.bool_), np.zeros_like(masks)
    for index in range(timeline.length):
        visible_pastes = layers_of(pastes[index], size)
        if visible_pastes:
            layers = [layer for _, layer in visible_pastes]
            hidden = rivals[index] = hidden_by(layers, size)
            frames[index] = paste_layers(frames[index], layers)
            masks[index] &= ~hidden
            void[index] &= ~hidden
            origins[index] = " + ".join(
                [f"{set_name} {origins[index]}", *(str(paste) for paste, _ in visible_pastes)]
            )
            transformed[index] = True
    return assemble(
        set_name,
        material,
        timeline,
        frames=frames,
        masks=masks,
        amodal_masks=source.masks,
        void=void,
        transformed=transformed,
        origins=origins,
        rivals=rivals,
    )


def middle_flags(timeline: Timeline) -> NDArray[np.bool_]:
    """Return bool [T], True in the middle."""
    flags = np.zeros(timeline.length, dtype=np.bool_)
    flags[timeline.middle_frames] = True
    return flags
