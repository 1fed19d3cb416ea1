"""Obscuration: an object of another video passes in front of the object of interest (paper, 3.1.4)."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from samscope.clips.clip import Clip, Material, Timeline
from samscope.clips.sets.assembly import cover_source, generator, require_object
from samscope.clips.sets.compositing import Paste
from samscope.clips.sets.motion import (
    ObjectPath,
    SteadyMotion,
    follow,
    played_motion,
    playing_order,
    steady_motion,
)
from samscope.clips.sets.options import TransformOptions
from samscope.clips.sets.placement import Placement, bringing, covers, points_of, scales_to

_AREA_RATIOS = (0.75, 1.15)
"""Areas of the obscuring object that a seed decides between, in areas of the object of interest."""

_LARGER_AREA_RATIOS = (1.2, 1.6, 2.1, 2.8, 3.7, 4.9)
"""Areas that are tried one after another where that does not hide enough."""

_LARGEST_SHARES = (0.25, 0.4)
"""Shares of the picture that the obscuring object takes at most; the second where the first is not enough."""

_VERTICAL_SHIFT = 0.12
"""How far above or below the object's centre the path lies at most, in heights of the object."""

_GAP = 0.01
"""How far apart the two are at the ends of the path at least, in widths of the picture."""

_SMOOTHING = 2.0
"""Deviation of the Gaussian that smooths both objects' centres, in frames."""

PEAK = 0.6
"""Share of the object that is hidden on some frame of the middle, if it can be done."""

_MARGIN = 0.02
"""Aimed at beyond the peak, as a few points of the object stand for all of its pixels."""


def obscuration(material: Material, timeline: Timeline, options: TransformOptions) -> Clip:
    """Return the source with the partner's object passing in front of the object of interest.

    Its path is relative to the object's smoothed centre: from clear of the object on one side, on the first
    frame, over its centre half-way through the middle, to clear of it on the other side, on the last frame,
    at a constant speed before and after in widths of the two. Meanwhile it plays its own frames, as far as
    they show it whole, and grows as the object does. A seed decides the side, the area (0.75 to 1.15 of the
    object's, at most a quarter of the picture) and a small shift up or down. If that hides less than 60 % of
    the object (``PEAK``) on every frame of the middle, larger areas are tried with several shifts, at last up
    to two fifths of the picture. Where none hides so much, the one that hides most is taken; the clip's
    ``obscured`` tells. The partner's object is mirrored where its own video shows it moving against its path.

    Args:
        material: the draw's footage.
        timeline: the clip's parts.
        options: not used.

    Raises:
        SamscopeError: one of the two objects is on no frame.
    """
    source, partner = material.source, material.partner
    require_object("obscuration", material, source)
    require_object("obscuration", material, partner)
    random = generator("obscuration", material)
    direction = 1 if random.random() < 0.5 else -1
    ratio, vertical_shift = random.uniform(*_AREA_RATIOS), random.uniform(-_VERTICAL_SHIFT, _VERTICAL_SHIFT)
    mirror = facing(follow(partner.masks)) == -direction
    order = playing_order(partner.masks)
    partner_masks = partner.masks[:, :, ::-1] if mirror else partner.masks
    masks = partner_masks[order]
    subject = steady_motion(source.masks, _SMOOTHING)
    obscuring = played_motion(partner_masks, order, _SMOOTHING)
    size = source.frames.shape[1], source.frames.shape[2]
    middle = timeline.middle_frames
    best: tuple[float, list[Placement]] = (-1.0, [])
    shifts = (vertical_shift, 0.0, -_VERTICAL_SHIFT, _VERTICAL_SHIFT)
    attempts = [
        (_LARGEST_SHARES[0], ratio, vertical_shift),
        *product(_LARGEST_SHARES, _LARGER_AREA_RATIOS, shifts),
    ]
    for largest_share, area_ratio, shift in attempts:
        placements = pass_by(
            subject,
            obscuring,
            size,
            masks.shape[1:],
            direction=direction,
            area_ratio=area_ratio,
            largest_share=largest_share,
            vertical_shift=shift,
            crossing=(middle.start + middle.stop - 1) / 2,
        )
        in_middle = slice(middle.start, middle.stop)
        peak = largest_share_covered(source.masks[in_middle], masks[in_middle], placements[in_middle])
        best = max(best, (peak, placements), key=lambda attempt: attempt[0])
        if peak >= PEAK + _MARGIN:
            break
    pastes = [
        [Paste(partner, int(index), placement, mirror)]
        for index, placement in zip(order, best[1], strict=True)
    ]
    return cover_source("obscuration", material, timeline, pastes)


def facing(path: ObjectPath) -> int:
    """Return 1 or -1 for an object that moves right or left by half its width or more, otherwise 0."""
    seen = np.flatnonzero(path.present)
    moved = path.centres[seen[-1], 0] - path.centres[seen[0], 0]
    return int(np.sign(moved)) if abs(moved) >= np.median(path.extents[seen, 0]) / 2 else 0


def pass_by(
    subject: SteadyMotion,
    obscuring: SteadyMotion,
    size: tuple[int, int],
    own_size: tuple[int, ...],
    *,
    direction: int,
    area_ratio: float,
    largest_share: float,
    vertical_shift: float,
    crossing: float,
) -> list[Placement]:
    """Return the placements of an object that passes in front of another.

    Args:
        subject: the object that is passed.
        obscuring: the object that passes, frame by frame as it is shown, in its own picture.
        size: height and width of the picture.
        own_size: height and width of the obscuring object's own picture.
        direction: 1 left to right, -1 right to left.
        area_ratio: area of the obscuring object to area of the subject.
        largest_share: share of the picture that the obscuring object takes at most.
        vertical_shift: how far below the subject's centre it passes, in heights of the subject.
        crossing: frame, or time between two frames, at which it is above or below the subject's centre.

    Returns:
        T placements; on the first and the last frame the bounding boxes are apart.
    """
    areas = np.minimum(area_ratio * subject.areas, largest_share * size[0] * size[1])
    scales = scales_to(areas, obscuring.areas, size, own_size)
    reach = (subject.extents[:, 0] + scales * obscuring.extents[:, 0]) / 2
    ends = ((0, -direction), (-1, direction))
    clear = [_clearance(subject, obscuring, scales, frame, side) + _GAP * size[1] for frame, side in ends]
    start = max(1.0, *(distance / reach[frame] for distance, (frame, _) in zip(clear, ends, strict=True)))
    last = len(reach) - 1
    offsets = direction * np.interp(np.arange(last + 1), (0, crossing, last), (-start, 0, start)) * reach
    targets = subject.centres + np.stack([offsets, vertical_shift * subject.extents[:, 1]], axis=1)
    return [
        bringing(centre, target, float(scale))
        for centre, target, scale in zip(obscuring.centres, targets, scales, strict=True)
    ]


def largest_share_covered(
    subject: NDArray[np.bool_], obscuring: NDArray[np.bool_], placements: Sequence[Placement]
) -> float:
    """Return the largest share of the subject's mask [T, H, W] that a placed object [T, H', W'] covers.

    It is 0 where the subject is on no frame.
    """
    shares = (
        float(covers(points_of(seen), mask, placement).mean())
        for seen, mask, placement in zip(subject, obscuring, placements, strict=True)
        if seen.any()
    )
    return max(shares, default=0.0)


def _clearance(
    subject: SteadyMotion, obscuring: SteadyMotion, scales: NDArray[np.float64], frame: int, side: int
) -> float:
    """Return how far apart the centres are for the two boxes to touch on a side (1 right, -1 left)."""
    if not subject.path.present[frame]:
        return 0.0
    far, near = (2, 0) if side > 0 else (0, 2)
    of_subject = subject.path.boxes[frame, far] - subject.centres[frame, 0]
    of_obscuring = obscuring.path.boxes[frame, near] - obscuring.centres[frame, 0]
    return float(side * (of_subject - scales[frame] * of_obscuring))
