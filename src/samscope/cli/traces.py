"""``samscope trace``: what a loss is caused by, from values of one run put into another."""

from typing import Annotated, cast

import typer

from samscope.analysis.causes.cells import (
    ALL_POSITIONS,
    DIRECTIONS,
    SPANS,
    TOGETHER,
    USUAL_SPANS,
    Direction,
)
from samscope.cli.clip_options import (
    BackgroundOption,
    Count,
    Middle,
    MinArea,
    OverlayOption,
    Prefix,
    Seed,
    Source,
    Strides,
    Suffix,
    Videos,
)
from samscope.cli.help_text import examples
from samscope.cli.messages import logged, tell_of_failures, telling_how_to_go_on
from samscope.cli.option_groups import takes
from samscope.cli.shared_options import (
    Device,
    ImageSize,
    Memory,
    ModelOption,
    Out,
    Overwrite,
    Resolution,
    Subset,
    Threads,
)
from samscope.cli.study_options import COMPILE_OPTION, FAIL_FAST_OPTION, MODE_OPTION
from samscope.clips.clip import Timeline
from samscope.clips.sets.options import TransformOptions
from samscope.clips.settings import ClipSettings, parse_sets, parse_strides
from samscope.studies.settings import StudySettings
from samscope.studies.tracing.settings import PAIRED_SETS, TraceSettings
from samscope.support.progress import Progress
from samscope.trackers.modes import Mode

_CELLS = "Cells"
_STRIDES = ",".join(map(str, ClipSettings.strides))

commands = typer.Typer()


def trace_settings(
    *,
    out: Out,
    videos: Videos = None,
    resolution: Resolution = None,
    subset: Subset = None,
    count: Count = ClipSettings.count,
    seed: Seed = ClipSettings.seed,
    sets: Annotated[
        str,
        typer.Option(
            "--sets",
            help=f"Sets to trace, each paired with the clean clips, separated by commas: of "
            f"{', '.join(PAIRED_SETS)}. Interjected frames take the place of the source's own.",
            rich_help_panel=_CELLS,
        ),
    ] = "interjection,context_removal,overlay",
    positions: Annotated[
        str | None,
        typer.Option(
            "--positions",
            help=f"What is patched: sites, separated by commas; several at once joined by {TOGETHER}.",
            show_default=f"those that the model has of {','.join(ALL_POSITIONS)}",
            rich_help_panel=_CELLS,
        ),
    ] = None,
    spans: Annotated[
        str,
        typer.Option(
            "--spans",
            help=f"On which frames: some of {', '.join(SPANS)}, a frame (13), or several (12-14).",
            rich_help_panel=_CELLS,
        ),
    ] = ",".join(USUAL_SPANS),
    directions: Annotated[
        str,
        typer.Option(
            "--directions",
            help="restore: clean values into transformed clips; spoil: transformed values into clean clips.",
            rich_help_panel=_CELLS,
        ),
    ] = ",".join(DIRECTIONS),
    probes: Annotated[
        bool,
        typer.Option(
            "--probes/--no-probes",
            help="Also take away or exchange pointers, leave each remembered frame unread, force the score.",
            rich_help_panel=_CELLS,
        ),
    ] = True,
    model: ModelOption = StudySettings.model,
    device: Device = StudySettings.device,
    image_size: ImageSize = None,
    mode: Annotated[str | None, MODE_OPTION] = None,
    compile: Annotated[bool, COMPILE_OPTION] = StudySettings.compile,  # noqa: A002  as torch calls it
    memory: Memory = None,
    batch: Annotated[
        int | None,
        typer.Option(
            "--batch",
            help="Distinct frames or tracks that go through the model at once.",
            show_default="as of study",
            rich_help_panel="Model",
        ),
    ] = None,
    threads: Threads = None,
    source: Source = None,
    min_area: MinArea = ClipSettings.min_area,
    strides: Strides = _STRIDES,
    prefix: Prefix = Timeline.prefix,
    middle: Middle = Timeline.middle,
    suffix: Suffix = Timeline.suffix,
    background: BackgroundOption = TransformOptions.background,
    overlay: OverlayOption = TransformOptions.overlay,
    overwrite: Overwrite = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the unfinished trace for --out, if there is one; a finished one stays as it is.",
            rich_help_panel="Input and output",
        ),
    ] = False,
    fail_fast: Annotated[bool, FAIL_FAST_OPTION] = False,
) -> TraceSettings:
    """Make the settings of a trace out of its options."""
    clips = ClipSettings(
        videos=videos,
        resolution=resolution,
        subset=subset,
        count=count,
        seed=seed,
        sets=parse_sets(sets),
        source=source,
        min_area=min_area,
        strides=parse_strides(strides),
        timeline=Timeline(prefix, middle, suffix),
        options=TransformOptions("replace", background, overlay),
    )
    study = StudySettings(
        out,
        clips,
        model=model,
        device=device,
        image_size=image_size,
        mode=cast(Mode | None, mode),
        compile=compile,
        memory=memory,
        batch=batch,
        threads=threads,
        overwrite=overwrite,
        resume=resume,
        fail_fast=fail_fast,
    )
    return TraceSettings(
        study,
        positions=None if positions is None else _listed(positions),
        spans=_listed(spans),
        directions=cast(tuple[Direction, ...], _listed(directions)),
        probes=probes,
    )


@commands.command(
    epilog=examples(
        ("samscope trace --clips 12 --out causes", "made-up videos and the built-in model"),
        (
            "samscope trace --videos DAVIS --sets interjection --spans middle --no-probes --out causes",
            "through which position an interjection spoils what follows, and no more",
        ),
    )
)
@logged
@takes(settings=trace_settings)
def trace(settings: TraceSettings, progress: Progress) -> None:
    """Find what a loss is caused by: put values of clean runs into transformed ones, and the reverse."""
    from samscope.studies.tracing.run import run_trace  # noqa: PLC0415

    with telling_how_to_go_on(settings.study):
        page = run_trace(settings, progress)
    typer.echo(f"open {page}")
    tell_of_failures(settings.study.out)


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())
