"""The three features of the paper (A.1): a frame at one position against its references."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from samscope.observation.distance import Distances, distance_sums, read_distances
from samscope.observation.kinds import FEATURE_WINDOW
from samscope.observation.measurement import Measurement
from samscope.observation.measurement_cache import MeasurementCache


@dataclass(frozen=True, eq=False)
class FrameAtPosition:
    """One frame of a track at one position.

    Attributes:
        frame: its index in the clip.
        tensor: the position's tensor, of one dimension; shared, never copied.
        name: what the tensor is known by: those of the same name are equal.
    """

    frame: int
    tensor: Tensor
    name: Hashable


@dataclass(frozen=True, eq=False)
class ReferenceWindow:
    """The latest frames of a track that are known to contain the object, at one position.

    Attributes:
        references: in the order of their frames, at most ``FEATURE_WINDOW``.
    """

    references: tuple[FrameAtPosition, ...] = ()

    @property
    def frames(self) -> tuple[int, ...]:
        """The references' indices in the clip, ascending."""
        return tuple(reference.frame for reference in self.references)

    def add(self, reference: FrameAtPosition) -> "ReferenceWindow":
        """Return the window with one more reference, and without the oldest where there are too many.

        Args:
            reference: later than all in the window; its tensor is shaped as theirs.

        Raises:
            ValueError: the window already reaches to its frame or beyond it.
        """
        if self.references and reference.frame <= self.references[-1].frame:
            raise ValueError(
                f"frame {reference.frame} is not later than the latest reference, {self.references[-1].frame}"
            )
        return ReferenceWindow((*self.references, reference)[-FEATURE_WINDOW:])

    def comparison(self, seen: FrameAtPosition, cache: MeasurementCache) -> Measurement[Distances] | None:
        """Return the measurement of how far a frame lies from the references; None where there is none.

        Args:
            seen: the frame, at the same position.
            cache: what was measured of tensors by their names.
        """
        if not self.references:
            return None
        names = tuple(reference.name for reference in self.references)
        tensors = (seen.tensor, *(reference.tensor for reference in self.references))
        return Measurement(distance_sums, read_distances, tensors, cache, ("distances", seen.name, names))


@dataclass(frozen=True)
class Features:
    """What one frame shows at one position; None where it is undefined or infinite.

    Attributes:
        short: plain L2 distance to the latest reference.
        long: distance to all references of the window, regularised by their standard deviation.
        ratio: ``short`` as a multiple of the previous frame's ``short``.
        references: how many references ``long`` has.
        age: frames since the latest reference, at least 1; None without one.
        long_variance: ``long`` with the variance as spread.
        long_none: ``long`` without a spread; one reference is enough for it.
        long_variance_without_floor: ``long`` with the variance as spread, however small (the paper's).
    """

    short: float | None = None
    long: float | None = None
    ratio: float | None = None
    references: int = 0
    age: int | None = None
    long_variance: float | None = None
    long_none: float | None = None
    long_variance_without_floor: float | None = None


@dataclass(frozen=True, eq=False)
class History:
    """What the features of the next frame need to know of the frames before it, at one position.

    Attributes:
        window: the references.
        short: the previous frame's ``short``.
    """

    window: ReferenceWindow = field(default_factory=ReferenceWindow)
    short: float | None = None


def advance(
    seen: FrameAtPosition | None,
    histories: Sequence[History],
    becomes_reference: Sequence[bool],
    cache: MeasurementCache,
) -> tuple[list[Features], list[History]]:
    """Compare a frame with its references at one position, then let it become one.

    The references of a frame never include the frame itself. What is known is not measured again.

    Args:
        seen: the frame; None where the position does not exist or must not be compared: then it has no
            features and becomes no reference.
        histories: of one track and one position; they differ in what they take as references.
        becomes_reference: for each history, whether it takes this frame as one.
        cache: what was measured of tensors by their names.

    Returns:
        For each history the frame's features, and the history that the next frame is compared with.
    """
    if seen is None:
        return [Features() for _ in histories], [History(history.window) for history in histories]
    features, after = [], []
    for history, becomes in zip(histories, becomes_reference, strict=True):
        window, frames = history.window, history.window.frames
        comparison = window.comparison(seen, cache)
        long = Distances() if comparison is None else comparison.value()
        short = long.latest
        features.append(
            Features(
                short=short,
                long=long.std,
                ratio=short / history.short if short is not None and history.short else None,
                references=len(frames),
                age=seen.frame - frames[-1] if frames else None,
                long_variance=long.variance,
                long_none=long.none,
                long_variance_without_floor=long.variance_without_floor,
            )
        )
        after.append(History(window.add(seen) if becomes else window, short))
    return features, after
