"""What SAM 2 reads by the distances in time, of a bank with any number of prompted frames."""

from samscope.trackers.memory import Bank, Recall
from samscope.trackers.rules.prompted_frames import closest


def recall_by_time(
    bank: Bank, frame: int, *, stride: int, most_prompted: int, coming_pointers: bool
) -> Recall:
    """Return what memory attention reads on a frame of memories that a bank holds.

    Memories are the prompted frames', wherever they lie, then those of tracked frames from the farthest on:
    the previous frame has age 1, the r-th frames before it the next ones. A prompted frame among these leaves
    a gap, as does a frame that the bank does not hold. Pointers are the prompted frames', at any distance,
    then the tracked frames' from the latest on.

    Args:
        bank: what there is; tracked frames that lie ahead are not read.
        frame: the frame on which it is read.
        stride: r; frames of which it is no divisor are read as the previous frame alone.
        most_prompted: how many prompted frames are read, as in ``closest``; the others count as tracked ones.
        coming_pointers: whether pointers of prompted frames that lie ahead are read, at negative distances.
    """
    selected = closest(bank.prompted, frame, most_prompted)
    unselected = {kept.frame: kept for kept in (*bank.prompted, *bank.tracked) if kept not in selected}
    ages = range(bank.limits.memories - 1, 0, -1)
    aged = ((age, unselected.get(_frame_of(age, frame, stride))) for age in ages)
    within = ((distance, unselected.get(frame - distance)) for distance in range(1, bank.limits.pointers))
    pointing = (kept for kept in selected if kept.frame <= frame or coming_pointers)
    return Recall(
        memories=(
            *((0, prompted) for prompted in selected),
            *((age, kept) for age, kept in aged if kept is not None and kept.features is not None),
        ),
        pointers=(
            *((frame - prompted.frame, prompted) for prompted in pointing),
            *((distance, kept) for distance, kept in within if kept is not None and kept.pointer is not None),
        ),
        farthest=bank.limits.pointers - 1,
    )


def _frame_of(age: int, frame: int, stride: int) -> int:
    """Return the frame whose memory has an age: the previous one, and before it every r-th one."""
    return frame - 1 if age == 1 else ((frame - 2) // stride - (age - 2)) * stride
