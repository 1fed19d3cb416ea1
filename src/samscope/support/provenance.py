"""What made a result, when and how fast: the part of ``study.json`` that differs between equal runs."""

import os
import platform
import resource
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from samscope import __version__

_LIBRARIES = ("numpy", "opencv-python-headless", "pillow", "torch", "transformers")


def provenance(seconds: Mapping[str, float]) -> dict[str, Any]:
    """Return versions, host, time and cost of the work that this process has done so far.

    Args:
        seconds: how long each stage took.

    Returns:
        ``created`` is in UTC; ``peak_memory_bytes`` is the largest resident size of the process so far.
    """
    return {
        "samscope": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
        "host": platform.node(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: version(name) for name in _LIBRARIES},
        "seconds": dict(seconds),
        "peak_memory_bytes": peak_memory(),
    }


def made_here(seconds: float) -> dict[str, Any]:
    """Return where and when a part of a study was made, and at what cost.

    Args:
        seconds: how long it took.

    Returns:
        ``host`` and ``process``; ``at`` in UTC; ``seconds``; ``peak_memory_bytes`` as for ``provenance``.
    """
    return {
        "host": platform.node(),
        "process": os.getpid(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "peak_memory_bytes": peak_memory(),
    }


def cost_of(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Sum up what the parts of a study cost, whichever processes and machines made them.

    Args:
        parts: of each part what ``made_here`` returned; a shard may have none.

    Returns:
        ``hosts`` in order of their names; ``processes``, how many; ``first`` and ``last``, when the first and
        the last part was made, None where there is none; ``seconds`` of all of them together; the largest
        ``peak_memory_bytes``.
    """
    return {
        "hosts": sorted({part["host"] for part in parts}),
        "processes": len({(part["host"], part["process"]) for part in parts}),
        "first": min((part["at"] for part in parts), default=None),
        "last": max((part["at"] for part in parts), default=None),
        "seconds": round(sum(part["seconds"] for part in parts), 3),
        "peak_memory_bytes": max((part["peak_memory_bytes"] for part in parts), default=0),
    }


def peak_memory() -> int:
    """Return the largest resident size of this process so far, in bytes; on Linux its parent's counts too."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
