"""How commands talk on standard error: their log, their last line, and how a stopped study goes on."""

import csv
import inspect
import logging
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import typer

from samscope.cli.interruption import leaving_within
from samscope.cli.log_options import LogJson, Verbose
from samscope.cli.logs import log_on_standard_error
from samscope.records.failures import what_is_missing
from samscope.studies.rule_settings import RuleSettings
from samscope.studies.settings import StudySettings
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.printable import printable
from samscope.support.progress import Logged, OnConsole
from samscope.support.result_folder import (
    RULES_FILE,
    SHARD_FILE,
    STUDY_FILE,
    TRACE_FILE,
    read_json,
    what_is_kept,
)

T = TypeVar("T")

TYPED: ContextVar[Sequence[str]] = ContextVar("typed", default=())
"""What was typed after ``samscope``."""
INTERRUPTED = 130
"""Exit status after Ctrl-C."""
NOTHING_LEFT = "stopped; nothing half-written is left"

_TOLD = 3
"""How many of a study's findings are printed; the page has all."""

_PATIENCE = 1.0
"""Seconds that a study may take to stop by itself after Ctrl-C."""

_logger = logging.getLogger(__name__)


class StoppedError(SamscopeError):
    """A work was interrupted, and can go on."""

    exit_code = INTERRUPTED


class _ToldError(SamscopeError):
    """An error that the log has told of already."""

    def __init__(self, exit_code: int) -> None:
        super().__init__()
        self.exit_code = exit_code


class _UnfinishedError(SamscopeError):
    """A study has failed, and can go on."""


class _FailedClipsError(SamscopeError):
    """A study is finished, but for some of its clips or videos."""


def logged(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command the options of the log, and as ``progress`` what goes with it.

    With a log for machines the error that ends the command is a line of the log as well.
    """

    @wraps(command)
    def with_log(*, verbose: int, log_json: bool, **values: Any) -> T:
        with log_on_standard_error(verbose, as_json=log_json):
            if not log_json:
                return command(progress=OnConsole(), **values)
            try:
                return command(progress=Logged(), **values)
            except SamscopeError as error:
                _logger.error("%s", one_line(error), extra={"status": error.exit_code})
                raise _ToldError(error.exit_code) from error
            except KeyboardInterrupt:
                _logger.error(NOTHING_LEFT, extra={"status": INTERRUPTED})
                raise _ToldError(INTERRUPTED) from None

    parameters = inspect.signature(command).parameters.values()
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, default, annotation in (("verbose", 0, Verbose), ("log_json", False, LogJson))
    ]
    shown_parameters = [parameter for parameter in parameters if parameter.name != "progress"]
    vars(with_log)["__signature__"] = inspect.Signature([*shown_parameters, *options])
    return with_log


@contextmanager
def telling_how_to_go_on(settings: StudySettings | RuleSettings) -> Iterator[None]:
    """Let whatever stops a study say what is kept and how to go on, and let Ctrl-C stop it soon.

    Raises:
        SamscopeError: in the place of one, or of KeyboardInterrupt, where an unfinished study is kept.
    """
    typed = list(TYPED.get())
    command = shlex.join(["samscope", *typed, *([] if "--resume" in typed else ["--resume"])])

    def hint() -> str | None:
        kept = what_is_kept(settings.out)
        return None if kept is None else f"{kept}; go on with: {command}"

    try:
        with leaving_within(_PATIENCE, lambda: _say_stopped(hint()), INTERRUPTED):
            yield
    except KeyboardInterrupt:
        if (kept := hint()) is None:
            raise
        raise StoppedError(f"stopped; {kept}") from None
    except UsageError:
        raise
    except SamscopeError as error:
        if (kept := hint()) is None:
            raise
        raise _UnfinishedError(f"{one_line(error)}; {kept}") from error


def _say_stopped(kept: str | None) -> None:
    message = NOTHING_LEFT if kept is None else f"stopped; {kept}"
    if _logger.isEnabledFor(logging.INFO):
        _logger.error("%s", message, extra={"status": INTERRUPTED})
    else:
        say(message)


def tell_of_failures(folder: Path) -> None:
    """Say that clips of a finished study are missing, or videos that it could have drawn from, if any are.

    Raises:
        SamscopeError: they are.
    """
    if missing := what_is_missing(_manifest(folder), folder):
        raise _FailedClipsError(missing)


def has_clips(folder: Path) -> bool:
    """Tell whether a finished study or shard has clips, be they recorded or failed."""
    manifest = _manifest(folder)
    return bool(manifest.get("clips_recorded") or manifest.get("clips_failed"))


def _manifest(folder: Path) -> dict[str, Any]:
    present = (name for name in (STUDY_FILE, RULES_FILE, TRACE_FILE) if (folder / name).is_file())
    return read_json(folder / next(present, SHARD_FILE))


def tell_findings(folder: Path, page: object) -> None:
    """Print what a study found in three sentences at most, and where its page is.

    Args:
        folder: the study, with the tables of its page.
        page: the address of the page.
    """
    for about, text in _findings(folder)[:_TOLD]:
        typer.echo(printable(f"{about}: {text}"))
    typer.echo(f"open {page}")


def _findings(folder: Path) -> list[tuple[str, str]]:
    """Return the findings of a study; none where it was drawn before they were written as a table."""
    from samscope.report.findings import FINDINGS_TABLE  # noqa: PLC0415 - it needs pandas
    from samscope.report.page import TABLES  # noqa: PLC0415

    file = folder / TABLES / f"{FINDINGS_TABLE}.csv"
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as text:
        return [(row["about"], row["text"]) for row in csv.DictReader(text)]


def one_line(error: SamscopeError) -> str:
    """Return the message of an error in one line that a terminal shows as it is."""
    return printable(" ".join(str(error).split()))


def say(message: str) -> None:
    """Write a line to standard error."""
    typer.echo(f"samscope: {printable(message)}", err=True)
