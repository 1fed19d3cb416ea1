"""Three-object overlay: look-alikes around and over the object of interest (paper, 3.1.5)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samscope.clips.clip import OVERLAYS, Clip, Footage, Material, Timeline
from samscope.transforms.assembly import cover_source, generator, misfit, require_object
from samscope.transforms.compositing import Paste
from samscope.transforms.motion import SteadyMotion, played_motion, playing_order, steady_motion
from samscope.transforms.options import TransformOptions
from samscope.transforms.placement import Placement, bringing, covers, points_of, scales_to

_AREA_RATIOS = (0.8, 1.15)
"""Areas of a look-alike that a seed decides between, in areas of the object of interest."""

_COVERED = (0.1, 0.17)
"""Shares of the object that a seed decides between, for one look-alike to hide."""

_TURN = 0.35
"""How far a look-alike stands off its third of the circle at most, in radians."""

_SMOOTHING = 2.0
_OWN_SMOOTHING = 4.0
"""Deviations of the Gaussians that smooth the centres of the object and of the look-alikes, in frames."""

_LARGEST_AT_FIRST = 0.45
_LARGEST_LATER = 0.85
"""Shares of the object that are hidden at most on the first frame, and on any frame."""


@dataclass(frozen=True, eq=False)
class _Companion:
    """A look-alike and its steady place beside the subject.

    Attributes:
        footage: what it is cut from.
        order: int64 [T], which of its frames is shown when.
        masks: bool [T, H', W'], in that order.
        motion: its motion in its own picture, in that order.
        scales: float64 [T].
        reach: float64 [T, 2], the offset (x, y) from the subject's centre at distance 1, where the bounding
            boxes touch if it stands beside, above or below.
    """

    footage: Footage
    order: NDArray[np.int64]
    masks: NDArray[np.bool_]
    motion: SteadyMotion
    scales: NDArray[np.float64]
    reach: NDArray[np.float64]

    def placements(self, subject: SteadyMotion, distance: float) -> list[Placement]:
        targets = subject.centres + distance * self.reach
        return [
            bringing(own, target, float(scale))
            for own, target, scale in zip(self.motion.centres, targets, self.scales, strict=True)
        ]


def overlay(material: Material, timeline: Timeline, options: TransformOptions) -> Clip:
    """Return the source with three look-alikes pasted around and over the object of interest.

    They stand about 120 degrees apart around the object's smoothed centre (a seed turns them), move and grow
    with it, and add their own quick movements while playing their own frames, as far as these show them
    whole. Each is about the object's size and, by itself and on average, hides a tenth to a sixth of it. All
    move outward until together they hide less than half of it on the first frame and never more than 85 %.

    Args:
        material: the draw's footage.
        timeline: the clip's parts.
        options: ``overlay``; copies of the object play ahead of it, each by another time.

    Raises:
        SamscopeError: there are not three look-alikes, or an object is on no frame.
    """
    source = material.source
    require_object("overlay", material, source)
    if options.overlay == "copies":
        chosen = [(source, timeline.length * (number + 1) // (OVERLAYS + 1)) for number in range(OVERLAYS)]
    else:
        chosen = [(footage, 0) for footage in material.overlays]
    if len(chosen) != OVERLAYS:
        raise misfit("overlay", material, f"it has {len(chosen)} look-alikes and needs {OVERLAYS}")
    for footage, _ in chosen:
        require_object("overlay", material, footage)
    random = generator("overlay", material)
    subject = steady_motion(source.masks, _SMOOTHING)
    points = [points_of(mask) for mask in source.masks]
    turn = random.uniform(0, 2 * np.pi)
    companions, distances = [], []
    for number, (footage, ahead) in enumerate(chosen):
        angle = turn + 2 * np.pi * number / OVERLAYS + random.uniform(-_TURN, _TURN)
        ratio, covered = random.uniform(*_AREA_RATIOS), random.uniform(*_COVERED)
        companion = _beside(
            subject, footage, source.masks.shape[1:], ahead=ahead, angle=angle, area_ratio=ratio
        )
        companions.append(companion)
        distances.append(_distance_covering(companion, subject, points, covered))
    placements = _move_apart(companions, distances, subject, points)
    pastes = [
        [
            Paste(companion.footage, int(companion.order[index]), placed[index])
            for companion, placed in zip(companions, placements, strict=True)
        ]
        for index in range(timeline.length)
    ]
    return cover_source("overlay", material, timeline, pastes)


def _beside(
    subject: SteadyMotion,
    footage: Footage,
    size: tuple[int, ...],
    *,
    ahead: int,
    angle: float,
    area_ratio: float,
) -> _Companion:
    """Return a look-alike in a direction from the subject, with ``area_ratio`` times its area."""
    order = playing_order(footage.masks, ahead)
    masks = footage.masks[order]
    motion = played_motion(footage.masks, order, _OWN_SMOOTHING)
    scales = scales_to(area_ratio * subject.areas, motion.areas, size, masks.shape[1:])
    reach = (subject.extents + scales[:, None] * motion.extents) / 2
    return _Companion(
        footage=footage,
        order=order,
        masks=masks,
        motion=motion,
        scales=scales,
        reach=reach * (np.cos(angle), np.sin(angle)),
    )


def _distance_covering(
    companion: _Companion, subject: SteadyMotion, points: Sequence[NDArray[np.float64]], share: float
) -> float:
    """Return the largest distance at which a look-alike covers a share of the subject, on average."""
    for distance in np.arange(1.2, 0, -0.05):
        covered = _covered([companion], [companion.placements(subject, distance)], points)
        if np.nanmean(covered) >= share:
            return float(distance)
    return 0.0


def _move_apart(
    companions: Sequence[_Companion],
    distances: Sequence[float],
    subject: SteadyMotion,
    points: Sequence[NDArray[np.float64]],
) -> list[list[Placement]]:
    """Return placements at these distances, or at larger ones that leave enough of the subject visible."""
    spread = 1.0
    while True:
        placements = [
            companion.placements(subject, max(distance, 0.05) * spread)
            for companion, distance in zip(companions, distances, strict=True)
        ]
        covered = _covered(companions, placements, points)
        first = 0.0 if np.isnan(covered[0]) else covered[0]
        if first <= _LARGEST_AT_FIRST and np.nanmax(covered) <= _LARGEST_LATER:
            return placements
        spread *= 1.06


def _covered(
    companions: Sequence[_Companion],
    placements: Sequence[Sequence[Placement]],
    points: Sequence[NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return the share of the subject's points that is covered on each frame, NaN where it is absent."""
    shares = np.full(len(points), np.nan)
    for index, seen in enumerate(points):
        if len(seen):
            hidden = np.zeros(len(seen), dtype=np.bool_)
            for companion, placed in zip(companions, placements, strict=True):
                hidden |= covers(seen, companion.masks[index], placed[index])
            shares[index] = hidden.mean()
    return shares
