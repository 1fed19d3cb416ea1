"""What has been measured already, for clips that have a frame or a step in common."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from samscope.trackers.positions import BY_NAME

Value = TypeVar("Value")


class MeasurementCache:
    """Keeps what was measured, so that it is measured once whoever asks for it, from whatever thread."""

    def __init__(self) -> None:
        self._measured: dict[Hashable, Future[Any]] = {}
        self._lock = Lock()

    def __contains__(self, key: Hashable) -> bool:
        """Tell whether something was measured under a key, or is being measured."""
        with self._lock:
            return key in self._measured

    def get(self, key: Hashable, measure: Callable[[], Value]) -> Value:
        """Return what was measured under a key, after measuring it if nothing was, or waiting for who does.

        Args:
            key: names the measurement and all that it depends on.
            measure: measures it; it must not ask for the same.

        Raises:
            Exception: what measuring it has raised, here or elsewhere.
        """
        with self._lock:
            earlier = self._measured.get(key)
            if earlier is None:
                mine = self._measured[key] = Future()
        if earlier is not None:
            value: Value = earlier.result()
            return value
        try:
            value = measure()
        except BaseException as error:
            mine.set_exception(error)
            raise
        mine.set_result(value)
        return value


@dataclass(frozen=True, eq=False)
class StepCaches:
    """What has been measured of one step, and of its frame.

    Attributes:
        frame: the frame's number among the distinct frames of all clips.
        of_frames: what depends on frames alone, by their numbers; shared by all steps of all clips, and held
            as long as they last.
        of_step: what depends on the step.
        name: of the step, unlike that of any other.
    """

    frame: int
    of_frames: MeasurementCache = field(default_factory=MeasurementCache)
    of_step: MeasurementCache = field(default_factory=MeasurementCache)
    name: Hashable = field(default_factory=object)

    def at_position(self, position: str) -> tuple[MeasurementCache, Hashable]:
        """Return the cache of what is measured at a position, and the name of its tensor in there.

        Args:
            position: a name of ``models.positions``.
        """
        if BY_NAME[position].of_frame_alone:
            return self.of_frames, (position, self.frame)
        return self.of_step, (position, self.name)
