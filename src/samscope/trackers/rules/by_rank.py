"""What rules have in common that pass tracked frames over: those kept are read by rank, not by time."""

from collections.abc import Callable

from samscope.trackers.memory import Bank, Memory, Recall


def with_latest(bank: Bank, latest: Memory, is_sure: Callable[[Memory], bool]) -> Bank:
    """Return a bank with the latest frame, be it sure or not, and of the others the latest sure ones."""
    most = max(1, bank.limits.pointers - 1)
    sure = tuple(kept for kept in bank.tracked if is_sure(kept))
    if is_sure(latest):
        return bank.keeping((*sure, latest)[-most:])
    return bank.keeping((*sure[-most:], latest))


def recall_by_rank(bank: Bank, frame: int) -> Recall:
    """Return what memory attention reads on frame ``frame``, the one after the latest in the bank.

    Memories are the prompted frames' and those of the latest kept frames, whose age is their rank: the
    previous frame has rank 1. Pointers are the prompted frames', at their distance in frames, and the kept
    frames' from the latest on, at their rank; that of the oldest one is never read, as in the official codes.
    """
    ranked = tuple(enumerate(reversed(bank.tracked), start=1))
    memories = ranked[: bank.limits.memories - 1]
    pointers = ranked[: bank.limits.pointers - 1]
    if len(pointers) == len(ranked):
        pointers = pointers[:-1]
    return Recall(
        memories=(*((0, prompted) for prompted in bank.prompted), *reversed(memories)),
        pointers=(*((frame - prompted.frame, prompted) for prompted in bank.prompted), *pointers),
        farthest=bank.limits.pointers - 1,
    )
