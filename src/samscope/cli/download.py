"""``samscope download``: what a study needs."""

from pathlib import Path

import typer

from samscope.cli.download_options import Archive, Digest, Into, Url, What
from samscope.cli.help_text import examples
from samscope.cli.messages import (
    StoppedError,
    logged,
)
from samscope.support.errors import UsageError
from samscope.support.progress import Progress
from samscope.support.urls import url_of
from samscope.trackers.built_in import RANDOM_MODELS
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL

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
    from samscope.trackers.download import download_weights  # noqa: PLC0415
    from samscope.videos.downloads.download import download_videos  # noqa: PLC0415

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
