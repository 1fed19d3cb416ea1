"""A measured number with its interval, and checks made of such numbers as plain values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from samscope.analysis.statistics.bootstrap import Estimate, mean_by_group


@dataclass(frozen=True)
class Measure:
    """A number measured on clips.

    Attributes:
        estimate: the number and its 95 % interval, by bootstrap over clips.
        clips: how many clips it rests on.
        meaning: what it says, in words.
    """

    estimate: Estimate
    clips: int
    meaning: str

    @property
    def value(self) -> float:
        """The number; NaN where no clip defines it."""
        return self.estimate.value

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval; NaN with fewer than two clips."""
        return self.estimate.low, self.estimate.high

    def stated(self) -> dict[str, Any]:
        """Return plain values for JSON; None for what is not defined."""
        return {
            "value": plain(self.value),
            "interval": plain(self.interval) if self.estimate.has_interval else None,
            "clips": self.clips,
            "meaning": self.meaning,
        }


def mean_of_clips(values: ArrayLike, meaning: str) -> Measure:
    """Return the mean of one value a clip, float [N]; those that are not finite are left out."""
    values = np.asarray(values, np.float64)
    return mean_of_frames(values, np.arange(len(values)), meaning)


def mean_of_frames(values: ArrayLike, clips: ArrayLike, meaning: str) -> Measure:
    """Return the mean of one value a frame, float [N], whose clip is ``clips`` [N].

    A clip with more frames weighs more. Values that are not finite are left out.
    """
    values, clips = np.asarray(values, np.float64), np.asarray(clips)
    finite = np.isfinite(values)
    return Measure(mean_by_group(values, clips), len(np.unique(clips[finite])), meaning)


def plain(value: Any) -> Any:
    """Return a check, or a part of one, as plain values for JSON; None for numbers that are not finite."""
    match value:
        case Measure():
            return value.stated()
        case Mapping():
            return {str(key): plain(part) for key, part in value.items()}
        case list() | tuple():
            return [plain(part) for part in value]
        case float():
            return value if math.isfinite(value) else None
        case _ if is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value
