"""Which answers are settled, where a track keeps several paths: those that all paths have in common.

The answer of such a track is what was seen along its best path at the end of the clip. But paths are given up
and new ones begin where others have been, so that most frames are the same for all paths long before the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from torch import Tensor

from samscope.trackers.family import BranchedStep, Step
from samscope.trackers.positions import POSITION_NAMES
from samscope.trackers.seen import FURTHER_SITES, Scores, Seen, scores_of, see

SeenOnPaths = Sequence[tuple[int, Seen]]
"""What was seen in a step on each path, best first, behind the place of the path that it went on from."""


@dataclass(frozen=True, eq=False)
class Unsettled:
    """What was seen on frames on which paths differ: all that a final answer may need.

    Attributes:
        paths: of each path, best first, what was seen on it, oldest first; all are of one length, which is 0
            as long as there is one path.
    """

    paths: tuple[tuple[Seen, ...], ...] = ((),)

    def after(self, seen: SeenOnPaths) -> tuple[tuple[Seen, ...], "Unsettled"]:
        """Return what a step settles, oldest first, and what is unsettled then.

        Args:
            seen: what was seen in it; paths that have gone the same way saw the same object.
        """
        paths = [(*self.paths[parent], latest) for parent, latest in seen]
        alike = takewhile(
            lambda on_all: all(on_path is on_all[0] for on_path in on_all), zip(*paths, strict=True)
        )
        count = len(list(alike))
        return paths[0][:count], Unsettled(tuple(path[count:] for path in paths))

    @property
    def best(self) -> tuple[Seen, ...]:
        """What was seen on the best path, oldest first: the answer, if no frame comes any more."""
        return self.paths[0]


def read_scores(steps: Sequence[Step]) -> Mapping[int, Scores]:
    """Return the scores of steps and of their paths by ``id``, for which a device is waited for once."""
    taken = [path_step for step in steps for path_step in _taken(step)]
    return dict(zip(map(id, taken), scores_of(taken), strict=True))


def _taken(step: Step) -> Iterable[Step]:
    return (taken for _, taken in step.paths) if isinstance(step, BranchedStep) else (step,)


def see_paths(step: Step, size: tuple[int, int], scores: Mapping[int, Scores] | None = None) -> SeenOnPaths:
    """Return what was seen in a step with a batch of one on each of its paths.

    Args:
        step: the step; what is not branched has one path.
        size: height and width of the frame, which the masks are scaled to.
        scores: as ``read_scores`` gives them; None to read those of this step.
    """
    scores = read_scores([step]) if scores is None else scores
    if not isinstance(step, BranchedStep):
        return [(0, see(step, size, scores[id(step)]))]
    seen = {id(taken): see(taken, size, scores[id(taken)]) for _, taken in step.paths}
    if len(seen) > 1:
        copies: dict[tuple[object, ...], Tensor] = {}
        seen = {key: _held_apart(path_seen, copies) for key, path_seen in seen.items()}
    return [(parent, seen[id(taken)]) for parent, taken in step.paths]


def _held_apart(seen: Seen, copies: dict[tuple[object, ...], Tensor]) -> Seen:
    """Return the same in tensors of its own, so that to hold it holds nothing of a batch it was part of.

    Args:
        seen: what was seen on a path.
        copies: the copies of what was seen on other paths, for what they have in common.
    """
    apart: dict[str, Any] = {}
    for name in ("mask", "mask_logits", *POSITION_NAMES, *FURTHER_SITES):
        tensor: Tensor | None = getattr(seen, name)
        if tensor is not None and tensor.untyped_storage().nbytes() > tensor.nbytes:
            key = name, tensor.data_ptr()
            if key not in copies:
                copies[key] = tensor.clone()
            apart[name] = copies[key]
    return replace(seen, **apart)
