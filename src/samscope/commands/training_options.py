"""The options of ``samscope train``, and the settings that are made of them."""

from pathlib import Path
from typing import Annotated, Any

import typer

_WHERE, _LENGTH, _LEARNING = "Input and output", "Length", "Learning"
_CHECKS, _MACHINE = "Checks and checkpoints", "Machine"

TRAINING_HELP = """\
Train a small SAM 2 from nothing, as the built-in model was.

The folder of the run holds [bold]log.jsonl[/] (losses, speed and held-out results), \
[bold]training.png[/] and [bold]training.svg[/] (its curves), [bold]latest.pt[/] (the checkpoint), \
and at the end [bold]model[/] (the averaged weights in half precision, for --model).

Ctrl-C and a scheduler's termination end the run after its step, with a checkpoint; Ctrl-C once more drops \
the step. The same command goes on from there, and ends in the very weights of a run that was never stopped.

With the defaults it takes two hours or more on two CPU cores. J on held-out clips tells early how it goes.

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
    steps: Steps = 5400,
    batch: Batch = 16,
    minutes: Minutes = None,
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
    return {
        "data": material.expanduser(),
        "output": out.expanduser(),
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
