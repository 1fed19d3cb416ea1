"""How commands show help, examples and tables: as they were written, whatever signs are in them."""

from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_PRINTED_WIDTH = 110
"""Columns of the tables that are not printed on a terminal."""


def examples(*commands: tuple[str, str]) -> str:
    """Return the end of a command's help: command lines, and what each is for."""
    lines = (f"[cyan]{escape(line)}[/]\n  {escape(purpose)}" for line, purpose in commands)
    return "\n\n".join(["[bold]Examples[/]", *lines])


def with_plain_help(command: Any) -> None:
    """Have a command, and those below it, show their help and that of their options as it was written.

    Without this rich takes what stands in square brackets for markup: of ``samscope[ray]`` it shows
    ``samscope``. The end of a command's help, its ``epilog``, may have markup.

    Args:
        command: as ``typer.main.get_command`` builds it.
    """
    command.help = escape(command.help or "")
    for parameter in command.params:
        if isinstance(parameter, typer.core.TyperOption | typer.core.TyperArgument):
            parameter.help = escape(parameter.help or "")
    for below in getattr(command, "commands", {}).values():
        with_plain_help(below)


def print_table(table: Table) -> None:
    """Print a table as wide as a terminal is, and whole where there is none; nothing in it is markup."""
    console = Console(markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(markup=False, emoji=False, width=_PRINTED_WIDTH)
    console.print(table)
