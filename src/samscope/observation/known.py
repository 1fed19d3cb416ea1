"""What has been measured of one step already, for a clip that others have the step in common with."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from torch import Tensor

Value = TypeVar("Value")


class KnownOfStep:
    """Keeps what was measured of one step, so that clips that share the step measure it once.

    Values are known by what they were measured from, never by which clip asked: tensors by identity, as they
    live at least as long as the step is observed.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def get(self, what: Hashable, measure: Callable[[], Value]) -> Value:
        """Return what is known under a key, after measuring it if nothing is.

        Args:
            what: names the measurement and all that it depends on besides the step.
            measure: measures it.
        """
        if what not in self._known:
            self._known[what] = measure()
        value: Value = self._known[what]
        return value


def same_tensors(tensors: tuple[Tensor, ...]) -> Hashable:
    """Return a key that is equal for the very same tensors in the same order."""
    return tuple(map(id, tensors))
