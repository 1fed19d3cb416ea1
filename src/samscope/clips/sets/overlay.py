"""Three-object overlay: look-alikes around and over the object of interest (paper, 3.1.5)."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from samscope.clips.clip import OVERLAYS, Clip, Footage, Material, Timeline
from samscope.clips.sets.assembly import cover_source, generator, misfit, require_object
from samscope.clips.sets.compositing import Paste
from samscope.clips.sets.motion import SteadyMotion, played_motion, playing_order, steady_motion
from samscope.clips.sets.options import TransformOptions
from samscope.clips.sets.placement import Placement, bringing, covers, points_of, scales_to

_AREA_RATIOS = (0.8, 1.15)
"""Areas of a look-alike that a seed decides between, in areas of the object of interest."""

_COVERED = (0.1, 0.17)
"""Shares of the object that a seed decides between, for one look-alike to hide."""

_TURN = 0.35
"""How far a look-alike stands off its third of the circle at most, in radians."""

_SMOOTHING = 2.0
_OWN_SMOOTHING = 4.0
"""Deviations of the Gaussians that smooth the centres of the object and of the look-alikes, in frames."""

_LARGEST = 0.85
"""Share of the object that is hidden at most on any frame."""

_APPROACH = 6
"""Frames from the prompted one, where nothing of the object is hidden, until the look-alikes are close; fewer
where the prefix is shorter."""

_FREE_EDGE = 3
"""Pixels left free around the prompted object in a picture 480 pixels high, in proportion in others."""

_FARTHEST = 4.0
"""Distance, in widths of the two, beyond which no look-alike stands."""


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

    def placements(self, subject: SteadyMotion, distance: float | NDArray[np.float64]) -> list[Placement]:
        """Return where it stands on each frame, at one distance or at T distances."""
        targets = subject.centres + np.broadcast_to(distance, len(self.order))[:, None] * self.reach
        return [
            bringing(centre, target, float(scale))
            for centre, target, scale in zip(self.motion.centres, targets, self.scales, strict=True)
        ]


def overlay(material: Material, timeline: Timeline, options: TransformOptions) -> Clip:
    """Return the source with three look-alikes pasted around and over the object of interest.

    They stand about 120 degrees apart around the object's smoothed centre (a seed turns them), move and grow
    with it, and add their own quick movements while playing their own frames, as far as these show them
    whole. Each is about the object's size. On the first frame, where the object is prompted, they stand clear
    of it; within six frames (fewer in a short prefix) they come close. Each by itself then hides a tenth to a
    sixth of the object on average, and together they never hide more than 85 %.

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
    steady = _move_apart(companions, distances, subject, points)
    wide = _with_edge(source.masks[0], max(1, round(_FREE_EDGE * source.masks.shape[1] / 480)))
    placements = [
        companion.placements(
            subject,
            _approaching(_clear_distance(companion, subject, wide, distance), distance, timeline),
        )
        for companion, distance in zip(companions, steady, strict=True)
    ]
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
) -> list[float]:
    """Return these distances, or larger ones at which enough of the subject stays visible."""
    spread = 1.0
    while True:
        spaced = [max(distance, 0.05) * spread for distance in distances]
        placements = [
            companion.placements(subject, distance)
            for companion, distance in zip(companions, spaced, strict=True)
        ]
        if np.nanmax(_covered(companions, placements, points)) <= _LARGEST:
            return spaced
        spread *= 1.06


def _with_edge(mask: NDArray[np.bool_], pixels: int) -> NDArray[np.float64]:
    """Return the points (x, y), float64 [N, 2], of a mask that is larger by so many pixels on all sides."""
    square = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return points_of(cv2.dilate(mask.astype(np.uint8), square).astype(np.bool_), most=40_000)


def _clear_distance(
    companion: _Companion, subject: SteadyMotion, prompted: NDArray[np.float64], least: float
) -> float:
    """Return the smallest distance from ``least`` on at which nothing of the prompted object is covered."""
    distance = least
    while distance < _FARTHEST:
        placement = companion.placements(subject, distance)[0]
        if not covers(prompted, companion.masks[0], placement).any():
            break
        distance += 0.05
    return distance


def _approaching(first: float, later: float, timeline: Timeline) -> NDArray[np.float64]:
    """Return T distances that go evenly from the first frame's to the later ones."""
    frames = min(_APPROACH, timeline.prefix - 1)
    return np.interp(np.arange(timeline.length), (0, frames), (first, later))


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
