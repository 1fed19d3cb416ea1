"""The feature rows of a clip: what becomes a reference, and what each frame shows at each position."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from samscope.clips.clip import Clip
from samscope.observation.features import Features, FrameAtPosition, History, advance
from samscope.observation.kinds import GAP_SET, REFERENCES, References, feature_column
from samscope.observation.map_levels import NO_LEVELS, frame_levels, map_moments
from samscope.observation.measurement import Measurement
from samscope.observation.measurement_cache import MeasurementCache, StepCaches
from samscope.trackers.family import PlacedPosition, whole
from samscope.trackers.positions import MAPPED, POSITION_NAMES
from samscope.trackers.seen import Seen

Row = dict[str, Any]


def reference_rules(clip: Clip) -> dict[tuple[str, References], NDArray[np.bool_]]:
    """Return which frames may be references, for each set of feature rows and each kind of references.

    ``present`` takes all frames that contain the object by ground truth (the paper's A.1), ``untransformed``
    those of them that are not transformed. ``online`` knows no ground truth: any frame may be one, if it is
    ``believed``. A clean clip has the rows of ``GAP_SET`` besides its own: there no frame of the middle is a
    reference, so that the references grow as old as those of a clip whose object is gone. (Online those of
    such a clip are younger wherever its tracker takes something else for the object.)

    Args:
        clip: the clip.

    Returns:
        bool [T] by set and kind.
    """
    rules: dict[tuple[str, References], NDArray[np.bool_]] = {
        (clip.set, "present"): clip.present,
        (clip.set, "untransformed"): clip.present & ~clip.transformed,
        (clip.set, "online"): np.ones_like(clip.present),
    }
    if clip.set == "clean":
        outside = ~np.isin(np.arange(clip.timeline.length), clip.timeline.middle_frames)
        rules |= {(GAP_SET, kind): rule & outside for (_, kind), rule in rules.items()}
    return rules


def believed(seen: Seen) -> bool:
    """Return whether the tracker itself takes the object as there.

    It does on the prompted frame and where its object score is above 0; without such a score, where its mask
    has any pixel.
    """
    if seen.object_score is None:
        return seen.prompted or bool(seen.mask.any())
    return seen.prompted or seen.object_score > 0


def comparable(seen: Seen, position: str) -> Tensor | None:
    """Return what features compare at a position, None where there is nothing to compare.

    On a frame that was prompted with a mask the image side of the decoder only makes the pointer:
    ``prompt_conditioned`` is another computation there than on any other frame.

    Args:
        seen: the frame.
        position: a name of ``models.positions``.
    """
    if seen.prompted_by_mask and position == "prompt_conditioned":
        return None
    tensor: Tensor | None = getattr(seen, position)
    return tensor


class FeatureRows:
    """Collects a clip's rows of the table FEATURES frame by frame, and holds no tensor but the references.

    Args:
        clip: the clip.
        positions: as for ``observe.observing``.
    """

    def __init__(self, clip: Clip, positions: Sequence[PlacedPosition] = ()) -> None:
        self._clip = clip
        self._as_map = {position.name: position.as_map for position in positions}
        self._rules = reference_rules(clip)
        self._histories = {position: [History() for _ in self._rules] for position in POSITION_NAMES}
        self._rows: dict[str, list[Row]] = {name: [] for name, _ in self._rules}

    def measurements(self, seen: Seen, caches: StepCaches) -> Iterator[Measurement[Any]]:
        """Yield what ``add`` measures of the next frame's tensors.

        Args:
            seen: the frame.
            caches: what was measured for other clips of this step and its frame.
        """
        for position in MAPPED:
            of_position = self._map(seen, position)
            if of_position is not None:
                yield map_moments(position, of_position, caches)
        for position in POSITION_NAMES:
            frame_at_position, cache = _at_position(seen, position, caches)
            if frame_at_position is None:
                continue
            for history in self._histories[position]:
                comparison = history.window.comparison(frame_at_position, cache)
                if comparison is not None:
                    yield comparison

    def add(self, seen: Seen, caches: StepCaches) -> None:
        """Add the rows of the next frame, one a position, and for clean clips one more for the control.

        Args:
            seen: the frame.
            caches: what was measured for other clips of this step and its frame.
        """
        becomes_reference = [
            bool(rule[seen.frame_index]) and (kind != "online" or believed(seen))
            for (_, kind), rule in self._rules.items()
        ]
        frame, clip = seen.frame_index, self._clip
        levels = frame_levels(
            {position: self._map(seen, position) for position in MAPPED},
            clip.frames[frame],
            clip.masks[frame],
            None if clip.rivals is None else clip.rivals[frame],
            caches,
        )
        for position in POSITION_NAMES:
            frame_at_position, cache = _at_position(seen, position, caches)
            compared, self._histories[position] = advance(
                frame_at_position, self._histories[position], becomes_reference, cache
            )
            features = dict(zip(self._rules, compared, strict=True))
            for set_name, rows in self._rows.items():
                key = {"set": set_name, "clip": clip.draw.clip, "frame": frame, "position": position}
                of_map = levels.get(position, NO_LEVELS) if set_name == clip.set else NO_LEVELS
                rows.append(key | _columns({kind: features[set_name, kind] for kind in REFERENCES}) | of_map)

    def _map(self, seen: Seen, position: str) -> Tensor | None:
        """Return the map of a position [C, h, w]; None where there is nothing to compare."""
        tensor, as_map = comparable(seen, position), self._as_map.get(position, whole)
        return None if tensor is None or as_map is None else as_map(tensor)

    def rows(self) -> list[Row]:
        """Return all rows so far: those of the clip's set by frame and position, then the control's."""
        return [row for rows in self._rows.values() for row in rows]


def _at_position(
    seen: Seen, position: str, caches: StepCaches
) -> tuple[FrameAtPosition | None, MeasurementCache]:
    """Return what is compared of a frame, None for nothing, and where its distances are kept."""
    cache, name = caches.at_position(position)
    flat = caches.of_step.get(("flat", position), partial(_flat, comparable(seen, position)))
    return None if flat is None else FrameAtPosition(seen.frame_index, flat, name), cache


def _flat(tensor: Tensor | None) -> Tensor | None:
    """Return a tensor in one dimension; a copy where it is part of a batch, which it would hold in memory."""
    if tensor is None:
        return None
    flat = tensor.detach().flatten()
    return flat.clone() if flat.untyped_storage().nbytes() > flat.nbytes else flat


def _columns(features: Mapping[References, Features]) -> Row:
    return {
        feature_column(name, kind): value
        for kind, of_kind in features.items()
        for name, value in vars(of_kind).items()
    }
