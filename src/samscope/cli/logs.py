"""The log on standard error, set up by the command line alone; the library only writes to its loggers."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from samscope.support.printable import printable

ROOT = "samscope"
"""The logger above all of samscope's own, which are named after their modules."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@contextmanager
def log_on_standard_error(verbosity: int, *, as_json: bool) -> Iterator[None]:
    """Write samscope's log to standard error while the context is open.

    Args:
        verbosity: 0 for warnings alone, 1 for what is done and why something failed, 2 for everything.
        as_json: one JSON object a line instead of text, and what is done in any case: ``time`` in UTC,
            ``level``, ``logger``, ``message``, the traceback of an error as ``traceback``, and what the line
            is about under names of its own, such as ``draw`` and ``seconds``.
    """
    logger = logging.getLogger(ROOT)
    handler = _OnStandardError()
    handler.setFormatter(_AsJson() if as_json else _AsText())
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(_level(max(verbosity, int(as_json))))
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)


def _level(verbosity: int) -> int:
    return (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]


class _OnStandardError(logging.Handler):
    """Writes to what is standard error at the time, so that lines come above a bar that is shown there."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


class _AsText(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        lines = [f"samscope: {record.getMessage()}"]
        if record.exc_info:
            lines += self.formatException(record.exc_info).splitlines()
        return "\n".join(map(printable, lines))


def _is_said(name: str) -> bool:
    """Tell whether an attribute of a record was given with it, and is not one that libraries add to all."""
    return name not in _STANDARD and not name.startswith("_")


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if _is_said(name)},
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
