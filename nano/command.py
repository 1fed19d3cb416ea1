"""``python -m nano``: how the built-in model is trained, checked, and put into the package."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from nano.options import TRAINING_HELP, Threads, training_choices
from samscope.cli.help_text import examples, print_table
from samscope.cli.interruption import interruption_noted
from samscope.cli.messages import StoppedError, say
from samscope.cli.option_groups import takes
from samscope.cli.running import run_app
from samscope.support.progress import OnConsole
from samscope.trackers.sam2.built_in import built_in_folder

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False
)

_Trained = Annotated[Path, typer.Argument(help="Folder of a model, as a training exports it.")]
_Material = Annotated[
    Path, typer.Option("--material", help="The training material; see python -m nano train --help.")
]
_Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the clips: same seed, same numbers.")]


@app.command(
    help=TRAINING_HELP,
    epilog=examples(
        (
            "python -m nano train --material material --out run --processes 2",
            "the whole run on two cores; the same command goes on where it stopped",
        ),
        (
            "python -m nano train --material material --out trial --steps 300 --check-every 100",
            "a short trial: does the loss fall, does J rise?",
        ),
        (
            "python -m nano train --material material --out run --minutes 55 --device cuda --workers 4",
            "a share of a long run on a GPU, as a scheduler with time limits wants it",
        ),
        ("samscope study --model run/model --out study", "look into the model that was made"),
    ),
)
@takes(choices=training_choices)
def train(choices: dict[str, Any], *, threads: Threads = 1) -> None:
    """Train a small SAM 2, or go on with a training."""
    from nano.run import run_train  # noqa: PLC0415
    from nano.training.settings import TrainingSettings  # noqa: PLC0415

    settings = TrainingSettings(**choices)
    try:
        with interruption_noted(_say_that_it_stops) as interrupted:
            trained = run_train(settings, OnConsole(), interrupted, threads=threads)
    except KeyboardInterrupt:
        raise StoppedError(
            "stopped within a step; the same command goes on from the latest checkpoint"
        ) from None
    if trained.skipped:
        say(trained.what_was_skipped())
    if trained.finished:
        typer.echo(
            f"the model is in {trained.written}; see into it with: samscope study --model {trained.written}"
        )
        return
    stopped = f"stopped after step {trained.done} of {trained.steps}; the same command goes on from there"
    if interrupted():
        raise StoppedError(stopped)
    typer.echo(stopped)


def _say_that_it_stops() -> None:
    say("stopping after this step; Ctrl-C once more drops it")


@app.command(
    epilog=examples(
        (
            "python -m nano check run/model --material material",
            "the checks on clips that no training has seen",
        )
    )
)
def check(model: _Trained, material: _Material, *, seed: _Seed = 0) -> None:
    """Check a model on composed clips: absence, look-alikes, still objects, prompts, pointers, features."""
    from nano.checks.composed import check_composed_clips, require_material  # noqa: PLC0415
    from nano.checks.table import composed_table  # noqa: PLC0415
    from samscope.trackers.sam2.loading import load_model  # noqa: PLC0415

    require_material(material)
    checks = check_composed_clips(
        load_model(str(model), mode="exact"), material, seed=seed, progress=OnConsole()
    )
    print_table(composed_table(checks.stated()))


@app.command(
    epilog=examples(
        (
            "python -m nano build run/model --videos DAVIS --material material",
            "weights, results and card, into the package",
        )
    )
)
def build(
    model: _Trained,
    material: _Material,
    videos: Annotated[Path, typer.Option("--videos", help="DAVIS 2016 validation.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The folder that is made or replaced.", show_default="the package's own"),
    ] = None,
    retime: Annotated[
        bool, typer.Option("--retime", help="Keep the results that MODEL has and take the time anew.")
    ] = False,
) -> None:
    """Evaluate a trained model and make the built-in model's folder of it: weights, results and card.

    It scores the first 28 frames of every video with mask, point and box prompts, and runs the checks on
    composed clips: some minutes on one core. Do nothing else on the machine meanwhile, or the frame time is
    no good.
    """
    from nano.package import build_folder  # noqa: PLC0415

    folder = out or built_in_folder()
    build_folder(model, videos, material, folder, retime=retime, progress=OnConsole())
    typer.echo(f"wrote {folder}")


def run(arguments: Sequence[str]) -> int:
    """Run ``python -m nano`` on what is typed after it, and return the exit status."""
    return run_app(app, arguments, "python -m nano")
