"""``samscope report``, ``figure``, ``compare`` and ``rules``: pages and figures."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from samscope.cli.figure_options import (
    FigureFolder,
    FiguresOut,
    Name,
    ShownClip,
    ShownFrame,
    StudyFolder,
    figure_choices,
)
from samscope.cli.help_text import examples, print_table
from samscope.cli.messages import logged, tell_findings, tell_of_failures, telling_how_to_go_on
from samscope.cli.option_groups import takes
from samscope.cli.rules_options import rules_settings
from samscope.cli.shared_options import Out, Overwrite
from samscope.cli.study_options import ShardOption
from samscope.figures.choices import FigureChoices
from samscope.studies.rule_settings import RuleSettings
from samscope.studies.sharding import Shard
from samscope.support.errors import UsageError
from samscope.support.progress import OnConsole, Progress
from samscope.support.result_folder import RULES_FILE, TRACE_FILE
from samscope.support.urls import url_of

Names = Annotated[
    str | None,
    typer.Option(
        "--names",
        help="What the studies are called, in their order, separated by commas.",
        show_default="the names of their folders",
        rich_help_panel="Input and output",
    ),
]

commands = typer.Typer()


@commands.command(
    epilog=examples(
        ("samscope report records", "figures, tables and page, from the records alone"),
        (
            "samscope report records --spread variance_without_floor",
            "the figures of features by the paper's own definition",
        ),
        (
            "samscope report records --references online --robust-scale --outlines",
            "compared with frames that the tracker believes in; colours without extremes; outlines on maps",
        ),
        ("samscope report s3://bucket/records", "drawn on this machine, and sent to where the records are"),
        ("samscope report rules", "the page of a comparison of memory rules"),
    )
)
@logged
@takes(choices=figure_choices)
def report(folder: StudyFolder, progress: Progress, *, choices: FigureChoices) -> None:
    """Draw figures and page again from the records of a study, or of rules; the model is not needed."""
    from samscope.report.page_processes import begin_processes, clips_recorded  # noqa: PLC0415

    begin_processes(clips_recorded(folder.expanduser()))
    from samscope.records.at_hand import send_drawn, study_at_hand  # noqa: PLC0415
    from samscope.report.rules_report import run_rules_report  # noqa: PLC0415
    from samscope.report.study_report import run_report  # noqa: PLC0415

    if (folder.expanduser() / RULES_FILE).is_file():
        if choices != FigureChoices():
            raise UsageError(
                f"{folder} is a comparison of memory rules, whose figures know no choices; leave "
                "the options of figures out"
            )
        typer.echo(f"open {run_rules_report(folder.expanduser(), progress)}")
        return
    with study_at_hand(folder, progress) as local_folder:
        page = run_report(local_folder, progress, choices)
        page_place = send_drawn(local_folder, folder, page, progress)
        tell_findings(local_folder, page_place)


@commands.command(
    epilog=examples(
        ("samscope figure tiny", "the names of all figures, and what each shows"),
        (
            "samscope figure tiny position-maps-clean --robust-scale --outlines",
            "one figure as PNG and SVG, in a few seconds",
        ),
        ("samscope figure causes causes-restore-share", "a map of a trace: positions and frames, set by set"),
        (
            "samscope figure tiny features-over-time-memory_features --spread variance_without_floor",
            "as the paper defines the distance",
        ),
    )
)
@takes(choices=figure_choices)
def figure(
    folder: FigureFolder,
    name: Name = None,
    *,
    choices: FigureChoices,
    clip: ShownClip = None,
    frame: ShownFrame = None,
    out: FiguresOut = None,
) -> None:
    """Draw one figure again from the records of a study or a trace, or list them all."""
    from samscope.figures.catalogue import catalogue  # noqa: PLC0415
    from samscope.figures.causes import TRACE_FIGURES, trace_figure_title  # noqa: PLC0415
    from samscope.records.at_hand import study_at_hand  # noqa: PLC0415
    from samscope.report.redraw import redraw  # noqa: PLC0415

    if name is None:
        table = Table(box=None)
        table.add_column("figure", no_wrap=True)
        table.add_column("shows")
        table.add_column("in the paper", no_wrap=True)
        if url_of(folder) is None and (folder / TRACE_FILE).is_file():
            for of_trace in TRACE_FIGURES:
                table.add_row(of_trace, trace_figure_title(of_trace), "")
        else:
            for figure_entry in catalogue().values():
                table.add_row(figure_entry.name, figure_entry.title, figure_entry.paper)
        print_table(table)
        return
    if out is None and url_of(folder) is not None:
        raise UsageError(f"{url_of(folder)} lies on object storage; name a folder of this machine with --out")
    if out is not None and (url := url_of(out)) is not None:
        raise UsageError(f"--out {url}: a single figure is written to this machine alone; name a folder")
    with study_at_hand(folder, OnConsole()) as local_folder:
        for path in redraw(local_folder, name, choices, clip=clip, frame=frame, out=out):
            typer.echo(path)


@commands.command(
    epilog=examples(
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
            help="Folders written by `samscope study` or `samscope record`, or their addresses; the others "
            "are held against the first. Studies that were made with the same --videos, --seed, --clips and "
            "--sets share their clips, whatever the model.",
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
    from samscope.report.comparison_run import ComparisonSettings, parse_names, run_comparison  # noqa: PLC0415

    studies = tuple(folder.expanduser() for folder in folders)
    page = run_comparison(ComparisonSettings(studies, out, parse_names(names), overwrite), progress)
    typer.echo(f"open {page}")


@commands.command(
    epilog=examples(
        ("samscope rules --out rules", "made-up videos and the built-in model under eight rules"),
        (
            "samscope rules --videos DAVIS --rules sam2,samurai,dam4sam,oracle --out rules",
            "published rules beside SAM 2's own and the ceiling of any gate",
        ),
        ("samscope rules --rules sam2,sam2:stride=3 --out rules", "one rule with another setting"),
        (
            "samscope rules --videos DAVIS --shard 3/64 --out shards/3",
            "the third of 64 shares of the work, as in a Slurm array; then samscope merge",
        ),
    )
)
@logged
@takes(settings=rules_settings)
def rules(settings: RuleSettings, progress: Progress, *, shard: ShardOption = None) -> None:
    """Track the same clips under several memory rules: what each gains, what it costs, and why."""
    from samscope.studies.rule_run import run_rules  # noqa: PLC0415

    settings = replace(settings, shard=None if shard is None else Shard.parse(shard))
    with telling_how_to_go_on(settings):
        page = run_rules(settings, progress)
    if settings.shard is None:
        typer.echo(f"open {page}")
    else:
        typer.echo(f"shard {settings.shard} is in {settings.out}; with the others: samscope merge SHARD...")
    tell_of_failures(settings.out)
