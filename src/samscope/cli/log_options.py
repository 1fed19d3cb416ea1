"""The options of a command's log."""

from typing import Annotated

import typer

_LOG = "Log"

Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        help="Say what is done and why something fails; -vv says everything.",
        rich_help_panel=_LOG,
        show_default=False,
    ),
]
LogJson = Annotated[
    bool,
    typer.Option(
        "--log-json",
        help="Write the log as one JSON object a line, in the place of progress bars.",
        rich_help_panel=_LOG,
    ),
]
