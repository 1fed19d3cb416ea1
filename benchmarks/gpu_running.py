"""One part of a measurement in a process of its own, which is ended at its limit; what it measured stays."""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.gpu_parts import MEASURES, GpuSettings
from benchmarks.gpu_timing import Row, one_line


@dataclass(frozen=True)
class Part:
    """A part of the measurement.

    Attributes:
        name: one of ``gpu_parts.MEASURES``.
        model: as ``load_model`` takes it; empty where the part asks for none.
        limit: seconds after which it is ended.
    """

    name: str
    model: str
    limit: float


@dataclass(frozen=True)
class Outcome:
    """What came of a part.

    Attributes:
        part: which.
        rows: what was measured.
        seconds: that it took; 0 where it was not run.
        failed: why it did not come to its end; None where it did.
    """

    part: Part
    rows: tuple[Row, ...]
    seconds: float
    failed: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as plain values."""
        return {
            "part": self.part.name,
            "model": self.part.model,
            "limit": self.part.limit,
            "seconds": self.seconds,
            "failed": self.failed,
            "rows": list(self.rows),
        }


def run_part(settings: GpuSettings, part: Part, hear: Callable[[Row], None]) -> Outcome:
    """Measure a part in a process of its own.

    Args:
        settings: of the measurement.
        part: which.
        hear: called with every row as soon as it is there.
    """
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(sending, settings, part))
    begin = time.monotonic()
    process.start()
    sending.close()
    rows: list[Row] = []
    failed: str | None = None
    try:
        while True:
            left = part.limit - (time.monotonic() - begin)
            if left <= 0 or not receiving.poll(left):
                failed = f"stopped at its limit of {part.limit:.0f} s"
                break
            row, failed = receiving.recv()
            if row is None:
                break
            rows.append(row)
            hear(row)
    except EOFError:
        process.join()
        failed = f"its process ended with status {process.exitcode} before its end"
    finally:
        process.kill()
        process.join()
    return Outcome(part, tuple(rows), time.monotonic() - begin, failed)


def _measure(sending: Connection, settings: GpuSettings, part: Part) -> None:
    """Send pairs of a row and None; in the end None and why it failed, or None and None."""
    failed = None
    try:
        for row in MEASURES[part.name](settings, part.model, part.limit):
            sending.send((row, None))
    except Exception as error:  # told in the place of what is missing
        failed = one_line(error)
    sending.send((None, failed))
