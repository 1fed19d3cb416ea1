"""The options of ``samscope study`` and ``samscope record``, and the settings that are made of them."""

from collections.abc import Callable
from typing import Annotated

import typer

from samscope.cli.clip_options import clip_settings
from samscope.cli.option_groups import options_of
from samscope.cli.shared_options import Device, ImageSize, Memory, ModelOption, Out, Overwrite, Threads
from samscope.studies.settings import StudySettings

_WHERE, _MODEL, _WORK = "Input and output", "Model", "Many machines"

ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        help="Do one share of the work, such as 3/64, the third of 64; `samscope merge` takes them all.",
        show_default="all of it",
        rich_help_panel=_WORK,
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Write nothing: check every input, count clips and frames, and estimate time and room on the "
        "disk from a few frames that the model is timed on.",
        rich_help_panel=_WHERE,
    ),
]

MODE_OPTION = typer.Option(
    "--mode",
    help="How the model computes: exact (its library's numbers, bit for bit on a CPU), fast (float32, "
    "equal within rounding) or bf16 (what a GPU is made for, further from exact).",
    show_default="bf16 on a CUDA GPU, else fast",
    rich_help_panel=_MODEL,
)
COMPILE_OPTION = typer.Option(
    "--compile",
    help="Let torch.compile compile the image encoder: a minute or more at first, for many frames on a GPU "
    "(docs/gpu.md). Not with --mode exact.",
    rich_help_panel=_MODEL,
)
BATCH_OPTION = typer.Option(
    "--batch",
    help="Distinct frames or tracks that go through the model at once; more than 1 pays on a GPU, and "
    "where frames are small.",
    show_default="as many as fit on a GPU; on a CPU one a set for frames of 192 pixels, 1 from 512 on",
    rich_help_panel=_MODEL,
)
RESUME_OPTION = typer.Option(
    "--resume",
    help="Go on with the unfinished study for --out, if there is one; a finished one is left as it is.",
    rich_help_panel=_WHERE,
)
FAIL_FAST_OPTION = typer.Option(
    "--fail-fast",
    help="Stop at the first clip that fails, instead of leaving it out and saying so at the end.",
    rich_help_panel=_WHERE,
)

ENGINE_OPTION = typer.Option(
    "--engine",
    help="Who does the work: local, this process; or ray, a worker for each GPU of a Ray cluster, or for "
    "every --threads CPU cores (needs samscope[ray]).",
    rich_help_panel=_WORK,
)
ADDRESS_OPTION = typer.Option(
    "--address",
    help="Address of the Ray cluster; auto for the one that this machine belongs to.",
    show_default="one on this machine alone",
    rich_help_panel=_WORK,
)

study_settings: Callable[..., StudySettings] = options_of(
    StudySettings,
    out=Out,
    clips=clip_settings,
    model=ModelOption,
    device=Device,
    image_size=ImageSize,
    mode=MODE_OPTION,
    compile=COMPILE_OPTION,
    memory=Memory,
    batch=BATCH_OPTION,
    threads=Threads,
    maps=typer.Option(
        "--maps", help="Draws whose position maps are kept for figures.", rich_help_panel=_WHERE
    ),
    keep=typer.Option(
        "--keep",
        help="Keep whole tensors too, one safetensors file a clip (18 MB a frame at 1024 pixels).",
        rich_help_panel=_WHERE,
    ),
    control=typer.Option(
        "--control",
        help="What the model is held against beside its own clips: random, a twin of the same architecture "
        "with random weights, which tracks the clean, interjection and removal clips of some draws too (of "
        "every second one with all six sets, so that fewer than a third as many clips are tracked again); or "
        "none.",
        rich_help_panel=_MODEL,
    ),
    attention=typer.Option(
        "--attention",
        help="Record what memory attention looks at too, as the table attention: on every frame, in every "
        "layer, the share that each remembered frame and pointer gets.",
        rich_help_panel=_WHERE,
    ),
    overwrite=Overwrite,
    resume=RESUME_OPTION,
    fail_fast=FAIL_FAST_OPTION,
    engine=ENGINE_OPTION,
    address=ADDRESS_OPTION,
)
"""Makes the settings of a study out of their options."""
