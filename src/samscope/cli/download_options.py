"""The options of ``samscope download``."""

from pathlib import Path
from typing import Annotated

import typer

from samscope.videos.downloads.collections import COLLECTIONS

What = Annotated[
    str,
    typer.Argument(
        help=f"A collection of videos ({', '.join(COLLECTIONS)}), or a model by its name on the hub "
        "(facebook/sam2.1-hiera-tiny).",
        show_default=False,
    ),
]
Into = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="Folder for the videos; it must not exist, or be empty. Models go to the hub's cache.",
        show_default="the collection's name",
    ),
]
Url = Annotated[
    str | None,
    typer.Option("--url", help="Another address of the same archive.", show_default="the authors' own"),
]
Digest = Annotated[
    str | None,
    typer.Option(
        "--sha256", help="SHA-256 of the archive, if it is another one.", show_default="the one on record"
    ),
]
Archive = Annotated[
    Path | None,
    typer.Option("--archive", help="The archive, where you have it already.", show_default="it is fetched"),
]
