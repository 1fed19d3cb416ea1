"""Running a command line: what it answers, how it fails, and how it ends."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import typer

from samscope.cli.help_text import with_plain_help
from samscope.cli.messages import INTERRUPTED, NOTHING_LEFT, TYPED, one_line, say
from samscope.support.errors import SamscopeError

_DEBUG = "SAMSCOPE_DEBUG"


def run_app(app: typer.Typer, arguments: Sequence[str], name: str) -> int:
    """Run a command line.

    What a user can mend is told in one line on standard error; with SAMSCOPE_DEBUG set it comes with its
    traceback. An error that is samscope's own fault always has one.

    Args:
        app: its commands.
        arguments: as typed after its name.
        name: what it is called by.

    Returns:
        The exit status: 0, 1 for failure, 2 for wrong usage, 130 after Ctrl-C.
    """
    TYPED.set(tuple(arguments))
    try:
        with _terminated_like_interrupted():
            command = typer.main.get_command(app)
            with_plain_help(command)
            status = command(list(arguments), prog_name=name, standalone_mode=False)
    except (SamscopeError, typer.TyperException) as error:
        if os.environ.get(_DEBUG):
            raise
        message = one_line(error) if isinstance(error, SamscopeError) else error.format_message()
        if message:
            say(" ".join(message.split()))
        return error.exit_code
    if status == INTERRUPTED:
        say(NOTHING_LEFT)
    return status if isinstance(status, int) else 0


def threads_sleep_while_waiting() -> None:
    """Let OpenMP's threads sleep while they wait for each other, unless the environment says otherwise.

    Spinning, as is their default, makes a small model eight times slower as soon as another process wants a
    core. It is read once, when torch is first imported.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let a termination by a scheduler clean up as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
