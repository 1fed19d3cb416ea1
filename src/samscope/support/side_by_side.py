"""Independent pieces of work, done in several processes at once.

Threads gain nothing where most of the time goes to Python itself, as in drawing figures. The processes are
joblib's: fresh ones, so that neither a script without a main guard nor a process that computes in threads is
in their way; they stay for a while after the last piece and serve the next ones.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from joblib import Parallel, cpu_count, delayed

from samscope.support.progress import Advance

_MOST_PROCESSES = 8
"""Each holds the libraries, some 250 MB."""


@dataclass(frozen=True)
class Piece:
    """A piece of work.

    Attributes:
        name: what it is, told when it is done.
        do: does it; it can be sent to another process with all that it needs, and so can what it returns.
    """

    name: str
    do: Callable[[], Any]


class Doing(Protocol):
    """Does pieces of work that do not depend on each other."""

    def __call__(self, pieces: Sequence[Piece], advance: Advance = ...) -> list[Any]:
        """Return what each piece returns, in their order.

        Args:
            pieces: those that take longest come best first.
            advance: hears the name of every piece as it is done.

        Raises:
            Exception: the first error of a piece.
        """


def one_by_one(pieces: Sequence[Piece], advance: Advance = lambda _: None) -> list[Any]:
    """Do pieces of work in this process, one after another."""
    results = []
    for piece in pieces:
        results.append(piece.do())
        advance(piece.name)
    return results


@dataclass(frozen=True)
class InProcesses:
    """Does pieces of work in several processes at once.

    Attributes:
        count: how many processes, at least 2.
    """

    count: int

    def __call__(self, pieces: Sequence[Piece], advance: Advance = lambda _: None) -> list[Any]:
        """Return what each piece returns, in their order; the same as ``one_by_one`` does."""
        parallel = Parallel(
            n_jobs=self.count,
            return_as="generator_unordered",
            batch_size=1,
            max_nbytes=None,  # a piece may write into its arrays, as it may in this process
        )
        calls = (delayed(_numbered)(number, piece.do) for number, piece in enumerate(pieces))
        results: dict[int, Any] = {}
        with warnings.catch_warnings():
            # A process that has grown by 300 MB is replaced between two pieces, which loses nothing.
            warnings.filterwarnings("ignore", "A worker stopped while some jobs were given to the executor")
            for number, result in parallel(calls):
                results[number] = result
                advance(pieces[number].name)
        return [results[number] for number in range(len(pieces))]


def doing(processes: int) -> Doing:
    """Return what does pieces of work in so many processes; 1 is this one."""
    return InProcesses(processes) if processes > 1 else one_by_one


def usual_processes() -> int:
    """Return how many cores this process may use, at most ``_MOST_PROCESSES``."""
    return min(int(cpu_count()), _MOST_PROCESSES)


def _numbered(number: int, do: Callable[[], Any]) -> tuple[int, Any]:
    return number, do()
