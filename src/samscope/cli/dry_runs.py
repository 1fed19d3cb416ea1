"""What ``samscope study --dry-run`` says."""

from typing import TYPE_CHECKING

import typer

from samscope.studies.settings import StudySettings
from samscope.support.errors import SamscopeError
from samscope.support.progress import Progress
from samscope.support.storage.staging import Place

if TYPE_CHECKING:
    from samscope.studies.dry_run import DryRun

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def try_dry(settings: StudySettings, place: Place, progress: Progress, *, page: bool) -> None:
    """Try a study without writing anything, and print what it would come to.

    Args:
        settings: what the study is.
        place: where it would be made, and go.
        progress: hears how far it is.
        page: whether the study would draw figures and page.

    Raises:
        SamscopeError: a clip would fail, videos cannot be read in full, or the disk has too little room; what
            the study would come to is printed first.
    """
    from samscope.studies.dry_run import run_dry  # noqa: PLC0415

    tried = run_dry(settings, progress)
    for line in _lines(tried, settings, place, page=page):
        typer.echo(line)
    if wrong := _wrong(tried, settings):
        raise SamscopeError("; ".join(wrong))


def _lines(tried: "DryRun", settings: StudySettings, place: Place, *, page: bool) -> list[str]:
    if not tried.draws:
        if not tried.done:
            return [f"shard {settings.shard} is empty, as there are fewer draws than shards"]
        return [f"{place.shown}: all {tried.done} draws are finished; nothing was written"]
    done = f", beside {tried.done} draws that are finished" if tried.done else ""
    shard = "" if settings.shard is None else f" in shard {settings.shard}"
    left_out = "; figures and page take a minute or more on top" if page else ""
    where = f" with --engine ray, on one worker like this machine ({settings.device})"
    on = where if settings.engine == "ray" else f" on this machine ({settings.device})"
    parts = [
        f"{_size(size)} {kind}"
        for size, kind in (
            (tried.record_bytes, "of tables"),
            (tried.map_bytes, "of position maps"),
            (tried.tensor_bytes, "of whole tensors"),
        )
        if size
    ]
    shared = (
        f"{tried.encodings:,} are encoded and {tried.steps:,} steps are taken, as equal frames and "
        "beginnings are computed once"
    )
    drawn = "; figures and page take some 40 MB on top" if page else ""
    return [
        f"clips: {tried.clips:,} of {tried.draws:,} draws{shard}{done}",
        f"frames: {tried.frames:,}, of which {shared}",
        f"time: about {_duration(tried.seconds)}{on}, by {tried.timed} timed frames{left_out}",
        f"disk: about {_size(tried.bytes)} ({', '.join(parts)}), with {_size(tried.free_bytes)} free{drawn}",
        "nothing was written; the same command without --dry-run does it",
    ]


def _wrong(tried: "DryRun", settings: StudySettings) -> list[str]:
    """Return what would go wrong."""
    wrong = []
    if tried.failures:
        wrong.append(
            f"{len(tried.failures)} of {tried.clips} clips would fail; the first, {tried.failures[0]}"
        )
    if tried.unreadable:
        wrong.append(
            f"{len(tried.unreadable)} of the videos cannot be read in full, and nothing would be drawn from "
            f"there; the first, {next(iter(tried.unreadable.values()))}"
        )
    if tried.bytes > tried.free_bytes:
        wrong.append(
            f"--out {settings.out}: would take about {_size(tried.bytes)}, and {_size(tried.free_bytes)} are "
            "free; free some space, name a folder on another disk, or keep less"
        )
    return wrong


def _size(count: float) -> str:
    """Return a number of bytes with two digits, in units of a thousand."""
    unit = 0
    while count >= 999.5 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.1f} {_UNITS[unit]}" if unit and count < 9.95 else f"{count:.0f} {_UNITS[unit]}"


def _duration(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    for unit, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{max(seconds, 1):.0f} seconds"
