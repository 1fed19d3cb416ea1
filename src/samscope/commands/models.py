"""``samscope download`` and ``train``: what a study needs."""

from pathlib import Path
from typing import Any

import typer

from samscope.commands.download_options import Archive, Digest, Into, Url, What
from samscope.commands.option_groups import takes
from samscope.commands.showing import examples
from samscope.commands.talking import (
    StoppedError,
    logged,
    say,
)
from samscope.commands.training_options import TRAINING_HELP, Threads, training_choices
from samscope.errors import UsageError
from samscope.interruption import interruption_noted
from samscope.models.built_in import BUILT_IN_MODEL, RANDOM_MODELS
from samscope.progress import OnConsole, Progress
from samscope.storage.urls import url_of

commands = typer.Typer()


@commands.command(
    epilog=examples(
        ("samscope download davis-2017 --out DAVIS", "90 videos with masks, 0.8 GB, for --videos"),
        ("samscope download facebook/sam2.1-hiera-tiny", "a released model, into the hub's cache"),
        (
            "samscope download davis-2017 --archive DAVIS-2017-trainval-480p.zip --out DAVIS",
            "an archive that was got by hand: checked and unpacked",
        ),
    )
)
@logged
def download(
    what: What,
    progress: Progress,
    *,
    out: Into = None,
    url: Url = None,
    sha256: Digest = None,
    archive: Archive = None,
) -> None:
    """Get videos or a model's weights: checked, gone on with where it broke off, and whole or not at all."""
    from samscope.downloads.job import download_videos, download_weights  # noqa: PLC0415

    if what == BUILT_IN_MODEL:
        raise UsageError(f"{what} is built in: go on with samscope study --model {what}")
    if what in RANDOM_MODELS:
        raise UsageError(f"{what} is made on this machine: go on with samscope study --model {what}")
    if url_of(what) is not None:
        raise UsageError(
            f"{what} is an address; name a collection, with --url {what} where its archive lies there, or a "
            "model by its name on the hub"
        )
    if "/" not in what:
        folder = out or Path(what)
        try:
            download_videos(what, folder, progress, url=url, sha256=sha256, archive=archive)
        except KeyboardInterrupt:
            raise StoppedError("stopped; the same command goes on with what is fetched already") from None
        typer.echo(f"videos are in {folder}; go on with: samscope study --videos {folder} --out STUDY")
        return
    if (out, url, sha256, archive) != (None, None, None, None):
        raise UsageError(
            f"{what} goes to the hub's cache: --out, --url, --sha256 and --archive are for videos"
        )
    typer.echo(f"{what} is in {download_weights(what, progress)}; go on with: samscope study --model {what}")


@commands.command(
    help=TRAINING_HELP,
    epilog=examples(
        (
            "samscope train --material material --out run --processes 2",
            "the whole run on two cores; the same command goes on where it stopped",
        ),
        (
            "samscope train --material material --out trial --steps 300 --check-every 100",
            "a short trial: does the loss fall, does J rise?",
        ),
        (
            "samscope train --material material --out run --minutes 55 --device cuda --workers 4",
            "a share of a long run on a GPU, as a scheduler with time limits wants it",
        ),
        ("samscope study --model run/model --out study", "look into the model that was made"),
    ),
)
@takes(choices=training_choices)
def train(choices: dict[str, Any], *, threads: Threads = 1) -> None:
    """Train a small SAM 2, or go on with a training."""
    from samscope.train import run_train  # noqa: PLC0415
    from samscope.training.settings import TrainingSettings  # noqa: PLC0415

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
