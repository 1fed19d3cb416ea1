"""The options of ``python -m benchmarks``, and the settings that are made of them."""

from typing import Annotated, cast

import typer

from benchmarks.bench.settings import DESCRIPTIONS, BenchmarkSettings, Contender, Growth
from samscope.cli.clip_options import clip_settings
from samscope.cli.option_groups import takes
from samscope.cli.shared_options import Device, ImageSize, ModelOption, Out, Overwrite
from samscope.clips.settings import ClipSettings

_CONTENDERS = ",".join(BenchmarkSettings.contenders)
_TIMING = "Timing"

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
TimedThreads = Annotated[
    int, typer.Option("--threads", help="CPU threads, the same for all.", rich_help_panel=_TIMING)
]

Rounds = Annotated[
    int,
    typer.Option(
        "--rounds",
        help="How often each is timed, in turns, as a machine that others use is not always equally fast. "
        "Shown are medians, and how far ratios range.",
        rich_help_panel=_TIMING,
    ),
]


@takes(clips=clip_settings)
def benchmark_settings(
    out: Out,
    clips: ClipSettings,
    *,
    model: ModelOption = BenchmarkSettings.model,
    device: Device = BenchmarkSettings.device,
    image_size: ImageSize = None,
    contenders: Contenders = _CONTENDERS,
    rounds: Rounds = BenchmarkSettings.rounds,
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
        device=device,
        image_size=image_size,
        contenders=names,
        rounds=rounds,
        growth=tuple(Growth.parse(text) for text in growth),
        threads=threads,
        overwrite=overwrite,
    )
