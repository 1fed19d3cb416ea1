"""samscope: see what a SAM 2 tracker knows about an object while it tracks it."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from samscope.records.store import Study, open_study
    from samscope.studies.one_call import study
    from samscope.trackers.family import Tracker
    from samscope.trackers.object_track import Released
    from samscope.trackers.prompts import FramePrompt, PromptedObject, read_prompts
    from samscope.trackers.registry import load_model
    from samscope.trackers.sam2.loading import Model
    from samscope.trackers.seen import Seen
    from samscope.trackers.track import continue_track, track
    from samscope.trackers.track_objects import track_objects
    from samscope.trackers.tracked_frame import TrackedFrame
    from samscope.trackers.tracking_session import TrackingSession
    from samscope.videos.opened import open_video

__version__ = version("samscope")

__all__ = [
    "FramePrompt",
    "Model",
    "PromptedObject",
    "Released",
    "Seen",
    "Study",
    "TrackedFrame",
    "Tracker",
    "TrackingSession",
    "continue_track",
    "load_model",
    "open_study",
    "open_video",
    "read_prompts",
    "study",
    "track",
    "track_objects",
]

_HOMES = {
    "FramePrompt": "samscope.trackers.prompts",
    "Model": "samscope.trackers.sam2.loading",
    "PromptedObject": "samscope.trackers.prompts",
    "Released": "samscope.trackers.object_track",
    "Seen": "samscope.trackers.seen",
    "Study": "samscope.records.store",
    "TrackedFrame": "samscope.trackers.tracked_frame",
    "Tracker": "samscope.trackers.family",
    "TrackingSession": "samscope.trackers.tracking_session",
    "continue_track": "samscope.trackers.track",
    "load_model": "samscope.trackers.registry",
    "open_study": "samscope.records.store",
    "open_video": "samscope.videos.opened",
    "read_prompts": "samscope.trackers.prompts",
    "study": "samscope.studies.one_call",
    "track": "samscope.trackers.track",
    "track_objects": "samscope.trackers.track_objects",
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
