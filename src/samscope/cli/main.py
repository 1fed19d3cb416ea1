"""The command line ``samscope``."""

import gc
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from samscope import __version__
from samscope.cli import download, evaluate, films, gates, pages, studies, traces
from samscope.cli.running import run_app, threads_sleep_while_waiting

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog="[bold]track[/] follows objects through a film of your own and writes their masks, which "
    "[bold]export[/] puts into other tools' formats. [bold]study[/] asks why a model loses its object: it "
    "makes six sets of clips out of videos, tracks the object through each, observes the model at five "
    "positions, and leaves tables, figures and a page. Its stages stand alone as well: [bold]build[/] makes "
    "the clips, [bold]record[/] observes, [bold]report[/] draws, and so does [bold]figure[/], one figure "
    "alone. [bold]evaluate[/] scores a model on videos as they are, [bold]compare[/] puts studies side by "
    "side, [bold]rules[/] memory rules, [bold]fit-rule[/] learns from studies which frames are worth "
    "remembering, [bold]download[/] gets videos and models.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _group in (films, studies, traces, pages, download, evaluate, gates):
    app.add_typer(_group.commands)


def _show_version(requested: bool) -> None:
    if requested:
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


_ALLOCATIONS_UNTIL_GARBAGE = 50_000
"""With the usual 700 the half million objects of the libraries are looked through while these are loaded."""

_SECONDS_UNTIL_OTHER_THREAD = 0.0002
"""With the usual 5 ms a core that has computed waits longer for Python than its next operation takes."""


def main() -> NoReturn:
    """Run the command line on the arguments of this process and exit."""
    threads_sleep_while_waiting()
    gc.set_threshold(_ALLOCATIONS_UNTIL_GARBAGE)
    sys.setswitchinterval(_SECONDS_UNTIL_OTHER_THREAD)
    status = run(sys.argv[1:])
    gc.freeze()  # or Python looks for garbage among the libraries' objects on its way out, for a second
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run ``samscope`` on what is typed after it, and return the exit status as ``run_app`` does."""
    return run_app(app, arguments, "samscope")
