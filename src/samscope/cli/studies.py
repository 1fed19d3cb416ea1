"""``samscope study``, ``build``, ``record`` and ``merge``: records out of videos."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from samscope.cli.clip_options import Format, clip_settings
from samscope.cli.dry_runs import try_dry
from samscope.cli.help_text import examples
from samscope.cli.messages import (
    has_clips,
    logged,
    tell_findings,
    tell_of_failures,
    telling_how_to_go_on,
)
from samscope.cli.option_groups import takes
from samscope.cli.shared_options import Out, Overwrite
from samscope.cli.study_options import DryRunOption, ShardOption, study_settings
from samscope.clips.settings import ClipSettings
from samscope.studies.settings import StudySettings
from samscope.studies.sharding import Shard
from samscope.support.progress import Progress
from samscope.support.result_folder import RULES_FILE
from samscope.support.storage.staging import cleared, place_of

commands = typer.Typer()


@commands.command(
    epilog=examples(
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
            "samscope study --videos DAVIS --clips 500 --out all --dry-run",
            "how long would it take, and how much?",
        ),
        (
            "samscope study --videos DAVIS --clips 500 --engine ray --address auto --out big",
            "on all nodes of a Ray cluster",
        ),
    )
)
@logged
@takes(settings=study_settings)
def study(settings: StudySettings, progress: Progress, *, dry_run: DryRunOption = False) -> None:
    """Run the whole study: make the clips, track through them, draw the page."""
    place = place_of(settings.out, overwrite=settings.overwrite, resume=settings.resume)
    settings = replace(settings, out=place.folder)
    if dry_run:
        try_dry(settings, place, progress, page=True)
        return
    with telling_how_to_go_on(settings):
        from samscope.report.page_processes import begin_processes  # noqa: PLC0415

        begin_processes(settings.clips.count * len(settings.clips.sets))
        from samscope.studies.stages import run_study  # noqa: PLC0415

        page = run_study(settings, progress)
        place.send(progress)
    with cleared(place):
        tell_findings(settings.out, page if place.url is None else f"{place.url}/{page.name}")
        tell_of_failures(settings.out)


@commands.command(
    epilog=examples(
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
    from samscope.studies.stages import run_build  # noqa: PLC0415

    run_build(clips, out, progress, image_format=image_format, overwrite=overwrite)
    typer.echo(f"clips are in {out}; go on with: samscope record --videos {out} --out RECORDS")


@commands.command(
    epilog=examples(
        ("samscope record --videos clips --out records", "clips that `samscope build` has made"),
        ("samscope record --videos DAVIS --clips 20 --out records", "clips made on the way and not kept"),
        (
            "samscope record --videos DAVIS --clips 500 --shard 3/64 --out shards/3",
            "the third of 64 shares of a study, as in a Slurm array; then samscope merge",
        ),
    )
)
@logged
@takes(settings=study_settings)
def record(
    settings: StudySettings,
    progress: Progress,
    *,
    shard: ShardOption = None,
    dry_run: DryRunOption = False,
) -> None:
    """Track through clips and keep the records, without figures and page."""
    settings = replace(settings, shard=None if shard is None else Shard.parse(shard))
    place = place_of(settings.out, overwrite=settings.overwrite, resume=settings.resume)
    settings = replace(settings, out=place.folder)
    if dry_run:
        try_dry(settings, place, progress, page=False)
        return
    with telling_how_to_go_on(settings):
        from samscope.studies.stages import run_record  # noqa: PLC0415

        run_record(settings, progress)
        place.send(progress)
    if settings.shard is None:
        typer.echo(f"records are in {place.shown}; draw them with: samscope report {place.shown}")
    else:
        empty = (
            "" if has_clips(settings.out) else ", empty, as there are fewer draws to share out than shards"
        )
        typer.echo(
            f"shard {settings.shard} is in {place.shown}{empty}; with the others: samscope merge SHARD..."
        )
    with cleared(place):
        tell_of_failures(settings.out)


@commands.command(
    epilog=examples(
        ("samscope merge shards/* --out study", "the shards of an array, put together"),
        ("samscope merge shards/* --report --out study", "with figures and page"),
        ("samscope merge rules/* --report --out rules", "shards of a comparison of memory rules"),
        ("samscope merge s3://bucket/shards/* --out s3://bucket/study", "on object storage"),
    )
)
@logged
def merge(
    shards: Annotated[
        list[Path],
        typer.Argument(help="Folders written by `--shard` of `samscope record` or `samscope rules`, all."),
    ],
    out: Out,
    progress: Progress,
    *,
    report: Annotated[bool, typer.Option("--report", help="Draw figures and page as well.")] = False,
    overwrite: Overwrite = False,
) -> None:
    """Put the shards of a study or of rules together: the same records as if one machine had made them."""
    from samscope.studies.merge import run_merge  # noqa: PLC0415
    from samscope.support.storage.at_hand import folders_at_hand  # noqa: PLC0415

    place = place_of(out, overwrite=overwrite)
    with folders_at_hand(shards, progress) as folders:
        run_merge(folders, place.folder, progress, overwrite=overwrite)
    of_rules = (place.folder / RULES_FILE).is_file()
    if report and of_rules:
        from samscope.report.rules_report import run_rules_report  # noqa: PLC0415

        run_rules_report(place.folder, progress)
    elif report:
        from samscope.report.study_report import run_report  # noqa: PLC0415

        run_report(place.folder, progress)
    place.send(progress)
    if report and of_rules:
        with cleared(place):
            typer.echo(f"open {place.shown}/rules.html")
            tell_of_failures(place.folder)
        return
    if report:
        with cleared(place):
            tell_findings(place.folder, f"{place.shown}/report.html")
            tell_of_failures(place.folder)
        return
    typer.echo(f"the study is in {place.shown}; draw it with: samscope report {place.shown}")
    with cleared(place):
        tell_of_failures(place.folder)
