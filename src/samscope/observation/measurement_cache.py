"""What has been measured already, for clips that have a frame or a step in common."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from samscope.trackers.positions import BY_NAME

Value = TypeVar("Value")


class Known:
    """Keeps what was measured, so that it is measured once whoever asks for it, from whatever thread."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Future[Any]] = {}
        self._lock = Lock()

    def __contains__(self, what: Hashable) -> bool:
        """Tell whether something is known under a key, or being measured."""
        with self._lock:
            return what in self._known

    def get(self, what: Hashable, measure: Callable[[], Value]) -> Value:
        """Return what is known under a key, after measuring it if nothing is, or waiting for who does.

        Args:
            what: names the measurement and all that it depends on.
            measure: measures it; it must not ask for the same.

        Raises:
            Exception: what measuring it has raised, here or elsewhere.
        """
        with self._lock:
            known = self._known.get(what)
            if known is None:
                mine = self._known[what] = Future()
        if known is not None:
            value: Value = known.result()
            return value
        try:
            value = measure()
        except BaseException as error:
            mine.set_exception(error)
            raise
        mine.set_result(value)
        return value


@dataclass(frozen=True, eq=False)
class KnownOfStep:
    """What has been measured of one step, and of its frame.

    Attributes:
        frame: the frame's number among the distinct frames of all clips.
        of_frames: what depends on frames alone, by their numbers; shared by all steps of all clips, and held
            as long as they last.
        of_step: what depends on the step.
        name: of the step, unlike that of any other.
    """

    frame: int
    of_frames: Known = field(default_factory=Known)
    of_step: Known = field(default_factory=Known)
    name: Hashable = field(default_factory=object)

    def of(self, position: str) -> tuple[Known, Hashable]:
        """Return where that is kept which is measured at a position, and what its tensor is known by there.

        Args:
            position: a name of ``models.positions``.
        """
        if BY_NAME[position].of_frame_alone:
            return self.of_frames, (position, self.frame)
        return self.of_step, (position, self.name)
