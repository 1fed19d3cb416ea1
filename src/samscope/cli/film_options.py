"""The options of ``samscope track`` and ``prompt``, and the settings that are made of them."""

from collections.abc import Callable
from typing import Annotated

import typer

from samscope.cli.option_groups import options_of
from samscope.cli.shared_options import Device, ImageSize, Memory, ModelOption, Out, Overwrite, Threads
from samscope.cli.study_options import COMPILE_OPTION, MODE_OPTION
from samscope.exports.film_settings import Click, FilmSettings
from samscope.exports.prompt_page_settings import PromptPageSettings

_WHERE, _PROMPT, _FRAMES, _MODEL = "Input and output", "Which object", "Which frames", "Model"


def _click(text: str) -> Click:
    """Return the click that a text says.

    Raises:
        BadParameter: it says none.
    """
    try:
        x, y = (float(number) for number in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no click; expected X,Y in pixels, such as 190,160") from None
    return Click(x, y)


_FILM_ARGUMENT = typer.Argument(
    metavar="FILM",
    help="A film; a folder of frames; a video of a data set, as DAVIS/bear; camera:0; an rtsp address.",
    show_default=False,
)
_START = typer.Option(
    "--start",
    help="The first frame that is tracked: its number, or a time such as 3.5s or 1:02.5.",
    show_default="the first",
    rich_help_panel=_FRAMES,
)
_END = typer.Option(
    "--end",
    help="The first frame, or the time, that is not tracked any more.",
    show_default="the film's end",
    rich_help_panel=_FRAMES,
)
_EVERY = typer.Option("--every", help="Track one of so many frames.", rich_help_panel=_FRAMES)
_MAX_SIDE = typer.Option(
    "--max-side",
    help="Make frames smaller whose longer side has more pixels; masks have that size, and prompts too.",
    show_default="frames as they are",
    rich_help_panel=_FRAMES,
)

film_settings: Callable[..., FilmSettings] = options_of(
    FilmSettings,
    film=_FILM_ARGUMENT,
    out=Out,
    box=typer.Option(
        "--box",
        metavar="X0 Y0 X1 Y1",
        help="A box around the object, in pixels of the frames.",
        show_default=False,
        rich_help_panel=_PROMPT,
    ),
    point=Annotated[
        list[Click],
        typer.Option(
            "--point",
            metavar="X,Y",
            parser=_click,
            help="A click on the object, as 190,160; may be told several times.",
            show_default=False,
            rich_help_panel=_PROMPT,
        ),
    ],
    negative=Annotated[
        list[Click],
        typer.Option(
            "--negative",
            metavar="X,Y",
            parser=_click,
            help="A click beside the object; may be told several times.",
            show_default=False,
            rich_help_panel=_PROMPT,
        ),
    ],
    mask=typer.Option(
        "--mask",
        help="A PNG of the frames' size whose pixels other than 0 are the object.",
        show_default=False,
        rich_help_panel=_PROMPT,
    ),
    frame=typer.Option(
        "--frame", help="The frame that these are told on, counted as tracked.", rich_help_panel=_PROMPT
    ),
    object_id=typer.Option(
        "--object", help="What the object is numbered in the masks, 1 to 255.", rich_help_panel=_PROMPT
    ),
    prompts=typer.Option(
        "--prompts",
        help="A file that tells several objects, or prompts on several frames: prompts.json.",
        show_default=False,
        rich_help_panel=_PROMPT,
    ),
    start=_START,
    end=_END,
    every=_EVERY,
    max_side=_MAX_SIDE,
    model=ModelOption,
    device=Device,
    image_size=ImageSize,
    mode=MODE_OPTION,
    compile=COMPILE_OPTION,
    memory=Memory,
    as_released=typer.Option(
        "--as-released",
        help="Let prompts act as in the official predictor, surprises and all (docs/prompts.md).",
        rich_help_panel=_MODEL,
    ),
    both_ways=typer.Option(
        "--both-ways",
        help="Track each object backwards as well, from its first prompt to the first frame.",
        rich_help_panel=_PROMPT,
    ),
    threads=Threads,
    exports=Annotated[
        list[str],
        typer.Option(
            "--export",
            metavar="FORMAT",
            help="Write this format beside the result as well, as samscope export does; may be told several "
            "times.",
            show_default=False,
            rich_help_panel=_WHERE,
        ),
    ],
    overwrite=Overwrite,
)
"""Makes the settings of a film's tracking out of their options."""

prompt_page_settings: Callable[..., PromptPageSettings] = options_of(
    PromptPageSettings,
    film=_FILM_ARGUMENT,
    out=typer.Option(
        "--out", help="The page.", show_default="here, FILM-prompts.html", rich_help_panel=_WHERE
    ),
    frames=typer.Option(
        "--frames", help="How many frames can be drawn on, at most.", rich_help_panel=_FRAMES
    ),
    start=_START,
    end=_END,
    every=_EVERY,
    max_side=_MAX_SIDE,
    overwrite=typer.Option("--overwrite", help="Replace an older page.", rich_help_panel=_WHERE),
)
"""Makes the settings of a page to draw prompts on out of their options."""
