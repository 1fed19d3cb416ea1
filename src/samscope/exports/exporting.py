"""A result in another format: the tracked film is read again where the format shows its frames."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from samscope.exports.formats import Format, format_of, require_place, usual_place, whole_output, writing
from samscope.exports.frame import ResultFrame
from samscope.exports.result import Result, open_result
from samscope.exports.study_recording import first_draw, write_draw
from samscope.records.store import open_study
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Progress
from samscope.support.result_folder import STUDY_FILE
from samscope.videos.camera import address_of
from samscope.videos.opened import OpenedVideo, open_video


def run_export(
    folder: Path,
    format_name: str,
    progress: Progress,
    *,
    out: Path | None = None,
    video: str | None = None,
    clip: int | None = None,
) -> Path:
    """Write a tracked film in a format; or a draw of a study, which Rerun's alone shows.

    Args:
        folder: what ``samscope track --out`` has made; or a study.
        format_name: one of ``FORMATS``.
        progress: hears how far it is.
        out: where it is written to; None for ``usual_place``.
        video: where the film lies now; None for where it lay when it was tracked.
        clip: number of a study's draw; None for the first that has maps.

    Returns:
        Where it is.

    Raises:
        UsageError: there is no such format, no result, no film where the format shows its frames, a library
            is missing, or something lies in the way.
        SamscopeError: the result or the film is damaged, or the disk is full.
    """
    kind = format_of(format_name)
    folder = folder.expanduser()
    out = usual_place(folder, kind) if out is None else out.expanduser()
    if (folder / STUDY_FILE).is_file():
        return _export_study(folder, kind, progress, out, clip)
    result = open_result(folder)
    if clip is not None:
        raise UsageError(f"--clip {clip}: {folder} is a tracked film, which has no draws")
    require_place(out, kind)
    frames: Iterable[ResultFrame] = result
    if kind.needs_pixels:
        frames = _with_pixels(result, _film_of(result, kind, video))
    with progress.stage(kind.name, len(result)) as advance, writing(out, kind, result.facts) as add:
        for frame in frames:
            add(frame)
            advance(f"frame {frame.index}")
    return out


def _export_study(folder: Path, kind: Format, progress: Progress, out: Path, clip: int | None) -> Path:
    """Write a draw of a study; see ``run_export``."""
    if kind.name != "rerun":
        raise UsageError(f"--to {kind.name}: {folder} is a study, which is shown by --to rerun alone")
    study = open_study(folder)
    number = first_draw(study) if clip is None else clip
    require_place(out, kind)
    with progress.stage(kind.name), whole_output(out, kind) as unfinished:
        write_draw(unfinished, study, number)
    return out


def _film_of(result: Result, kind: Format, video: str | None) -> OpenedVideo:
    """Open the film that a result was tracked in, as it was opened then."""
    path = result.facts.video if video is None else video
    where = f"--to {kind.name} shows the frames"
    if address_of(path) is not None:
        raise UsageError(f"{where}, and those of {path} are gone; export while tracking: --export")
    try:
        film = open_video(path, **result.facts.reading)
    except UsageError as error:
        raise UsageError(f"{where}: {error}; or name the film with --video") from error
    if film.size != result.facts.size:
        film_size, expected = (f"{width} x {height}" for height, width in (film.size, result.facts.size))
        raise UsageError(
            f"{path}: {film_size} pixels, and {expected} were tracked; name that film with --video"
        )
    return film


def _with_pixels(result: Result, film: OpenedVideo) -> Iterator[ResultFrame]:
    """Iterate over the frames of a result with their pixels.

    Raises:
        SamscopeError: the film ends before them.
    """
    film_frames = iter(film)
    ahead = next(film_frames, None)
    for frame in result:
        while ahead is not None and ahead.index < frame.index:
            ahead = next(film_frames, None)
        if ahead is None:
            why = "" if film.ended_early is None else f" ({film.ended_early})"
            raise SamscopeError(
                f"{film.name}: ends before frame {frame.index}, which was tracked{why}; name the film that "
                "was tracked with --video"
            )
        yield replace(frame, pixels=ahead.pixels)
