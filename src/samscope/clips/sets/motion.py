"""How an object moves and grows in a video, taken from its masks."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d


@dataclass(frozen=True, eq=False)
class ObjectPath:
    """Where an object is on T frames, in pixels; the centre of the first pixel is (0.5, 0.5).

    Attributes:
        present: bool [T], at least one pixel is visible.
        areas: float64 [T], visible pixels.
        centres: float64 [T, 2], x and y of the mask's centre of mass; where the object is absent they are
            interpolated between, and held before and after, the frames that show it.
        boxes: float64 [T, 4], x_min, y_min, x_max, y_max, far edges exclusive; NaN where it is absent.
    """

    present: NDArray[np.bool_]
    areas: NDArray[np.float64]
    centres: NDArray[np.float64]
    boxes: NDArray[np.float64]

    @property
    def extents(self) -> NDArray[np.float64]:
        """Width and height of the boxes, float64 [T, 2], NaN where the object is absent."""
        return self.boxes[:, 2:] - self.boxes[:, :2]


def follow(masks: NDArray[np.bool_]) -> ObjectPath:
    """Return the path of an object.

    Args:
        masks: bool [T, H, W], with the object on at least one frame.
    """
    count = len(masks)
    areas = np.zeros(count)
    centres = np.full((count, 2), np.nan)
    boxes = np.full((count, 4), np.nan)
    for index, mask in enumerate(masks):
        for axis in (0, 1):
            profile = np.count_nonzero(mask, axis=axis).astype(np.float64)
            covered = np.flatnonzero(profile)
            if len(covered):
                areas[index] = profile.sum()
                centres[index, axis] = np.average(np.arange(len(profile)) + 0.5, weights=profile)
                boxes[index, axis], boxes[index, axis + 2] = covered[0], covered[-1] + 1
    present = areas > 0
    times = np.arange(count)
    for axis in (0, 1):
        centres[:, axis] = np.interp(times, times[present], centres[present, axis])
    return ObjectPath(present, areas, centres, boxes)


def smoothed(centres: NDArray[np.float64], frames: float) -> NDArray[np.float64]:
    """Return a path [T, 2] without its quick movements: a Gaussian over time, ``frames`` its deviation.

    The path is carried on beyond its ends point-symmetrically, so that steady motion is kept up to the ends.
    """
    reach = int(np.ceil(3 * frames))
    carried_on = np.pad(centres, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    filtered: NDArray[np.float64] = gaussian_filter1d(carried_on, frames, axis=0, truncate=3)
    return filtered[reach : reach + len(centres)]


def steady_growth(sizes: NDArray[np.float64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return sizes [T] that change as an approach and a retreat change them, not as limbs and masks do.

    The logarithms follow a parabola over time, fitted where the object is present; the result stays in the
    range of the given sizes.

    Args:
        sizes: float64 [T], positive where the object is present.
        present: bool [T], at least one True.
    """
    times = np.flatnonzero(present)
    logarithms = np.log(sizes[times])
    fit = np.polynomial.Polynomial.fit(times, logarithms, min(2, len(times) - 1), domain=[0, len(sizes)])
    growth: NDArray[np.float64] = np.exp(
        np.clip(fit(np.arange(len(sizes))), logarithms.min(), logarithms.max())
    )
    return growth


@dataclass(frozen=True, eq=False)
class SteadyMotion:
    """An object's motion without its quick movements and without the flicker of its masks.

    Attributes:
        path: where it really is.
        centres: float64 [T, 2], its smoothed centre (x, y).
        areas: float64 [T], pixels, without flicker (``steady_growth``).
        extents: float64 [T, 2], width and height, without flicker.
    """

    path: ObjectPath
    centres: NDArray[np.float64]
    areas: NDArray[np.float64]
    extents: NDArray[np.float64]


def steady_motion(masks: NDArray[np.bool_], frames: float) -> SteadyMotion:
    """Return the steady motion of an object.

    Args:
        masks: bool [T, H, W], with the object on at least one frame.
        frames: deviation of the Gaussian that smooths its centre, in frames.
    """
    path = follow(masks)
    extents = [steady_growth(path.extents[:, axis], path.present) for axis in (0, 1)]
    return SteadyMotion(
        path=path,
        centres=smoothed(path.centres, frames),
        areas=steady_growth(path.areas, path.present),
        extents=np.stack(extents, axis=1),
    )


def played_motion(masks: NDArray[np.bool_], order: NDArray[np.int64], frames: float) -> SteadyMotion:
    """Return the steady motion, in its own picture, of an object whose frames are shown in some order.

    It is taken from the footage in its own time, over the run of frames that ``order`` shows.

    Args:
        masks: bool [T, H, W].
        order: int64 [T], indices into ``masks`` (``playing_order``).
        frames: deviation of the Gaussian that smooths its centre, in frames.
    """
    first, last = int(order.min()), int(order.max())
    motion = steady_motion(masks[first : last + 1], frames)
    path = motion.path
    places = order - first
    return SteadyMotion(
        path=ObjectPath(path.present[places], path.areas[places], path.centres[places], path.boxes[places]),
        centres=motion.centres[places],
        areas=motion.areas[places],
        extents=motion.extents[places],
    )


def cut_off_sides(mask: NDArray[np.bool_], border: int = 2) -> NDArray[np.bool_]:
    """Return bool [4]: whether the object reaches the left, top, right and bottom border of its picture.

    Args:
        mask: bool [H, W].
        border: how near to the picture's edge counts as reaching it, in pixels.
    """
    return np.array(
        [mask[:, :border].any(), mask[:border].any(), mask[:, -border:].any(), mask[-border:].any()]
    )


def playing_order(masks: NDArray[np.bool_], ahead: int = 0) -> NDArray[np.int64]:
    """Return which frame of an object's footage to show on each frame of a clip, so that it is whole.

    Frames play in their own time where the object is seen whole: in one piece, and not cut off by the border
    of its picture. Where it is not, the longest run of such frames is played back and forth instead. Footage
    without such a frame is searched for one where it is not cut off, then for one where it is seen at all.

    Args:
        masks: bool [T, H, W], with the object on at least one frame.
        ahead: how many frames ahead of their own time the frames play.

    Returns:
        int64 [T], indices into ``masks``.
    """
    present: NDArray[np.bool_] = np.any(masks, axis=(1, 2))
    uncut = present & ~np.array([cut_off_sides(mask).any() for mask in masks])
    whole = uncut & np.array([_in_one_piece(mask) for mask in masks])
    best = next(frames for frames in (whole, uncut, present) if frames.any())
    first, count = _longest_run(best)
    if count == 1:
        return np.full(len(masks), first, dtype=np.int64)
    phase = (np.arange(len(masks)) + ahead - first) % (2 * (count - 1))
    return first + np.minimum(phase, 2 * (count - 1) - phase)


def _in_one_piece(mask: NDArray[np.bool_]) -> bool:
    """Return whether one connected piece holds nine tenths of a mask's pixels."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return False
    object_box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint8)
    _, _, statistics, _ = cv2.connectedComponentsWithStats(object_box)
    areas = statistics[1:, cv2.CC_STAT_AREA]
    return bool(areas.max() >= 0.9 * areas.sum())


def _longest_run(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """Return start and length of the first longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest] - starts[longest])
