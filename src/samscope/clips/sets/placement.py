"""Where in a picture a cut-out is put, and at what scale."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samscope.clips.sets.motion import cut_off_sides, follow

PLAUSIBLE_AREAS = (0.02, 0.12)
"""Shares of the picture between which the median area of a pasted object lies, if its path then fits."""

_LARGEST_SCALE = 2.5
"""How much an object may be enlarged, beyond what makes its own picture as large as the target."""

_SWAY = 0.1
"""How far above or below its own relative height a pasted path comes to lie, in heights of the picture."""

_BORDER = 2
"""Pixels left free between a pasted path and the picture's borders."""

_LITTLE_HIDDEN = 0.05
"""Share of what is to be seen that a pasted path hides at most on any frame, if it can be done."""

_PLACES = 12
"""Places that are tried near the path's own height, and as many anywhere, before it is made smaller."""

_SMALLER = (1.0, 0.8, 0.65, 0.5, 0.4)
"""What the scale is multiplied by, one after another, where no place is free enough."""

_SCALE_STEPS = 4096
_PLACE_STEPS = 64


@dataclass(frozen=True)
class Placement:
    """A scale and a shift: the point (x, y) of the own picture comes to (scale x + left, scale y + top).

    Scales are multiples of 1/4096 and shifts of 1/64 pixel, so that they can be named exactly (``str``).

    Attributes:
        scale: pixels of the target for one pixel of the own picture, positive.
        left: column of the target at which the own picture's left border lies; may be outside.
        top: row of the target at which the own picture's top border lies; may be outside.
    """

    scale: float
    left: float
    top: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", max(round(self.scale * _SCALE_STEPS), 1) / _SCALE_STEPS)
        object.__setattr__(self, "left", round(self.left * _PLACE_STEPS) / _PLACE_STEPS)
        object.__setattr__(self, "top", round(self.top * _PLACE_STEPS) / _PLACE_STEPS)

    def __str__(self) -> str:
        return f"scale {self.scale!r} left {self.left!r} top {self.top!r}"


def bringing(point: NDArray[np.float64], target: NDArray[np.float64], scale: float) -> Placement:
    """Return the placement that brings a point (x, y) to the point ``target`` at a scale."""
    scale = Placement(scale, 0, 0).scale
    left, top = target - scale * point
    return Placement(scale, float(left), float(top))


def scales_to(
    areas: NDArray[np.float64],
    own_areas: NDArray[np.float64],
    size: tuple[int, ...],
    own_size: tuple[int, ...],
) -> NDArray[np.float64]:
    """Return the scales that give an object certain areas, as far as it may be enlarged.

    Args:
        areas: float64 [T], wanted pixels in the target.
        own_areas: float64 [T], pixels in its own picture.
        size: height and width of the target.
        own_size: height and width of its own picture.
    """
    as_large = np.sqrt(size[0] * size[1] / (own_size[0] * own_size[1]))
    scales: NDArray[np.float64] = np.minimum(np.sqrt(areas / own_areas), _LARGEST_SCALE * as_large)
    return scales


def points_of(mask: NDArray[np.bool_], most: int = 400) -> NDArray[np.float64]:
    """Return at most ``most`` points (x, y), float64 [N, 2], spread evenly over the pixels of a mask."""
    pixels = np.flatnonzero(mask)
    if len(pixels) > most:
        pixels = pixels[np.linspace(0, len(pixels) - 1, most).astype(np.int64)]
    rows, columns = np.divmod(pixels, mask.shape[1])
    return np.stack([columns + 0.5, rows + 0.5], axis=1)


def covers(points: NDArray[np.float64], mask: NDArray[np.bool_], placement: Placement) -> NDArray[np.bool_]:
    """Return which points of the target a placed object covers.

    Args:
        points: float64 [N, 2], x and y in the target.
        mask: bool [H, W] of the object in its own picture.
        placement: where the own picture lies in the target.

    Returns:
        bool [N].
    """
    own_points = np.floor((points - (placement.left, placement.top)) / placement.scale).astype(np.int64)
    columns, rows = own_points[:, 0], own_points[:, 1]
    height, width = mask.shape
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    covered = np.zeros(len(points), dtype=np.bool_)
    covered[inside] = mask[rows[inside], columns[inside]]
    return covered


def place_path(
    masks: NDArray[np.bool_],
    size: tuple[int, int],
    random: np.random.Generator,
    seen: NDArray[np.bool_] | None = None,
) -> Placement:
    """Choose one scale and shift that bring an object's whole path into a picture.

    It keeps its share of its own picture where that is plausible and fits. A side on which the border of its
    own video cuts it off stays at the same border of the picture, so that no cut shows. Otherwise it comes to
    lie anywhere across, and at most a tenth of the picture above or below its own relative height; where it
    would hide more than a twentieth of what is to be seen on some frame, anywhere down as well, and at last
    it is made smaller. Where nothing of that helps, it comes to lie where it hides least.

    Args:
        masks: bool [T, H', W'], the object in its own picture, with the object on at least one frame.
        size: height and width of the picture.
        random: decides the place.
        seen: bool [T, H, W], what is not to be hidden on each frame; None for nothing.
    """
    path = follow(masks)
    own_size = masks.shape[1:]
    cut = np.any([cut_off_sides(mask) for mask in masks], axis=0)
    first, last = np.nanmin(path.boxes[:, :2], axis=0), np.nanmax(path.boxes[:, 2:], axis=0)
    across = _Axis(size[1], own_size[1], first[0], last[0], cut[0], cut[2])
    down = _Axis(size[0], own_size[0], first[1], last[1], cut[1], cut[3])
    own_scale = np.sqrt(size[0] * size[1] / (own_size[0] * own_size[1]))
    share = np.median(path.areas[path.present]) / (own_size[0] * own_size[1])
    wanted_scale = own_scale * np.sqrt(np.clip(share, *PLAUSIBLE_AREAS) / share)
    fitting = min(wanted_scale, across.largest_scale, down.largest_scale)
    middle = (first[1] + last[1]) / 2

    def places(scale: float) -> Iterator[Placement]:
        scale = Placement(max(scale, across.least_scale, down.least_scale), 0, 0).scale
        own_top = middle * (size[0] / own_size[0] - scale)
        for place in range(2 * _PLACES):
            left = random.uniform(*across.shifts(scale))
            sway = own_top + random.uniform(-_SWAY, _SWAY) * size[0]
            near = place < _PLACES
            top = float(np.clip(sway, *down.shifts(scale)) if near else random.uniform(*down.shifts(scale)))
            whole = scale == 1
            yield Placement(scale, round(left) if whole else left, round(top) if whole else top)

    if seen is None or not seen.any():
        return next(places(fitting))
    points = [points_of(mask) for mask in seen]
    best = 1.0, next(places(fitting))
    for smaller in _SMALLER:
        for placement in places(fitting * smaller):
            hidden = largest_share_hidden(points, masks, placement)
            if hidden < best[0]:
                best = hidden, placement
            if hidden <= _LITTLE_HIDDEN:
                return placement
    return best[1]


def largest_share_hidden(
    points: Sequence[NDArray[np.float64]], masks: NDArray[np.bool_], placement: Placement
) -> float:
    """Return the largest share of a frame's points that a placed object covers, 0 where there are none.

    Args:
        points: for each of T frames float64 [N, 2], x and y in the picture.
        masks: bool [T, H, W], the object in its own picture.
        placement: where the own picture lies.
    """
    shares = (
        float(covers(seen, mask, placement).mean())
        for seen, mask in zip(points, masks, strict=True)
        if len(seen)
    )
    return max(shares, default=0.0)


@dataclass(frozen=True)
class _Axis:
    """A path along one axis of a picture, from ``first`` to ``last`` in its own picture, in pixels."""

    length: int
    own_length: int
    first: float
    last: float
    cut_first: bool
    cut_last: bool

    @property
    def largest_scale(self) -> float:
        """The largest scale at which the path fits between the borders that it must not cross."""
        if self.cut_first and self.cut_last:
            return np.inf
        if self.cut_first:
            return self.length / self.last
        if self.cut_last:
            return self.length / (self.own_length - self.first)
        return (self.length - 2 * _BORDER) / (self.last - self.first)

    @property
    def least_scale(self) -> float:
        """The smallest scale at which both cuts can be kept at the borders."""
        return self.length / self.own_length if self.cut_first and self.cut_last else 0.0

    def shifts(self, scale: float) -> tuple[float, float]:
        """Return the smallest and the largest shift that keep the path in and its cuts at the borders."""
        at_last = self.length - scale * self.own_length
        if self.cut_first or self.cut_last:
            low, high = (at_last if self.cut_last else 0.0), (0.0 if self.cut_first else at_last)
        else:
            low, high = _BORDER - scale * self.first, self.length - _BORDER - scale * self.last
        return (low, high) if low <= high else ((low + high) / 2, (low + high) / 2)
