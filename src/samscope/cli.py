"""The command line: what it does, what it answers, and how it fails."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from samscope import __version__
from samscope.benchmark.settings import BenchmarkSettings
from samscope.download_options import Archive, Digest, Into, Url, What
from samscope.errors import SamscopeError, UsageError
from samscope.evaluation.settings import EvaluationSettings
from samscope.figure_options import FiguresOut, Name, ShownClip, ShownFrame, StudyFolder, figure_choices
from samscope.figures.choices import FigureChoices
from samscope.interruption import interruption_noted
from samscope.options import (
    Format,
    Names,
    Out,
    Overwrite,
    ShardOption,
    benchmark_settings,
    clip_settings,
    evaluation_settings,
    study_settings,
    takes,
)
from samscope.progress import OnConsole, Progress
from samscope.settings import ClipSettings, StudySettings
from samscope.sharding import Shard
from samscope.storage.staging import cleared, place_of, shards_at_hand
from samscope.talking import (
    INTERRUPTED,
    NOTHING_LEFT,
    TYPED,
    StoppedError,
    logged,
    one_line,
    say,
    tell_of_failures,
    telling_how_to_go_on,
)
from samscope.training_options import TRAINING_HELP, Threads, training_choices

_DEBUG = "SAMSCOPE_DEBUG"
_PRINTED_WIDTH = 110
"""Columns of the tables that are not printed on a terminal."""

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


def _examples(*examples: tuple[str, str]) -> str:
    return "\n\n".join(["[bold]Examples[/]", *(f"[cyan]{line}[/]\n  {what}" for line, what in examples)])


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


@app.command(
    epilog=_examples(
        ("samscope study --out first", "made-up videos and the built-in model: nothing to download"),
        (
            "samscope study --videos DAVIS --model facebook/sam2.1-hiera-tiny --out tiny",
            "DAVIS and a released model",
        ),
        (
            "samscope study --videos DAVIS --source car-shadow --partner goat --clips 1 --out goat",
            "the paper's example: a car, and a goat that passes in front of it",
        ),
        (
            "samscope study --videos DAVIS --clips 500 --engine ray --address auto --out big",
            "on all nodes of a Ray cluster",
        ),
    )
)
@logged
@takes(settings=study_settings)
def study(settings: StudySettings, progress: Progress) -> None:
    """Run the whole study: make the clips, track through them, draw the page."""
    place = place_of(settings.out, overwrite=settings.overwrite, resume=settings.resume)
    settings = replace(settings, out=place.folder)
    with telling_how_to_go_on(settings):
        from samscope.study import run_study  # noqa: PLC0415

        page = run_study(settings, progress)
        place.send(progress)
    typer.echo(f"open {page if place.url is None else f'{place.url}/{page.name}'}")
    with cleared(place):
        tell_of_failures(settings.out)


@app.command(
    epilog=_examples(
        ("samscope build --videos DAVIS --clips 20 --out clips", "six folders in the DAVIS layout"),
        ("samscope build --sets clean,obscuration --image-format png --out clips", "two sets, without loss"),
    )
)
@logged
@takes(clips=clip_settings)
def build(
    clips: ClipSettings,
    out: Out,
    progress: Progress,
    *,
    image_format: Format = "jpg",
    overwrite: Overwrite = False,
) -> None:
    """Make the clips alone, as DAVIS-format folders with tables of every clip's and frame's facts."""
    from samscope.study import run_build  # noqa: PLC0415

    run_build(clips, out, progress, image_format=image_format, overwrite=overwrite)
    typer.echo(f"clips are in {out}; go on with: samscope track --videos {out} --out RECORDS")


@app.command(
    epilog=_examples(
        ("samscope track --videos clips --out records", "clips that `samscope build` has made"),
        ("samscope track --videos DAVIS --clips 20 --out records", "clips made on the way and not kept"),
        (
            "samscope track --videos DAVIS --clips 500 --shard 3/64 --out shards/3",
            "the third of 64 shares of a study, as in a Slurm array; then samscope merge",
        ),
    )
)
@logged
@takes(settings=study_settings)
def track(settings: StudySettings, progress: Progress, *, shard: ShardOption = None) -> None:
    """Track through clips and keep the records, without figures and page."""
    settings = replace(settings, shard=None if shard is None else Shard.parse(shard))
    place = place_of(settings.out, overwrite=settings.overwrite, resume=settings.resume)
    settings = replace(settings, out=place.folder)
    with telling_how_to_go_on(settings):
        from samscope.study import run_track  # noqa: PLC0415

        run_track(settings, progress)
        place.send(progress)
    if settings.shard is None:
        typer.echo(f"records are in {place.shown}; draw them with: samscope report {place.shown}")
    else:
        typer.echo(f"shard {settings.shard} is in {place.shown}; with the others: samscope merge SHARD...")
    with cleared(place):
        tell_of_failures(settings.out)


@app.command(
    epilog=_examples(
        ("samscope merge shards/* --out study", "the shards of an array, put together"),
        ("samscope merge shards/* --report --out study", "with figures and page"),
        ("samscope merge s3://bucket/shards/* --out s3://bucket/study", "on object storage"),
    )
)
@logged
def merge(
    shards: Annotated[list[Path], typer.Argument(help="Folders written by `samscope track --shard`, all.")],
    out: Out,
    progress: Progress,
    *,
    report: Annotated[bool, typer.Option("--report", help="Draw figures and page as well.")] = False,
    overwrite: Overwrite = False,
) -> None:
    """Put the shards of a study together: the same records as if one machine had made them."""
    from samscope.merge import run_merge  # noqa: PLC0415

    place = place_of(out, overwrite=overwrite)
    with shards_at_hand(shards, progress) as folders:
        run_merge(folders, place.folder, progress, overwrite=overwrite)
    if report:
        from samscope.study import run_report  # noqa: PLC0415

        run_report(place.folder, progress)
    place.send(progress)
    if report:
        typer.echo(f"open {place.shown}/report.html")
    else:
        typer.echo(f"the study is in {place.shown}; draw it with: samscope report {place.shown}")
    with cleared(place):
        tell_of_failures(place.folder)


@app.command(
    epilog=_examples(
        ("samscope report records", "figures, tables and page, from the records alone"),
        (
            "samscope report records --spread variance_without_floor",
            "the figures of features by the paper's own definition",
        ),
        (
            "samscope report records --references online --robust-scale --outlines",
            "compared with frames that the tracker believes in; colours without extremes; outlines on maps",
        ),
    )
)
@logged
@takes(choices=figure_choices)
def report(folder: StudyFolder, progress: Progress, *, choices: FigureChoices) -> None:
    """Draw figures and page again from a study's records; the model is not needed."""
    from samscope.study import run_report  # noqa: PLC0415

    page = run_report(folder, progress, choices)
    typer.echo(f"open {page}")


@app.command(
    epilog=_examples(
        ("samscope figure tiny", "the names of all figures, and what each shows"),
        (
            "samscope figure tiny position-maps-clean --robust-scale --outlines",
            "one figure as PNG and SVG, in a few seconds",
        ),
        (
            "samscope figure tiny features-over-time-memory_features --spread variance_without_floor",
            "as the paper defines the distance",
        ),
    )
)
@takes(choices=figure_choices)
def figure(
    folder: StudyFolder,
    name: Name = None,
    *,
    choices: FigureChoices,
    clip: ShownClip = None,
    frame: ShownFrame = None,
    out: FiguresOut = None,
) -> None:
    """Draw one figure again from a study's records, or list them all."""
    from samscope.figures.catalogue import catalogue  # noqa: PLC0415
    from samscope.report.redraw import redraw  # noqa: PLC0415

    if name is None:
        table = Table(box=None)
        table.add_column("figure", no_wrap=True)
        table.add_column("shows")
        table.add_column("in the paper", no_wrap=True)
        for one in catalogue().values():
            table.add_row(one.name, one.title, one.paper)
        _print(table)
        return
    for path in redraw(folder, name, choices, clip=clip, frame=frame, out=out):
        typer.echo(path)


@app.command(
    epilog=_examples(
        (
            "samscope compare tiny large --out tiny-large",
            "two models on the same clips: differences are paired, clip by clip",
        ),
        (
            "samscope compare runs/a/study runs/b/study --names base,tuned --out base-tuned",
            "folders of the same name get names of their own",
        ),
    )
)
@logged
def compare(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="STUDY",
            help="Folders written by `samscope study` or `samscope track`; the others are held against the "
            "first. Studies that were made with the same --videos, --seed, --clips and --sets share their "
            "clips, whatever the model.",
            show_default=False,
        ),
    ],
    out: Out,
    progress: Progress,
    *,
    names: Names = None,
    overwrite: Overwrite = False,
) -> None:
    """Put studies side by side: features, AUROC, J and F, absence, claims, and how far they differ."""
    from samscope.compare import ComparisonSettings, parse_names, run_comparison  # noqa: PLC0415

    studies = tuple(folder.expanduser() for folder in folders)
    page = run_comparison(ComparisonSettings(studies, out, parse_names(names), overwrite), progress)
    typer.echo(f"open {page}")


@app.command(
    epilog=_examples(
        ("samscope download davis-2017 --out DAVIS", "90 videos with masks, 0.8 GB, for --videos"),
        ("samscope download facebook/sam2.1-hiera-tiny", "a released model, into the hub's cache"),
        (
            "samscope download davis-2017 --archive DAVIS-2017-trainval-480p.zip --out DAVIS",
            "an archive that was got by hand: checked and unpacked",
        ),
    )
)
@logged
def download(
    what: What,
    progress: Progress,
    *,
    out: Into = None,
    url: Url = None,
    sha256: Digest = None,
    archive: Archive = None,
) -> None:
    """Get videos or a model's weights: checked, gone on with where it broke off, and whole or not at all."""
    from samscope.downloads.job import download_videos, download_weights  # noqa: PLC0415

    if "/" not in what:
        folder = out or Path(what)
        try:
            download_videos(what, folder, progress, url=url, sha256=sha256, archive=archive)
        except KeyboardInterrupt:
            raise StoppedError("stopped; the same command goes on with what is fetched already") from None
        typer.echo(f"videos are in {folder}; go on with: samscope study --videos {folder} --out STUDY")
        return
    if (out, url, sha256, archive) != (None, None, None, None):
        raise UsageError(
            f"{what} goes to the hub's cache: --out, --url, --sha256 and --archive are for videos"
        )
    typer.echo(f"{what} is in {download_weights(what, progress)}; go on with: samscope study --model {what}")


@app.command(
    epilog=_examples(
        (
            "samscope evaluate --videos DAVIS --subset val --model facebook/sam2.1-hiera-tiny --out tiny",
            "J and F of a released model by the DAVIS protocol, on whole videos",
        ),
        (
            "samscope evaluate --videos DAVIS --model my-model --prompt box --frames 28 --out boxes",
            "a model of your own, told a box, on the first 28 frames of each video",
        ),
        (
            "samscope evaluate --videos DAVIS --model my-model --material material --out all",
            "with the checks on composed clips, as for the built-in model's card",
        ),
    )
)
@takes(settings=evaluation_settings)
def evaluate(settings: EvaluationSettings) -> None:
    """Score a model on videos: J and F by the DAVIS protocol, drift, absence, and the time of a frame."""
    from samscope.evaluation.job import run_evaluation  # noqa: PLC0415
    from samscope.evaluation.tables import evaluation_tables  # noqa: PLC0415

    evaluation = run_evaluation(settings, OnConsole())
    for table in evaluation_tables(evaluation):
        _print(table)
    typer.echo(f"every number is in {settings.out}")


@app.command(
    epilog=_examples(
        (
            "samscope bench --clips 1 --sets clean,interjection,context_removal --out bench",
            "the built-in model on made-up videos, against transformers' session",
        ),
        (
            "samscope bench --model random-hiera-tiny --clips 1 --threads 2 --out bench",
            "a released architecture, without a download; all six sets",
        ),
        (
            "samscope bench --contenders alone_observed,fast_observed --clips 4 --out bench",
            "what a study gains: everything recorded, one clip at a time and together",
        ),
        (
            "samscope bench --contenders fast --growth clips=1,4,16,64 --growth frames=28,84,280 --out bench",
            "how time and memory grow",
        ),
    )
)
@takes(settings=benchmark_settings)
def bench(settings: BenchmarkSettings) -> None:
    """Time tracking side by side: the library's session, and samscope with and without shared work."""
    from samscope.benchmark.job import run_benchmark  # noqa: PLC0415

    table = run_benchmark(settings, OnConsole())
    typer.echo(table.read_text(encoding="utf-8"))
    typer.echo(f"table, numbers and figure are in {settings.out}")


@app.command(
    help=TRAINING_HELP,
    epilog=_examples(
        (
            "samscope train --material material --out run --processes 2",
            "the whole run on two cores; the same command goes on where it stopped",
        ),
        (
            "samscope train --material material --out trial --steps 300 --check-every 100",
            "a short trial: does the loss fall, does J rise?",
        ),
        (
            "samscope train --material material --out run --minutes 55 --device cuda --workers 4",
            "a share of a long run on a GPU, as a scheduler with time limits wants it",
        ),
        ("samscope study --model run/model --out study", "look into the model that was made"),
    ),
)
@takes(choices=training_choices)
def train(choices: dict[str, Any], *, threads: Threads = 1) -> None:
    """Train a small SAM 2, or go on with a training."""
    from samscope.train import run_train  # noqa: PLC0415
    from samscope.training.settings import TrainingSettings  # noqa: PLC0415

    settings = TrainingSettings(**choices)
    try:
        with interruption_noted(_say_that_it_stops) as interrupted:
            trained = run_train(settings, OnConsole(), interrupted, threads=threads)
    except KeyboardInterrupt:
        raise StoppedError(
            "stopped within a step; the same command goes on from the latest checkpoint"
        ) from None
    if trained.skipped:
        say(trained.what_was_skipped())
    if trained.finished:
        typer.echo(
            f"the model is in {trained.written}; see into it with: samscope study --model {trained.written}"
        )
        return
    stopped = f"stopped after step {trained.done} of {trained.steps}; the same command goes on from there"
    if interrupted():
        raise StoppedError(stopped)
    typer.echo(stopped)


def _say_that_it_stops() -> None:
    say("stopping after this step; Ctrl-C once more drops it")


def _print(table: Table) -> None:
    """Print a table as wide as a terminal is, and whole where there is none."""
    console = Console()
    (console if console.is_terminal else Console(width=_PRINTED_WIDTH)).print(table)


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
            status = app(list(arguments), prog_name="samscope", standalone_mode=False)
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
