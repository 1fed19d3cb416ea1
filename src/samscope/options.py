"""The options of the command line, and the settings that are made of them."""

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import typer

from samscope.benchmark.settings import DESCRIPTIONS, RANDOM_MODELS, BenchmarkSettings, Contender, Growth
from samscope.clips.built import is_built
from samscope.clips.clip import SETS, Timeline
from samscope.clips.writing import ImageFormat
from samscope.errors import UsageError
from samscope.evaluation.settings import EvaluationSettings, PromptName
from samscope.models.built_in import BUILT_IN_MODEL
from samscope.models.modes import Mode
from samscope.settings import ClipSettings, EngineName, StudySettings, parse_sets, parse_strides
from samscope.transforms.options import Background, OverlayObjects, Splice, TransformOptions

T = TypeVar("T")

_ALL_SETS = ",".join(SETS)
_CONTENDERS = ",".join(BenchmarkSettings.contenders)
_ALL_STRIDES = ",".join(str(stride) for stride in ClipSettings.strides)

_WHERE, _CLIPS, _SETS, _MODEL = "Input and output", "Clips", "Transformations", "Model"
_SCORING, _TIMING, _LOG, _WORK = "Scoring", "Timing", "Log", "Many machines"

Out = Annotated[
    Path,
    typer.Option(
        "--out",
        help="Folder for the result; it must not exist, or be empty. Of study, track and merge also an "
        "address such as s3://bucket/study.",
        rich_help_panel=_WHERE,
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace an older result of samscope in --out.", rich_help_panel=_WHERE),
]
Names = Annotated[
    str | None,
    typer.Option(
        "--names",
        help="What the studies are called, in their order, separated by commas.",
        show_default="the names of their folders",
        rich_help_panel=_WHERE,
    ),
]
Videos = Annotated[
    Path | None,
    typer.Option(
        "--videos",
        help="DAVIS-format folder (JPEGImages, Annotations), also as an address such as s3://bucket/DAVIS; "
        "or one made by `samscope build`.",
        show_default="made-up videos",
        rich_help_panel=_WHERE,
    ),
]
Resolution = Annotated[
    str | None,
    typer.Option(
        "--resolution",
        help="Which resolution of --videos, where there are several.",
        show_default="480p, or the only one",
        rich_help_panel=_WHERE,
    ),
]
Subset = Annotated[
    str | None,
    typer.Option(
        "--subset",
        help="Take the videos of this list of ImageSets alone: val, train.",
        show_default="all videos",
        rich_help_panel=_WHERE,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with the unfinished study for --out, if there is one; a finished one is left as it is.",
        rich_help_panel=_WHERE,
    ),
]
FailFast = Annotated[
    bool,
    typer.Option(
        "--fail-fast",
        help="Stop at the first clip that fails, instead of leaving it out and saying so at the end.",
        rich_help_panel=_WHERE,
    ),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        help="Do one share of the work, such as 3/64, the third of 64; `samscope merge` takes them all.",
        show_default="all of it",
        rich_help_panel=_WORK,
    ),
]
EngineOption = Annotated[
    EngineName,
    typer.Option(
        "--engine",
        help="Who does the work: local, this process; or ray, a worker for each GPU of a Ray cluster, or for "
        "every --threads CPU cores (needs samscope[ray]).",
        rich_help_panel=_WORK,
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        "--address",
        help="Address of the Ray cluster; auto for the one that this machine belongs to.",
        show_default="one on this machine alone",
        rich_help_panel=_WORK,
    ),
]
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
Count = Annotated[
    int,
    typer.Option("--clips", help="Clips in each set (the paper: 500).", rich_help_panel=_CLIPS),
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
ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        help=f"{BUILT_IN_MODEL} (built in), a hub name (facebook/sam2.1-hiera-tiny), a folder written by "
        "save_pretrained, or an official .pt file.",
        rich_help_panel=_MODEL,
    ),
]
Device = Annotated[
    str,
    typer.Option("--device", help="Where the model runs: cpu, cuda, cuda:1, mps.", rich_help_panel=_MODEL),
]
ImageSize = Annotated[
    int | None,
    typer.Option(
        "--image-size",
        help="Side of the model's square input in pixels.",
        show_default="the model's own",
        rich_help_panel=_MODEL,
    ),
]
ModeOption = Annotated[
    Mode,
    typer.Option(
        "--mode",
        help="How the model computes: exact (its library's numbers, bit for bit on a CPU), fast (float32, "
        "equal within rounding) or bf16.",
        rich_help_panel=_MODEL,
    ),
]
Batch = Annotated[
    int | None,
    typer.Option(
        "--batch",
        help="Distinct frames or tracks that go through the model at once; more than 1 pays on a GPU.",
        show_default="as many as fit on a GPU, 1 on a CPU",
        rich_help_panel=_MODEL,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", help="CPU threads.", show_default="torch's choice", rich_help_panel=_MODEL),
]
Maps = Annotated[
    int,
    typer.Option("--maps", help="Draws whose position maps are kept for figures.", rich_help_panel=_WHERE),
]
Keep = Annotated[
    bool,
    typer.Option(
        "--keep",
        help="Keep whole tensors too, one safetensors file a clip (18 MB a frame at 1024 pixels).",
        rich_help_panel=_WHERE,
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
ScoredVideos = Annotated[
    Path,
    typer.Option(
        "--videos",
        help="DAVIS-format folder (JPEGImages, Annotations) with a mask for every frame.",
        rich_help_panel=_WHERE,
    ),
]
PromptOption = Annotated[
    PromptName,
    typer.Option(
        "--prompt",
        help="What the first frame says of an object: its true mask, a click in it, or a box about it.",
        rich_help_panel=_SCORING,
    ),
]
ScoredFrames = Annotated[
    int | None,
    typer.Option(
        "--frames",
        help="Frames of each video to track, from its first (the built-in model's card: 28).",
        show_default="whole videos",
        rich_help_panel=_SCORING,
    ),
]
ScoringSeed = Annotated[
    int,
    typer.Option(
        "--seed",
        help="Seed of clicks, boxes and composed clips: same seed, same scores.",
        rich_help_panel=_SCORING,
    ),
]
Material = Annotated[
    Path | None,
    typer.Option(
        "--material",
        help="Folder of photos, cut-outs and videos: adds checks on clips composed of them (absence, "
        "look-alikes, still objects, foreign prompts, boxes read off pointers).",
        show_default="no such checks",
        rich_help_panel=_SCORING,
    ),
]


Contenders = Annotated[
    str,
    typer.Option(
        "--contenders",
        help="What is timed, separated by commas; the first is what the others are compared with. "
        f"{'; '.join(f'{name}: {meaning}' for name, meaning in DESCRIPTIONS.items())}.",
        rich_help_panel=_TIMING,
    ),
]
GrowthOption = Annotated[
    list[str],
    typer.Option(
        "--growth",
        metavar="WHAT=VALUES",
        help="Time it all again with more of something, to see how time and memory grow: clips=1,4,16,64, "
        "frames=28,84,280, image_size=256,512 or model=A,B. May be given several times.",
        show_default="nothing",
        rich_help_panel=_TIMING,
    ),
]
TimedModel = Annotated[
    str,
    typer.Option(
        "--model",
        help="A model as `samscope study` takes it, or one with random weights, since speed does not depend "
        f"on them: {', '.join(RANDOM_MODELS)}.",
        rich_help_panel=_MODEL,
    ),
]
TimedThreads = Annotated[
    int, typer.Option("--threads", help="CPU threads, the same for all.", rich_help_panel=_TIMING)
]


def takes(**groups: Callable[..., Any]) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Give a function the options of others, so that commands share them.

    Args:
        groups: by the name of the decorated function's parameter, the function that makes its value. The
            group's parameters take the parameter's place on the command line.
    """

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        owned = {name: list(inspect.signature(group).parameters) for name, group in groups.items()}

        @wraps(function)
        def with_groups(**values: Any) -> T:
            made = {
                name: groups[name](**{option: values.pop(option) for option in options})
                for name, options in owned.items()
            }
            return function(**made, **values)

        parameters = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for own in inspect.signature(function).parameters.values()
            for parameter in (
                inspect.signature(groups[own.name]).parameters.values() if own.name in groups else [own]
            )
        ]
        vars(with_groups)["__signature__"] = inspect.Signature(parameters)
        return with_groups

    return decorate


def clip_settings(
    context: typer.Context,
    *,
    videos: Videos = None,
    resolution: Resolution = None,
    subset: Subset = None,
    count: Count = ClipSettings.count,
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
        videos=None if videos is None else videos.expanduser(),
        resolution=resolution,
        subset=subset,
        count=count,
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
    if clips.videos is not None and is_built(clips.videos):
        _refuse_choices(context, clips.videos)
    return clips


@takes(clips=clip_settings)
def study_settings(
    out: Out,
    clips: ClipSettings,
    *,
    model: ModelOption = BUILT_IN_MODEL,
    device: Device = StudySettings.device,
    image_size: ImageSize = None,
    mode: ModeOption = StudySettings.mode,
    batch: Batch = StudySettings.batch,
    threads: Threads = None,
    maps: Maps = StudySettings.maps,
    keep: Keep = StudySettings.keep,
    overwrite: Overwrite = StudySettings.overwrite,
    resume: Resume = StudySettings.resume,
    fail_fast: FailFast = StudySettings.fail_fast,
    engine: EngineOption = StudySettings.engine,
    address: Address = StudySettings.address,
) -> StudySettings:
    """Make the settings of a study out of their options."""
    return StudySettings(
        out=out,
        clips=clips,
        model=model,
        device=device,
        image_size=image_size,
        mode=mode,
        batch=batch,
        maps=maps,
        keep=keep,
        threads=threads,
        overwrite=overwrite,
        resume=resume,
        fail_fast=fail_fast,
        engine=engine,
        address=address,
    )


def evaluation_settings(
    videos: ScoredVideos,
    out: Out,
    *,
    resolution: Resolution = EvaluationSettings.resolution,
    subset: Subset = EvaluationSettings.subset,
    model: ModelOption = EvaluationSettings.model,
    device: Device = EvaluationSettings.device,
    image_size: ImageSize = EvaluationSettings.image_size,
    threads: Threads = EvaluationSettings.threads,
    prompt: PromptOption = EvaluationSettings.prompt,
    frames: ScoredFrames = EvaluationSettings.frames,
    seed: ScoringSeed = EvaluationSettings.seed,
    material: Material = EvaluationSettings.material,
    overwrite: Overwrite = EvaluationSettings.overwrite,
) -> EvaluationSettings:
    """Make the settings of an evaluation out of their options."""
    return EvaluationSettings(
        out=out,
        videos=videos.expanduser(),
        resolution=resolution,
        subset=subset,
        model=model,
        device=device,
        image_size=image_size,
        threads=threads,
        prompt=prompt,
        frames=frames,
        seed=seed,
        material=None if material is None else material.expanduser(),
        overwrite=overwrite,
    )


def _refuse_choices(context: typer.Context, built: Path) -> None:
    """Raise UsageError if an option would make other clips than those that are there already."""
    making = set(inspect.signature(clip_settings).parameters) - {"context", "videos"}
    for parameter in context.command.params:
        given = context.get_parameter_source(str(parameter.name))
        if parameter.name in making and given is not None and given.name == "COMMANDLINE":
            raise UsageError(
                f"{parameter.opts[0]}: the clips in {built} are made already; leave it out, or name videos"
            )


@takes(clips=clip_settings)
def benchmark_settings(
    out: Out,
    clips: ClipSettings,
    *,
    model: TimedModel = BenchmarkSettings.model,
    image_size: ImageSize = None,
    contenders: Contenders = _CONTENDERS,
    growth: GrowthOption = [],  # noqa: B006
    threads: TimedThreads = BenchmarkSettings.threads,
    overwrite: Overwrite = BenchmarkSettings.overwrite,
) -> BenchmarkSettings:
    """Make the settings of a benchmark out of its options."""
    names = cast(tuple[Contender, ...], tuple(name.strip() for name in contenders.split(",") if name.strip()))
    return BenchmarkSettings(
        out=out,
        clips=clips,
        model=model,
        image_size=image_size,
        contenders=names,
        growth=tuple(Growth.parse(text) for text in growth),
        threads=threads,
        overwrite=overwrite,
    )
