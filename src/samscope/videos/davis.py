"""Finding of videos in folders of the DAVIS layout: DAVIS 2016 and 2017, MOSE, YouTube-VOS, LVOS and more."""

import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.printable import printable
from samscope.support.urls import url_of
from samscope.videos.davis_video import DavisVideo
from samscope.videos.disk import Disk
from samscope.videos.images import IMAGE_SUFFIXES
from samscope.videos.layout import FRAMES_FOLDER, MASKS_FOLDER, PREFERRED_RESOLUTION
from samscope.videos.layouts.partly_labelled import SparseVideo
from samscope.videos.lists import read_list
from samscope.videos.names import natural_order, require_safe_names
from samscope.videos.object_lists import ListedObjects, listed_objects
from samscope.videos.place import Place
from samscope.videos.remote import Remote
from samscope.videos.video import Collection, Video

T = TypeVar("T")

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _VideoFiles:
    """The files of a video in a place: its folders of frames and masks, and the names in each, in order."""

    frames_folder: str
    masks_folder: str
    frames: tuple[str, ...]
    masks: tuple[str, ...]

    @property
    def first(self) -> tuple[str, str]:
        """The first frame and its mask."""
        return f"{self.frames_folder}/{self.frames[0]}", f"{self.masks_folder}/{self.masks[0]}"


def read_collection(
    path: str | Path,
    resolution: str | None = None,
    *,
    subset: str | None = None,
    leave_out: bool = False,
    only: str | None = None,
) -> Collection:
    """Find the videos of a DAVIS-format folder; the files' contents are read later, when they are needed.

    Understood are ``JPEGImages/<resolution>/<video>`` with ``Annotations/<resolution>/<video>`` (DAVIS), and
    the same without the level of resolutions (MOSE, YouTube-VOS). Frames and masks (.jpg, .jpeg, .png) belong
    together by stem and are ordered by the numbers in it. A video that a list of objects names (``meta.json``
    of YouTube-VOS and LVOS) may lack masks: it is a ``SparseVideo``. Hidden files, what systems and network
    disks leave (``passed_over``) and all other files are passed over, pipes and devices among them. Links are
    followed wherever they lead: the folder is the user's own.

    It is said in the log which list is read where several may be meant, which videos are left out, and that
    an EXIF tag that asks to turn frames is not applied.

    Args:
        path: the folder that holds ``JPEGImages`` and ``Annotations``, or its address on object storage.
        resolution: name of the resolution's folder; without it ``480p``, or the only one there is.
        subset: a list whose videos alone are taken: its name under ``ImageSets`` (``val``), with its folder
            (``2016/val``), or the path of a file. Of several the file of the resolution is taken, then 2017's
            and 2016's, then any other folder's.
        leave_out: whether a video that has no masks, or whose frames and masks do not fit together, is left
            out; it is refused otherwise.
        only: name of the one video that is wanted; None for all.

    Raises:
        UsageError: there is no such folder, resolution, subset or video, or several resolutions and none is
            named.
        SamscopeError: the folder is not in this layout, a link leads nowhere, a video has a name that is not
            safe to write or has no frame, its frames and masks differ in number, stem or size, none is left,
            or object storage cannot be read.
    """
    url = url_of(path)
    place: Place = Disk(Path(path)) if url is None else Remote(url)
    place.require_layout()
    level = _resolution_level(place, resolution)
    frames_folder, masks_folder = _inside(FRAMES_FOLDER, level), _inside(MASKS_FOLDER, level)
    names = place.folders(frames_folder)
    strangers = sorted(set(place.folders(masks_folder)) - set(names))
    list_read = None
    if subset is not None:
        names, list_read = read_list(place, subset, level, names)
        strangers = []
    if only is not None:
        if only not in names:
            available = ", ".join(names[:20])
            raise UsageError(f"{place.shown(frames_folder)}: no video named {only!r}; it has {available}")
        names, strangers = [only], []
    left_out = {
        name: f"{place.shown(_inside(masks_folder, name))}: masks of a video without frames; expected its "
        f"frames in {place.shown(_inside(frames_folder, name))}, or no such folder"
        for name in strangers
    }
    if left_out and not leave_out:
        raise SamscopeError(left_out[strangers[0]])
    if not names:
        raise SamscopeError(
            f"{place.shown(frames_folder)}: holds no video; expected one folder of frames for each video"
        )
    require_safe_names(names, place.shown(frames_folder))
    reasons = left_out if leave_out else None
    listed = listed_objects(place)
    files = each_readable(
        names,
        lambda name: _files_of(
            place, _inside(frames_folder, name), _inside(masks_folder, name), sparse=name in listed
        ),
        reasons,
    )
    place.look_at([picture for video_files in files.values() for picture in video_files.first])
    videos = each_readable(files, lambda name: _video(place, name, files[name], listed.get(name)), reasons)
    if not videos:
        raise SamscopeError(f"{path}: no video can be read; the first, {next(iter(left_out.values()))}")
    if left_out:
        first = next(iter(left_out.values()))
        _logger.warning("%d videos left out, %d read; the first, %s", len(left_out), len(videos), first)
    turned = [name for name in videos if place.is_turned(files[name].first[0])]
    if turned:
        _logger.warning(
            "%s: an EXIF tag asks to turn the frames; it is not applied, as in DAVIS' and SAM 2's own tools, "
            "so masks have to fit the frames as they are stored",
            turned[0] if len(turned) == 1 else f"{turned[0]} and {len(turned) - 1} more videos",
        )
    return Collection(place.name, tuple(videos.values()), left_out, list_read)


def each_readable(
    names: Iterable[str], make: Callable[[str], T], reasons: dict[str, str] | None
) -> dict[str, T]:
    """Return what is made by name; a name with an error is left out with its reason, if reasons are kept.

    Args:
        names: the names.
        make: makes one, or raises SamscopeError.
        reasons: added to; None to let the error through.
    """
    results = {}
    for name in names:
        try:
            results[name] = make(name)
        except SamscopeError as error:
            if reasons is None:
                raise
            reasons[name] = str(error)
    return results


def find_video(place: Place, name: str, frames_folder: str, masks_folder: str) -> DavisVideo:
    """Find the frames and masks of one video.

    Args:
        place: where they lie.
        name: what the video is called.
        frames_folder: path of the folder of its frames.
        masks_folder: path of the folder of its masks.

    Raises:
        SamscopeError: the video has no frame, a link leads nowhere or out of a closed place, or frames and
            masks differ in number, stem or size.
    """
    files = _files_of(place, frames_folder, masks_folder)
    place.look_at(files.first)
    return _whole(place, name, files)


def _files_of(place: Place, frames_folder: str, masks_folder: str, *, sparse: bool = False) -> _VideoFiles:
    """Return the files of a video, which belong together by stem; ``sparse`` allows frames without a mask."""
    frames, masks = _by_stem(place, frames_folder), _by_stem(place, masks_folder)
    where = place.shown(frames_folder)
    if not frames:
        raise SamscopeError(f"{where}: holds no frame; expected .jpg or .png files, or no such folder")
    lacks = not masks or masks.keys() - frames.keys() if sparse else frames.keys() != masks.keys()
    if lacks:
        odd = min(frames.keys() ^ masks.keys(), key=natural_order)
        lacking = "mask" if odd in frames else "frame"
        unread = _of_another_format(place, masks_folder, odd) if odd in frames else ""
        raise SamscopeError(
            f"{where}: {len(frames)} frames, but {len(masks)} masks in {place.shown(masks_folder)} "
            f"({odd} has no {lacking}{unread}); samscope needs a mask for every frame: add it or take the "
            "video out"
        )
    stems = sorted(frames, key=natural_order)
    in_order = (
        tuple(sys.intern(files[stem]) for stem in stems if stem in files) for files in (frames, masks)
    )
    return _VideoFiles(frames_folder, masks_folder, *in_order)


def _by_stem(place: Place, folder: str) -> dict[str, str]:
    """Return the names of the pictures of a folder by stem."""
    files: dict[str, str] = {}
    for name in place.pictures(folder):
        stem = Path(name).stem
        if stem in files:
            where = place.shown(_inside(folder, name))
            raise SamscopeError(f"{where}: a second picture of the stem {stem}; keep one of the two")
        files[stem] = name
    return files


def _video(place: Place, name: str, files: _VideoFiles, listed: ListedObjects | None) -> Video:
    """Return a video whose first frame and mask were looked at; a list makes it one that may lack masks."""
    if listed is None:
        return _whole(place, name, files)
    masked = {Path(mask).stem for mask in files.masks}
    at = tuple(number for number, frame in enumerate(files.frames) if Path(frame).stem in masked)
    with_masks = replace(files, frames=tuple(files.frames[number] for number in at))
    return SparseVideo(
        _whole(place, name, with_masks, files.first[0]),
        place.files(files.frames_folder, files.frames),
        at if len(at) < len(files.frames) else range(len(at)),
        listed.categories,
        has_truth=len(at) == len(files.frames) or not masked <= set(listed.begins.values()),
    )


def _whole(place: Place, name: str, files: _VideoFiles, frame: str | None = None) -> DavisVideo:
    """Return a video whose first frame, or another one, and first mask were looked at and are of one size."""
    first, mask = files.first
    frame = frame or first
    size, mask_size = place.size(frame), place.size(mask)
    if size != mask_size:
        exchanged = size == mask_size[::-1] and place.is_turned(frame)
        tag = " (the frames' EXIF tag asks to turn them, as the masks were made: turn the frames' pixels)"
        raise SamscopeError(
            f"{place.shown(mask)}: {mask_size[1]}x{mask_size[0]} pixels, but its frame {place.shown(frame)} "
            f"has {size[1]}x{size[0]}; frames and masks must be of one size: take both from the same "
            f"resolution{tag if exchanged else ''}"
        )
    return DavisVideo(
        name,
        size,
        place.files(files.frames_folder, files.frames),
        place.files(files.masks_folder, files.masks),
    )


def _of_another_format(place: Place, folder: str, stem: str) -> str:
    """Say it where a folder has a file of the stem that is no PNG or JPEG."""
    same_stem = [Path(name) for name in place.names(folder) if Path(name).stem == stem]
    unread = [path.name for path in same_stem if path.suffix.lower() not in IMAGE_SUFFIXES]
    return f": {printable(unread[0])} is not read, as masks are PNG files" if unread else ""


def _resolution_level(place: Place, resolution: str | None) -> str:
    """Return the name of the folder between ``JPEGImages`` and the videos; empty where there is none."""
    where = place.shown(FRAMES_FOLDER)
    resolutions = [
        name for name in place.folders(FRAMES_FOLDER) if place.folders(_inside(FRAMES_FOLDER, name))
    ]
    if resolution is not None:
        if resolution not in resolutions:
            available = ", ".join(resolutions) if resolutions else "no level of resolutions"
            raise UsageError(f"{where}: no resolution named {resolution!r}; there is {available}")
        return resolution
    if not resolutions or PREFERRED_RESOLUTION in resolutions:
        return PREFERRED_RESOLUTION if resolutions else ""
    if len(resolutions) > 1:
        raise UsageError(f"{where}: several resolutions ({', '.join(resolutions)}); name the one to read")
    return resolutions[0]


def _inside(folder: str, name: str) -> str:
    """Return the path of what is called so in a folder; of the folder itself where the name is empty."""
    return f"{folder}/{name}" if name else folder
