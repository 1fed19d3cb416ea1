"""The options of which clips are made, and the settings that are made of them."""

import inspect
from pathlib import Path
from typing import Annotated

import typer

from samscope.cli.shared_options import Resolution, Subset
from samscope.clips.built import is_built
from samscope.clips.clip import SETS, Timeline
from samscope.clips.sets.options import Background, OverlayObjects, Splice, TransformOptions
from samscope.clips.settings import ClipSettings, parse_sets, parse_strides
from samscope.clips.writing import ImageFormat
from samscope.support.errors import UsageError

_ALL_SETS = ",".join(SETS)
_ALL_STRIDES = ",".join(str(stride) for stride in ClipSettings.strides)
_WHERE, _CLIPS, _SETS = "Input and output", "Clips", "Transformations"

Videos = Annotated[
    Path | None,
    typer.Option(
        "--videos",
        help="Folder of videos with labels: DAVIS, MOSE, YouTube-VOS, LVOS, SA-V or VOT, the first four also "
        "as an address such as s3://bucket/DAVIS; or one made by `samscope build`.",
        show_default="made-up videos",
        rich_help_panel=_WHERE,
    ),
]
Count = Annotated[
    int,
    typer.Option("--clips", help="Clips in each set (the paper: 500).", rich_help_panel=_CLIPS),
]
Each = Annotated[
    bool,
    typer.Option(
        "--each",
        help="Take every object of every video once, in place of --clips.",
        rich_help_panel=_CLIPS,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", help="Seed of every random choice: same seed, same clips.", rich_help_panel=_CLIPS
    ),
]
Sets = Annotated[
    str,
    typer.Option("--sets", help="Sets to make, separated by commas.", rich_help_panel=_CLIPS),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--source",
        help="Video to make every clip from.",
        show_default="drawn at random",
        rich_help_panel=_CLIPS,
    ),
]
Partner = Annotated[
    str | None,
    typer.Option(
        "--partner",
        help="Video of the interjected frames and of the pasted object.",
        show_default="drawn at random",
        rich_help_panel=_CLIPS,
    ),
]
ObjectId = Annotated[
    int | None,
    typer.Option(
        "--object",
        help="Object of --source to track.",
        show_default="drawn at random",
        rich_help_panel=_CLIPS,
    ),
]
MinArea = Annotated[
    float,
    typer.Option(
        "--min-area",
        help="Share of the picture that an object covers at least where it is prompted.",
        rich_help_panel=_CLIPS,
    ),
]
Strides = Annotated[
    str,
    typer.Option(
        "--strides", help="Temporal strides to draw from, separated by commas.", rich_help_panel=_CLIPS
    ),
]
Prefix = Annotated[
    int,
    typer.Option("--prefix", help="Frames before the middle; frame 0 is prompted.", rich_help_panel=_CLIPS),
]
Middle = Annotated[int, typer.Option("--middle", help="Frames that are transformed.", rich_help_panel=_CLIPS)]
Suffix = Annotated[int, typer.Option("--suffix", help="Frames after the middle.", rich_help_panel=_CLIPS)]
SpliceOption = Annotated[
    Splice,
    typer.Option(
        "--splice",
        help="Interjection: insert frames between two of the source, or replace the source's own.",
        rich_help_panel=_SETS,
    ),
]
BackgroundOption = Annotated[
    Background,
    typer.Option(
        "--background", help="Context removal: what takes the place of the context.", rich_help_panel=_SETS
    ),
]
OverlayOption = Annotated[
    OverlayObjects,
    typer.Option(
        "--overlay",
        help="Overlay: similar objects of the collection, or copies of the object itself.",
        rich_help_panel=_SETS,
    ),
]
Format = Annotated[
    ImageFormat,
    typer.Option(
        "--image-format",
        help="Format of the frames; png is larger and loses nothing.",
        rich_help_panel=_WHERE,
    ),
]


def clip_settings(
    context: typer.Context,
    *,
    videos: Videos = None,
    resolution: Resolution = None,
    subset: Subset = None,
    count: Count = ClipSettings.count,
    each: Each = ClipSettings.each,
    seed: Seed = ClipSettings.seed,
    sets: Sets = _ALL_SETS,
    source: Source = None,
    object_id: ObjectId = None,
    partner: Partner = None,
    min_area: MinArea = ClipSettings.min_area,
    strides: Strides = _ALL_STRIDES,
    prefix: Prefix = Timeline.prefix,
    middle: Middle = Timeline.middle,
    suffix: Suffix = Timeline.suffix,
    splice: SpliceOption = TransformOptions.splice,
    background: BackgroundOption = TransformOptions.background,
    overlay: OverlayOption = TransformOptions.overlay,
) -> ClipSettings:
    """Make the settings of clips out of their options."""
    clips = ClipSettings(
        videos=videos,
        resolution=resolution,
        subset=subset,
        count=count,
        each=each,
        seed=seed,
        sets=parse_sets(sets),
        source=source,
        object_id=object_id,
        partner=partner,
        min_area=min_area,
        strides=parse_strides(strides),
        timeline=Timeline(prefix, middle, suffix),
        options=TransformOptions(splice, background, overlay),
    )
    if each and _is_given(context, "count"):
        raise UsageError("--clips and --each: every object is taken once; leave one of them out")
    if clips.videos is not None and is_built(clips.videos):
        _refuse_choices(context, clips.videos)
    return clips


def _refuse_choices(context: typer.Context, built: Path) -> None:
    """Raise UsageError if an option would make other clips than those that are there already."""
    making = set(inspect.signature(clip_settings).parameters) - {"context", "videos"}
    for parameter in context.command.params:
        if parameter.name in making and _is_given(context, str(parameter.name)):
            raise UsageError(
                f"{parameter.opts[0]}: the clips in {built} are made already; leave it out, or name videos"
            )


def _is_given(context: typer.Context, parameter: str) -> bool:
    """Tell whether an option stands on the command line."""
    source = context.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"
