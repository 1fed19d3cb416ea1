"""Whole tensors of a study's clips, as ``--keep`` wrote them, read back."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError, safe_open

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.reading import open_regular
from samscope.trackers.positions import POSITION_NAMES

if TYPE_CHECKING:
    from torch import Tensor

MOST_TENSOR_BYTES = 2**40
"""Bytes of a clip's tensors at most."""

_KEY = re.compile(r"(?P<frame>\d{3,})/(?P<position>\w+)")


def read_tensors(
    path: Path, frames: Collection[int] | None = None, positions: Collection[str] | None = None
) -> "dict[str, Tensor]":
    """Read tensors of a clip.

    Args:
        path: the clip's file in a study's ``tensors``.
        frames: the frames that are read; None for all.
        positions: names of the positions that are read; None for all.

    Returns:
        By ``<frame, three digits>/<position>``, as in the file, each tensor on the CPU, of the type that it
        was recorded in: ``memory_features`` is bfloat16. What a frame does not have is left out:
        ``memory_conditioned`` of the prompted one.

    Raises:
        UsageError: there is no such position, or the clip has no such frame.
        SamscopeError: the file cannot be read, is damaged, or holds something else.
    """
    for name in positions or ():
        if name not in POSITION_NAMES:
            raise UsageError(f"there is no position {name!r}; the positions are {', '.join(POSITION_NAMES)}")
    try:
        open_regular(path, MOST_TENSOR_BYTES).close()
        with safe_open(path, framework="pt") as file:
            places = {key: _place(key, path) for key in file.keys()}  # noqa: SIM118 - it is no mapping
            last = max((frame for frame, _ in places.values()), default=-1)
            for frame in frames or ():
                if not 0 <= frame <= last:
                    raise UsageError(f"{path} has no frame {frame}; its frames are 0 to {last}")
            return {
                key: file.get_tensor(key)
                for key, (frame, position) in sorted(places.items())
                if (frames is None or frame in frames) and (positions is None or position in positions)
            }
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise SamscopeError(f"{path} is damaged or truncated ({reason}); run the study again") from error


def _place(key: str, path: Path) -> tuple[int, str]:
    """Return the frame and the position that a tensor is of."""
    match = _KEY.fullmatch(key)
    if match is None or match["position"] not in POSITION_NAMES:
        raise SamscopeError(f"{path}: holds {key!r}, which `samscope study --keep` does not write")
    return int(match["frame"]), match["position"]
