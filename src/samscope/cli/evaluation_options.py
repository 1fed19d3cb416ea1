"""The options of ``samscope evaluate``, and the settings that are made of them."""

from pathlib import Path
from typing import Annotated

import typer

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
from samscope.evaluation.settings import EvaluationSettings, PromptName

_WHERE, _SCORING = "Input and output", "Scoring"

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
        help="Seed of clicks and boxes: same seed, same scores.",
        rich_help_panel=_SCORING,
    ),
]


def evaluation_settings(
    videos: ScoredVideos,
    out: Out,
    *,
    resolution: Resolution = EvaluationSettings.resolution,
    subset: Subset = EvaluationSettings.subset,
    model: ModelOption = EvaluationSettings.model,
    device: Device = EvaluationSettings.device,
    image_size: ImageSize = EvaluationSettings.image_size,
    memory: Memory = EvaluationSettings.memory,
    threads: Threads = EvaluationSettings.threads,
    prompt: PromptOption = EvaluationSettings.prompt,
    frames: ScoredFrames = EvaluationSettings.frames,
    seed: ScoringSeed = EvaluationSettings.seed,
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
        memory=memory,
        threads=threads,
        prompt=prompt,
        frames=frames,
        seed=seed,
        overwrite=overwrite,
    )
