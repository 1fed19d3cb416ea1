"""The command line: what it does, what it answers, and how it fails."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, NoReturn

import typer

from samscope import __version__
from samscope.commands import drawing, models, scores, studies
from samscope.commands.showing import with_plain_help
from samscope.commands.talking import (
    INTERRUPTED,
    NOTHING_LEFT,
    TYPED,
    one_line,
    say,
)
from samscope.errors import SamscopeError

_DEBUG = "SAMSCOPE_DEBUG"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog="[bold]study[/] does it all: it makes six sets of clips out of videos, tracks the object through "
    "each, observes the model at five positions, and leaves tables, figures and a page. The stages stand "
    "alone as well: [bold]build[/] makes the clips, [bold]track[/] observes, [bold]report[/] draws, and so "
    "does [bold]figure[/], one figure alone. [bold]evaluate[/] scores a model on videos as they are, "
    "[bold]train[/] makes a small one, [bold]compare[/] puts studies side by side, [bold]download[/] gets "
    "videos and models.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _group in (studies, drawing, models, scores):
    app.add_typer(_group.commands)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"samscope {__version__}")
        raise typer.Exit


@app.callback()
def samscope(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """See what a SAM 2 tracker knows about an object while it tracks it."""


def main() -> NoReturn:
    """Run the command line on the arguments of this process and exit.

    Unless the environment says otherwise, OpenMP's threads sleep while they wait for each other: spinning, as
    is their default, makes a small model eight times slower as soon as another process wants a core.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read once, when torch is first imported
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command line.

    What a user can mend is told in one line on standard error; with SAMSCOPE_DEBUG set it comes with its
    traceback. An error that is samscope's own fault always has one.

    Args:
        arguments: as typed after ``samscope``.

    Returns:
        The exit status: 0, 1 for failure, 2 for wrong usage, 130 after Ctrl-C.
    """
    TYPED.set(tuple(arguments))
    try:
        with _terminated_like_interrupted():
            command = typer.main.get_command(app)
            with_plain_help(command)
            status = command(list(arguments), prog_name="samscope", standalone_mode=False)
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
