"""How commands show examples in their help, and tables."""

from rich.console import Console
from rich.table import Table

_PRINTED_WIDTH = 110
"""Columns of the tables that are not printed on a terminal."""


def examples(*shown: tuple[str, str]) -> str:
    """Return the end of a command's help: command lines, and what each is for."""
    return "\n\n".join(["[bold]Examples[/]", *(f"[cyan]{line}[/]\n  {what}" for line, what in shown)])


def print_table(table: Table) -> None:
    """Print a table as wide as a terminal is, and whole where there is none."""
    console = Console()
    (console if console.is_terminal else Console(width=_PRINTED_WIDTH)).print(table)
