"""samscope: see what a SAM 2 tracker knows about an object while it tracks it."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from samscope.models.loading import Model, load_model
    from samscope.one_call import study
    from samscope.records.store import Study, open_study
    from samscope.tracking.seen import Seen
    from samscope.tracking.track import track

__version__ = version("samscope")

__all__ = ["Model", "Seen", "Study", "load_model", "open_study", "study", "track"]

_HOMES = {
    "Model": "samscope.models.loading",
    "Seen": "samscope.tracking.seen",
    "Study": "samscope.records.store",
    "load_model": "samscope.models.loading",
    "open_study": "samscope.records.store",
    "study": "samscope.one_call",
    "track": "samscope.tracking.track",
}


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: ``import samscope`` alone stays instant."""
    if name in _HOMES:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'samscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what is public, whether it has been imported yet or not."""
    return sorted([*__all__, "__version__"])
