"""Which of several prompted frames of an object memory attention reads."""

from collections.abc import Sequence

from samscope.trackers.memory import Memory


def closest(prompted: Sequence[Memory], frame: int, most: int) -> tuple[Memory, ...]:
    """Return the prompted frames that a frame reads; all of them, as they come, unless there are too many.

    Else these are the closest before the frame, the closest at or after it, and then by distance, in this
    order; of two at one distance the one that was prompted first.

    Args:
        prompted: prompted frames in the order of their prompts.
        frame: the frame that is tracked.
        most: how many are read, at least 2; -1 for all.
    """
    if most < 0 or len(prompted) <= most:
        return tuple(prompted)
    before = max((kept for kept in prompted if kept.frame < frame), key=_frame, default=None)
    after = min((kept for kept in prompted if kept.frame >= frame), key=_frame, default=None)
    first = [kept for kept in (before, after) if kept is not None]
    remaining = sorted(
        (kept for kept in prompted if kept not in first), key=lambda kept: abs(kept.frame - frame)
    )
    return (*first, *remaining)[:most]


def _frame(memory: Memory) -> int:
    return memory.frame
