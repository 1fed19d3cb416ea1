"""The three features of the paper (A.1): a frame at one position against its references."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from torch import Tensor

from samscope.observation.distance import Distances, distances
from samscope.observation.known import KnownOfStep, same_tensors

FEATURE_WINDOW = 5
"""References that the long feature takes (paper, A.1.1)."""


@dataclass(frozen=True, eq=False)
class ReferenceWindow:
    """The latest frames of a track that are known to contain the object, at one position.

    Attributes:
        frames: their indices in the clip, ascending, at most ``FEATURE_WINDOW``.
        tensors: the position's tensor on each of them; they are shared, never copied.
    """

    frames: tuple[int, ...] = ()
    tensors: tuple[Tensor, ...] = ()

    def add(self, frame: int, tensor: Tensor) -> "ReferenceWindow":
        """Return the window with one more reference, and without the oldest where there are too many.

        Args:
            frame: its index; later than all in the window.
            tensor: the position's tensor, shaped as the others.

        Raises:
            ValueError: the window already reaches to ``frame`` or beyond it.
        """
        if self.frames and frame <= self.frames[-1]:
            raise ValueError(f"frame {frame} is not later than the latest reference, {self.frames[-1]}")
        return ReferenceWindow(
            (*self.frames, frame)[-FEATURE_WINDOW:], (*self.tensors, tensor)[-FEATURE_WINDOW:]
        )


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
    frame: int,
    tensor: Tensor | None,
    histories: Sequence[History],
    becomes_reference: Sequence[bool],
    known: KnownOfStep,
) -> tuple[list[Features], list[History]]:
    """Compare a frame with its references at one position, then let it become one.

    The references of a frame never include the frame itself. Nothing is compared with the same tensors twice.

    Args:
        frame: its index in the clip.
        tensor: the position's tensor; None where it does not exist or must not be compared: then it has no
            features and becomes no reference.
        histories: of one track and one position; they differ in what they take as references.
        becomes_reference: for each history, whether it takes this frame as one.
        known: what was measured of this step.

    Returns:
        For each history the frame's features, and the history that the next frame is compared with.
    """
    if tensor is None:
        return [Features() for _ in histories], [History(history.window) for history in histories]
    tensor = known.get(("flat", id(tensor)), partial(_flat, tensor))
    features, after = [], []
    for history, becomes in zip(histories, becomes_reference, strict=True):
        window = history.window
        long = _distances(tensor, window.tensors, known)
        short = long.latest
        features.append(
            Features(
                short=short,
                long=long.std,
                ratio=short / history.short if short is not None and history.short else None,
                references=len(window.frames),
                age=frame - window.frames[-1] if window.frames else None,
                long_variance=long.variance,
                long_none=long.none,
                long_variance_without_floor=long.variance_without_floor,
            )
        )
        after.append(History(window.add(frame, tensor) if becomes else window, short))
    return features, after


def _flat(tensor: Tensor) -> Tensor:
    return tensor.detach().flatten().contiguous()


def _distances(tensor: Tensor, references: tuple[Tensor, ...], known: KnownOfStep) -> Distances:
    """Return the distances to some references: every one that is measured of a step comes from here."""
    key = ("distances", id(tensor), same_tensors(references))
    return known.get(key, partial(distances, tensor, references))
