"""Reading of a folder of videos in whichever layout it has."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.printable import printable
from samscope.support.reading import MOST_JSON_BYTES, read_regular
from samscope.support.urls import url_of
from samscope.videos.davis import each_readable, read_collection
from samscope.videos.disk import Disk
from samscope.videos.films.film import Film
from samscope.videos.layout import FRAMES_FOLDER, MASKS_FOLDER
from samscope.videos.layouts.sav_films import SavFilmVideo, sav_films
from samscope.videos.layouts.sav_folders import SAV_FRAMES, SAV_MASKS, sav_folder_video
from samscope.videos.layouts.vot import VotVideo, vot_truths, vot_video
from samscope.videos.lists import list_on_disk, listed_videos, names_in_list
from samscope.videos.names import require_safe_names
from samscope.videos.passed_over import is_passed_over
from samscope.videos.video import Collection, Video

_logger = logging.getLogger(__name__)

Maker = Callable[[str], Video]
"""Finds one video by its name."""


def read_videos(
    path: str | Path,
    resolution: str | None = None,
    *,
    subset: str | None = None,
    leave_out: bool = False,
    only: str | None = None,
) -> Collection:
    """Find the videos of a folder; frames and masks are read later, when they are needed.

    Understood are SA-V's validation and test (``JPEGImages_24fps``, ``Annotations_6fps``), SA-V's training
    films (``sav_000001.mp4`` with ``sav_000001_manual.json`` or ``_auto.json``, also a folder deeper), VOT's
    sequences (folders with ``groundtruth.txt``), and what ``read_collection`` understands.

    Args:
        path: the folder, or the address of one in the DAVIS layout.
        resolution: as for ``read_collection``; no other layout has it.
        subset: a list whose videos alone are taken: as for ``read_collection``; in the other layouts the name
            of a text file beside the videos (``sav_val``), or the path of one.
        leave_out: whether a video that cannot be read is left out; it is refused otherwise.
        only: name of the one video that is wanted; None for all.

    Raises:
        UsageError: there is no such folder, resolution, list or video.
        SamscopeError: the folder has no layout that is understood, or a video of it cannot be read.
    """
    layout = None if url_of(path) is not None else _other_layout(Path(path))
    if layout is None:
        return read_collection(path, resolution, subset=subset, leave_out=leave_out, only=only)
    if resolution is not None:
        raise UsageError(f"--resolution {resolution}: {path} has no level of resolutions; leave it out")
    root, makers = Path(path), layout
    names, list_read = (list(makers), None) if subset is None else _listed(root, subset, makers)
    if only is not None:
        names = [_named(root, only, names)]
    require_safe_names(names, root)
    left_out: dict[str, str] = {}
    videos = each_readable(names, lambda name: makers[name](name), left_out if leave_out else None)
    if not videos:
        raise SamscopeError(f"{root}: no video can be read; the first, {next(iter(left_out.values()))}")
    _tell_of_boxes(videos.values())
    return Collection(printable(root.resolve().name), tuple(videos.values()), left_out, list_read)


def holds_videos(path: Path) -> bool:
    """Tell whether a folder has one of the layouts, from the names in it alone."""
    return path.is_dir() and ((path / FRAMES_FOLDER).is_dir() or _other_layout(path) is not None)


def _other_layout(root: Path) -> Mapping[str, Maker] | None:
    """Return how each video of a folder is found, by name; None where it has the DAVIS layout, or none."""
    if not root.is_dir() or (root / FRAMES_FOLDER).is_dir() or (root / MASKS_FOLDER).is_dir():
        return None
    if (root / SAV_FRAMES).is_dir() and (root / SAV_MASKS).is_dir():
        disk = Disk(root)
        return dict.fromkeys(disk.folders(SAV_MASKS), lambda name: sav_folder_video(disk, name))
    folders = [entry.name for entry in root.iterdir() if entry.is_dir() and not is_passed_over(entry.name)]
    sequences = [name for name in sorted(folders) if vot_truths(root / name)]
    if sequences:
        return dict.fromkeys(sequences, lambda name: vot_video(root / name))
    films = sav_films(root)
    if films:
        return dict.fromkeys(films, lambda name: SavFilmVideo(Film(films[name][0]), films[name][1]))
    return None


def _listed(root: Path, subset: str, names: Iterable[str]) -> tuple[list[str], str]:
    file = root / f"{subset.removesuffix('.txt')}.txt"
    if not file.is_file():
        given = list_on_disk(subset)
        if given is None:
            available = ", ".join(sorted(entry.stem for entry in root.glob("*.txt"))) or "there is none"
            raise UsageError(
                f"{root}: no list {file.name} in it; name one that exists ({available}), or its path"
            )
        file = given
    try:
        data = read_regular(file, MOST_JSON_BYTES)
    except OSError as error:
        raise SamscopeError(f"{file}: cannot be read: {error.strerror}") from error
    return listed_videos(names_in_list(data, str(file)), names, str(file), str(root)), file.name


def _named(root: Path, name: str, names: Sequence[str]) -> str:
    if name not in names:
        raise UsageError(f"{root} has no video named {name!r}; it has {', '.join(names[:20])}")
    return name


def _tell_of_boxes(videos: Iterable[Video]) -> None:
    """Say it where sequences of VOT have boxes, which are not measured by."""
    boxed = [video.name for video in videos if isinstance(video, VotVideo) and not video.labelled_indices()]
    if boxed:
        _logger.warning(
            "%s: the truth is rectangles or polygons, which are no masks: it is not measured by, and no clip "
            "is made of it",
            boxed[0] if len(boxed) == 1 else f"{boxed[0]} and {len(boxed) - 1} more sequences",
        )
