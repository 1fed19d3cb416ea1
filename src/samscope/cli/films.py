"""``samscope prompt``, ``track`` and ``export``: from a film to masks, and to other tools' formats."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from samscope.cli.film_options import film_settings, prompt_page_settings
from samscope.cli.help_text import examples, print_table
from samscope.cli.interruption import interruption_noted
from samscope.cli.messages import StoppedError, logged, say
from samscope.cli.option_groups import takes
from samscope.exports.film_settings import FilmSettings
from samscope.exports.prompt_page_settings import PromptPageSettings
from samscope.support.errors import SamscopeError
from samscope.support.progress import Progress

commands = typer.Typer()


@commands.command(
    epilog=examples(
        ("samscope prompt film.mp4", "film-prompts.html: open it, draw, save prompts.json"),
        (
            "samscope prompt film.mp4 --start 0:20 --end 0:40 --frames 40 --out prompts.html",
            "of twenty seconds, with more frames to choose from",
        ),
    )
)
@logged
@takes(settings=prompt_page_settings)
def prompt(settings: PromptPageSettings, progress: Progress) -> None:
    """Make a page on which boxes and clicks are drawn, for several objects; it needs a browser alone.

    It saves prompts.json, and shows the command that tracks with it.
    """
    from samscope.exports.prompt_page_of_film import run_prompt_page  # noqa: PLC0415

    page = run_prompt_page(settings, progress)
    typer.echo(f"open {page}")


@commands.command(
    epilog=examples(
        ("samscope track film.mp4 --box 120 80 260 240 --out masks", "one object, told by a box"),
        (
            "samscope track film.mp4 --point 190,160 --negative 300,90 --export film --out masks",
            "told by clicks, with a film of the frames with their masks",
        ),
        (
            "samscope track film.mp4 --prompts prompts.json --start 0:20 --end 0:40 --out masks",
            "several objects, prompts on several frames, of twenty seconds",
        ),
        ("samscope track camera:0 --box 200 120 440 360 --export film --out masks", "until Ctrl-C"),
    )
)
@logged
@takes(settings=film_settings)
def track(settings: FilmSettings, progress: Progress) -> None:
    """Track objects through a film, told by a box, clicks or a mask: masks out, and a table of frames."""
    from samscope.exports.track_film import INTERRUPTED, run_track_film  # noqa: PLC0415

    with interruption_noted(
        lambda: say("stopping after this frame; Ctrl-C again to leave nothing")
    ) as stopped:
        tracked = run_track_film(settings, progress, stopped)
    counted = f"{tracked.frames} frame{'s' * (tracked.frames != 1)}"
    for place in tracked.exports:
        typer.echo(f"written: {place}")
    if tracked.stopped_by == INTERRUPTED:
        raise StoppedError(f"stopped; {counted} are in {settings.out}")
    if tracked.stopped_by is not None:
        raise SamscopeError(f"{tracked.stopped_by}; the {counted} before it are in {settings.out}")
    typer.echo(
        f"masks of {counted} are in {settings.out}; go on with: samscope export {settings.out} --to film"
    )


@commands.command(
    epilog=examples(
        ("samscope export masks --to film", "masks-film.mp4: masks, scores and events on the frames"),
        ("samscope export masks --to coco --out annotations.json", "JSON for pycocotools and its kin"),
        (
            "samscope export study --clip 3 --to rerun",
            "a made clip of a study: truth, prediction and position maps, for Rerun's viewer",
        ),
    )
)
@logged
def export(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="RESULT",
            help="Folder written by `samscope track`; for rerun also one by `samscope study` or `record`.",
            show_default=False,
        ),
    ] = None,
    *,
    progress: Progress,
    to: Annotated[
        str | None, typer.Option("--to", metavar="FORMAT", help="The format.", show_default="all are listed")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Where it is written to.", show_default="beside the result, RESULT-FORMAT"
        ),
    ] = None,
    video: Annotated[
        str | None,
        typer.Option("--video", help="Where the film lies now.", show_default="where it was tracked"),
    ] = None,
    clip: Annotated[
        int | None,
        typer.Option("--clip", help="The draw of a study.", show_default="the first that has maps"),
    ] = None,
) -> None:
    """Write what was tracked in the format of another tool, or list the formats."""
    from samscope.exports.exporting import run_export  # noqa: PLC0415
    from samscope.exports.formats import FORMATS  # noqa: PLC0415

    if folder is None or to is None:
        table = Table(box=None)
        table.add_column("format", no_wrap=True)
        table.add_column("is")
        for kind in FORMATS.values():
            table.add_row(kind.name, kind.title)
        print_table(table)
        return
    typer.echo(run_export(folder, to, progress, out=out, video=video, clip=clip))
