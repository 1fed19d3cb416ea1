"""Clips observed together, and apart where that fails, so that only the clip at fault is lost."""

import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch

from samscope.records.failures import Kind, kind_of, reason_of
from samscope.support.disk import is_disk_full

T = TypeVar("T")
R = TypeVar("R")

_logger = logging.getLogger(__name__)

_MEMORY_WORDS = (
    "can't allocate memory",
    "out of memory",  # also of MPS, and of CUDA where it is no OutOfMemoryError but an AcceleratorError
    "insufficient memory",
    "unable to allocate",
    "could not create a primitive",  # oneDNN, with the same inputs for which it can where there is room
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
    "unable to find an engine",  # cuDNN, where none has room for its workspace
)


@dataclass(frozen=True)
class Fault:
    """Why one of several things could not be done.

    Attributes:
        kind: as ``failures.Kind``.
        reason: one line.
    """

    kind: Kind
    reason: str


@dataclass(frozen=True)
class Apart(Generic[T, R]):
    """Does something to several things at once, and to fewer at once where that fails.

    Where memory runs out the batch is halved, and at a batch of 1 the things are parted in two halves; after
    any other error they are parted at once. So in the end everything is done but the single things at fault,
    and what is done to the others does not depend on those.

    Attributes:
        attempt: takes the things and a batch, and returns a result for each; may be called again with a part.
        explain: turns a lack of memory into a reason that says how to do with less.
        fits: hears of a smaller batch at which everything was done after it failed at a larger one.
    """

    attempt: Callable[[Sequence[T], int], Sequence[R]]
    explain: Callable[[BaseException], str] = lambda error: reason_of(error, "memory")
    fits: Callable[[int], None] = lambda _: None

    def each(self, things: Sequence[T], batch: int) -> list[R | Fault]:
        """Return the result of each thing, or its fault.

        Args:
            things: in the order in which they belong together.
            batch: how many the model may be given at once, at least 1.

        Raises:
            Exception: what stops all work: see ``stops_all``.
        """
        return self._each(things, batch, halved=False)

    def _each(self, things: Sequence[T], batch: int, *, halved: bool) -> list[R | Fault]:
        if not things:
            return []
        try:
            results: list[R | Fault] = list(self.attempt(things, batch))
        except Exception as error:
            if stops_all(error):
                raise
            fault = self._fault(error)
            if fault.kind == "unexpected" and len(things) == 1:
                _logger.info("an unexpected error", exc_info=True)
        else:
            if halved:
                self.fits(batch)
            return results
        _free_memory()  # after the error is gone, whose frames hold tensors
        if fault.kind == "memory" and batch > 1:
            _logger.warning("memory is full at a batch of %d: going on with %d", batch, batch // 2)
            return self._each(things, batch // 2, halved=True)
        if len(things) == 1:
            return [fault]
        _logger.info("%d clips together failed, so they are tried apart: %s", len(things), fault.reason)
        middle = len(things) // 2
        return [*self.each(things[:middle], batch), *self.each(things[middle:], batch)]

    def _fault(self, error: Exception) -> Fault:
        if is_out_of_memory(error):
            return Fault("memory", self.explain(error))
        kind = kind_of(error, memory=False)
        return Fault(kind, reason_of(error, kind))


class BatchThatFits:
    """The batch that a device has had room for: one that was halved once is not tried whole again."""

    def __init__(self) -> None:
        self._most: int | None = None

    def limited(self, batch: int) -> int:
        """Return a batch that is asked for, or as much of it as has fitted."""
        return batch if self._most is None else min(batch, self._most)

    def note(self, batch: int) -> None:
        """Note a smaller batch that has fitted."""
        self._most = self.limited(batch)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether a device or the machine had too little memory, whichever library met it."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    words = str(error).lower()
    of_a_library = isinstance(error, RuntimeError) or type(error).__name__ == "error"  # OpenCV's
    return of_a_library and any(phrase in words for phrase in _MEMORY_WORDS)


def stops_all(error: BaseException | None) -> bool:
    """Tell whether other clips could only fail as well: nothing can be written, or the device is broken.

    Of clips that are made already nothing is read, so that every error of the operating system is one of
    writing.
    """
    while error is not None:
        broken = isinstance(error, torch.AcceleratorError) and not is_out_of_memory(error)
        if broken or isinstance(error, OSError) or is_disk_full(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _free_memory() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
