"""The options of ``samscope evaluate``, and the settings that are made of them."""

from collections.abc import Callable

import typer

from samscope.cli.option_groups import options_of
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
from samscope.evaluation.settings import EvaluationSettings

_WHERE, _SCORING = "Input and output", "Scoring"

evaluation_settings: Callable[..., EvaluationSettings] = options_of(
    EvaluationSettings,
    videos=typer.Option(
        "--videos",
        help="Folder of videos with labels: DAVIS, MOSE, YouTube-VOS, LVOS, SA-V or VOT.",
        rich_help_panel=_WHERE,
    ),
    out=Out,
    resolution=Resolution,
    subset=Subset,
    model=ModelOption,
    device=Device,
    image_size=ImageSize,
    memory=Memory,
    threads=Threads,
    prompt=typer.Option(
        "--prompt",
        help="What the first frame says of an object: its true mask, a click in it, or a box about it.",
        rich_help_panel=_SCORING,
    ),
    frames=typer.Option(
        "--frames",
        help="Frames of each video to track, from its first (the built-in model's card: 28).",
        show_default="whole videos",
        rich_help_panel=_SCORING,
    ),
    seed=typer.Option(
        "--seed",
        help="Seed of clicks and boxes: same seed, same scores.",
        rich_help_panel=_SCORING,
    ),
    overwrite=Overwrite,
)
"""Makes the settings of an evaluation out of their options."""
