"""samscope: see what a SAM 2 tracker knows about an object while it tracks it."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from samscope.records.store import Study, open_study
    from samscope.studies.one_call import study
    from samscope.trackers.family import Tracker
    from samscope.trackers.registry import load_model
    from samscope.trackers.sam2.loading import Model
    from samscope.trackers.seen import Seen
    from samscope.trackers.track import track
    from samscope.videos.opened import open_video

__version__ = version("samscope")

__all__ = ["Model", "Seen", "Study", "Tracker", "load_model", "open_study", "open_video", "study", "track"]

_HOMES = {
    "Model": "samscope.trackers.sam2.loading",
    "Seen": "samscope.trackers.seen",
    "Study": "samscope.records.store",
    "Tracker": "samscope.trackers.family",
    "load_model": "samscope.trackers.registry",
    "open_study": "samscope.records.store",
    "open_video": "samscope.videos.opened",
    "study": "samscope.studies.one_call",
    "track": "samscope.trackers.track",
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
