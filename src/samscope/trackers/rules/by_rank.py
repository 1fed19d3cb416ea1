"""What rules have in common that pass tracked frames over: those kept are read by rank, not by time."""

from collections.abc import Callable, Sequence

from samscope.trackers.memory import Bank, Memory, Recall
from samscope.trackers.rules.prompted_frames import closest


def with_latest(bank: Bank, latest: Memory, is_sure: Callable[[Memory], bool]) -> Bank:
    """Return a bank with the latest frame, be it sure or not, and of the others the latest sure ones."""
    most = max(1, bank.limits.pointers - 1)
    sure = tuple(kept for kept in bank.tracked if is_sure(kept))
    if is_sure(latest):
        return bank.keeping((*sure, latest)[-most:])
    return bank.keeping((*sure[-most:], latest))


def recall_by_rank(bank: Bank, frame: int, kept: Sequence[Memory], most_prompted: int = -1) -> Recall:
    """Return what memory attention reads on frame ``frame``, the one after the latest in the bank.

    Memories are the prompted frames' and those of the latest kept frames, whose age is their rank: the
    previous frame has rank 1; where that is a prompted one, its rank stays a gap. Pointers are those of
    prompted frames that do not lie ahead, at their distance in frames, and the kept frames' from the latest
    on, at their rank; that of the oldest one is never read, as in the official codes.

    Args:
        bank: what there is.
        frame: the frame on which it is read.
        kept: tracked frames of the bank that may be read, oldest first.
        most_prompted: prompted frames that are read at most, the closest ones; -1 for all.
    """
    selected = closest(bank.prompted, frame, most_prompted)
    previous = [prompted for prompted in bank.prompted if prompted.frame == frame - 1]
    ranked = tuple(enumerate(reversed([*kept, *previous]), start=1))
    memories = ranked[: bank.limits.memories - 1]
    pointers = ranked[: min(bank.limits.pointers, len(ranked)) - 1]
    return Recall(
        memories=(
            *((0, prompted) for prompted in selected),
            *((rank, memory) for rank, memory in reversed(memories) if memory not in selected),
        ),
        pointers=(
            *((frame - prompted.frame, prompted) for prompted in selected if prompted.frame <= frame),
            *((rank, memory) for rank, memory in pointers if memory not in selected),
        ),
        farthest=bank.limits.pointers - 1,
    )
