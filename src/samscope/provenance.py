"""What made a result, when and how fast: the part of ``study.json`` that differs between equal runs."""

import platform
import resource
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from samscope import __version__

_LIBRARIES = ("numpy", "opencv-python-headless", "pillow", "torch", "transformers")


def provenance(seconds: Mapping[str, float]) -> dict[str, Any]:
    """Return versions, machine, time and cost of the work that this process has done so far.

    Args:
        seconds: how long each stage took.

    Returns:
        ``created`` is in UTC; ``peak_memory_bytes`` is the largest resident size of the process so far.
    """
    return {
        "samscope": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: version(name) for name in _LIBRARIES},
        "seconds": dict(seconds),
        "peak_memory_bytes": peak_memory(),
    }


def peak_memory() -> int:
    """Return the largest resident size of this process so far, in bytes; on Linux its parent's counts too."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
