"""Reading of video folders in the DAVIS layout: DAVIS 2016 and 2017, MOSE, YouTube-VOS and the like."""

import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.printable import printable
from samscope.support.urls import url_of
from samscope.videos.disk import Disk
from samscope.videos.images import (
    IMAGE_SUFFIXES,
    StoredMask,
    occurring_labels,
    read_frame,
    read_stored_mask,
)
from samscope.videos.layout import FRAMES_FOLDER, MASKS_FOLDER, PREFERRED_RESOLUTION
from samscope.videos.lists import read_list
from samscope.videos.mask_reading import MaskReading, Meaning, reading_of
from samscope.videos.names import natural_order, require_safe_names
from samscope.videos.place import Place
from samscope.videos.remote import Remote
from samscope.videos.video import VOID, Collection

T = TypeVar("T")

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DavisVideo:
    """A video of a DAVIS-format folder; frames and masks are decoded when asked for, and no file stays open.

    What the values of its masks mean is told from the masks, once and for all of them, whatever the files'
    mode. Where 255 is the only label beside 0 in every mask, it is the object, with id 1 (DAVIS 2016: 0/255
    or 1 bit). Where any other label has an area, labels are object ids and 255 is void (DAVIS 2017, MOSE,
    YouTube-VOS). Where one value has an area and greys lie along its edges, a 0/255 mask was resized, blurred
    or saved as JPEG, and the object is where it has half of its value or more. Where some masks are 0/255 and
    others 0/1, both are the object. ``mask_note`` says which of the latter it was.

    Attributes:
        name: name of the video's folder.
        size: height and width in pixels, of every frame and every mask.
        frame_paths: files of the frames, in order.
        mask_paths: files of the masks, one for each frame.
    """

    name: str
    size: tuple[int, int]
    frame_paths: Sequence[Path]
    mask_paths: Sequence[Path]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.frame_paths)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index`` as uint8 [H, W, 3], RGB.

        Raises:
            SamscopeError: the file is damaged, or not of the video's size.
        """
        frame = read_frame(self.frame_paths[index])
        self._require_size(self.frame_paths[index], frame)
        return frame

    def labels(self, index: int) -> NDArray[np.uint8]:
        """Return the labels of frame ``index`` as uint8 [H, W]: 0 background, 255 void, else an object id.

        Raises:
            SamscopeError: a mask is damaged, not of the video's size, of another kind than the video's other
                masks, or holds grey levels instead of labels.
        """
        return self._reading.labels(self._stored(index), self.mask_paths[index])

    @cached_property
    def object_ids(self) -> tuple[int, ...]:
        """Labels of the objects in any mask of the video, ascending; reads all of its masks once.

        Raises:
            SamscopeError: as ``labels``.
        """
        if self._reading.meaning is not Meaning.LABELS:
            return (1,)
        labels: set[int] = set().union(*(occurring_labels(self.labels(index)) for index in range(len(self))))
        return tuple(sorted(labels - {0, VOID}))

    @property
    def mask_note(self) -> str | None:
        """What is to be said of how the masks are read, the end of 'its masks are ...'; None for nothing.

        Raises:
            SamscopeError: a mask that decides on it is damaged, or not of the video's size.
        """
        return self._reading.note

    @cached_property
    def _reading(self) -> MaskReading:
        return reading_of(self.mask_paths, self._stored)

    def _stored(self, index: int) -> StoredMask:
        mask = read_stored_mask(self.mask_paths[index])
        self._require_size(self.mask_paths[index], mask.values)
        return mask

    def _require_size(self, path: Path, pixels: NDArray[np.uint8]) -> None:
        if pixels.shape[:2] != self.size:
            raise SamscopeError(
                f"{path}: {pixels.shape[1]}x{pixels.shape[0]} pixels, but the first frame of {self.name} has "
                f"{self.size[1]}x{self.size[0]}; all frames and masks of a video must be of one size"
            )


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
    path: str | Path, resolution: str | None = None, *, subset: str | None = None, leave_out: bool = False
) -> Collection:
    """Find the videos of a DAVIS-format folder; the files' contents are read later, when they are needed.

    Understood are ``JPEGImages/<resolution>/<video>`` with ``Annotations/<resolution>/<video>`` (DAVIS), and
    the same without the level of resolutions (MOSE, YouTube-VOS). Frames and masks (.jpg, .jpeg, .png) belong
    together by stem and are ordered by the numbers in it. Hidden files, what systems and network disks leave
    (``passed_over``) and all other files are passed over, pipes and devices among them. Links are followed
    wherever they lead: the folder is the user's own.

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

    Raises:
        UsageError: there is no such folder, resolution or subset, or several resolutions and none is named.
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
    files = _each(
        names,
        lambda name: _files_of(place, _inside(frames_folder, name), _inside(masks_folder, name)),
        reasons,
    )
    place.look_at([picture for own in files.values() for picture in own.first])
    videos = _each(files, lambda name: _video(place, name, files[name]), reasons)
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


def _each(names: Iterable[str], make: Callable[[str], T], reasons: dict[str, str] | None) -> dict[str, T]:
    """Return what is made by name; a name with an error is left out with its reason, if reasons are kept."""
    made = {}
    for name in names:
        try:
            made[name] = make(name)
        except SamscopeError as error:
            if reasons is None:
                raise
            reasons[name] = str(error)
    return made


def davis_video(place: Place, name: str, frames_folder: str, masks_folder: str) -> DavisVideo:
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
    return _video(place, name, files)


def _files_of(place: Place, frames_folder: str, masks_folder: str) -> _VideoFiles:
    """Return the files of a video, which belong together by stem."""
    frames, masks = _by_stem(place, frames_folder), _by_stem(place, masks_folder)
    shown = place.shown(frames_folder)
    if not frames:
        raise SamscopeError(f"{shown}: holds no frame; expected .jpg or .png files, or no such folder")
    if frames.keys() != masks.keys():
        odd = min(frames.keys() ^ masks.keys(), key=natural_order)
        lacking = "mask" if odd in frames else "frame"
        unread = _of_another_format(place, masks_folder, odd) if odd in frames else ""
        raise SamscopeError(
            f"{shown}: {len(frames)} frames, but {len(masks)} masks in {place.shown(masks_folder)} "
            f"({odd} has no {lacking}{unread}); samscope needs a mask for every frame: add it or take the "
            "video out"
        )
    stems = sorted(frames, key=natural_order)
    in_order = (tuple(sys.intern(files[stem]) for stem in stems) for files in (frames, masks))
    return _VideoFiles(frames_folder, masks_folder, *in_order)


def _by_stem(place: Place, folder: str) -> dict[str, str]:
    """Return the names of the pictures of a folder by stem."""
    files: dict[str, str] = {}
    for name in place.pictures(folder):
        stem = Path(name).stem
        if stem in files:
            shown = place.shown(_inside(folder, name))
            raise SamscopeError(f"{shown}: a second picture of the stem {stem}; keep one of the two")
        files[stem] = name
    return files


def _video(place: Place, name: str, files: _VideoFiles) -> DavisVideo:
    """Return a video whose first frame and mask were looked at and are of one size."""
    frame, mask = files.first
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
    others = [Path(name) for name in place.names(folder) if Path(name).stem == stem]
    unread = [other.name for other in others if other.suffix.lower() not in IMAGE_SUFFIXES]
    return f": {printable(unread[0])} is not read, as masks are PNG files" if unread else ""


def _resolution_level(place: Place, resolution: str | None) -> str:
    """Return the name of the folder between ``JPEGImages`` and the videos; empty where there is none."""
    shown = place.shown(FRAMES_FOLDER)
    resolutions = [
        name for name in place.folders(FRAMES_FOLDER) if place.folders(_inside(FRAMES_FOLDER, name))
    ]
    if resolution is not None:
        if resolution not in resolutions:
            there = ", ".join(resolutions) if resolutions else "no level of resolutions"
            raise UsageError(f"{shown}: no resolution named {resolution!r}; there is {there}")
        return resolution
    if not resolutions or PREFERRED_RESOLUTION in resolutions:
        return PREFERRED_RESOLUTION if resolutions else ""
    if len(resolutions) > 1:
        raise UsageError(f"{shown}: several resolutions ({', '.join(resolutions)}); name the one to read")
    return resolutions[0]


def _inside(folder: str, name: str) -> str:
    """Return the path of what is called so in a folder; of the folder itself where the name is empty."""
    return f"{folder}/{name}" if name else folder
