"""The arguments and options of ``samscope figure`` and ``samscope report`` about how figures are drawn."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from samscope.analysis.absence.measurements import REFERENCE_TITLES
from samscope.cli.option_groups import options_of
from samscope.figures.choices import FigureChoices

_DRAWING, _EXAMPLE = "Drawing", "Example"


StudyFolder = Annotated[
    Path,
    typer.Argument(
        help="Folder written by `samscope study` or `samscope record`, or its address, such as "
        "s3://bucket/study.",
        show_default=False,
    ),
]
FigureFolder = Annotated[
    Path,
    typer.Argument(
        help="Folder written by `samscope study`, `samscope record` or `samscope trace`, or the address of a "
        "study, such as s3://bucket/study.",
        show_default=False,
    ),
]
Name = Annotated[
    str | None, typer.Argument(help="The figure; without it all names are listed.", show_default=False)
]
ShownClip = Annotated[
    int | None,
    typer.Option(
        "--clip",
        help="The draw that figures of one clip show.",
        show_default="the report's",
        rich_help_panel=_EXAMPLE,
    ),
]
ShownFrame = Annotated[
    int | None,
    typer.Option(
        "--frame",
        help="The frame that figures of one frame show.",
        show_default="the report's",
        rich_help_panel=_EXAMPLE,
    ),
]
FiguresOut = Annotated[
    Path | None,
    typer.Option(
        "--out", help="Folder for the figure's files.", show_default="the study's figures, replacing them"
    ),
]


figure_choices: Callable[..., FigureChoices] = options_of(
    FigureChoices,
    references=typer.Option(
        "--references",
        help="Which earlier frames the figures of features compare a frame with. "
        f"{'; '.join(f'{name}: {title}' for name, title in REFERENCE_TITLES.items())}. The paper's: present. "
        "Tables hold all.",
        rich_help_panel=_DRAWING,
    ),
    spread=typer.Option(
        "--spread",
        help="What the long-term distance is divided by, element by element: the references' standard "
        "deviation or variance, never less than its median over the elements; their variance as it is (the "
        "paper's); or nothing. Tables hold all.",
        rich_help_panel=_DRAWING,
    ),
    robust_scale=typer.Option(
        "--robust-scale",
        help="Let the colours of maps span the 1st to 99th percentile, so that a few extreme values do not "
        "hide the rest.",
        rich_help_panel=_DRAWING,
    ),
    outlines=typer.Option(
        "--outlines", help="Draw the object's true outline on every map.", rich_help_panel=_DRAWING
    ),
    prompted_pointer=typer.Option(
        "--prompted-pointer",
        help="Let the pointer of the prompted frame be a reference and be compared, as the paper does, in "
        "figures, tables and claims. It comes from a pass of its own, and lies far from all others.",
        rich_help_panel=_DRAWING,
    ),
)
"""Makes the choices about figures out of their options."""
