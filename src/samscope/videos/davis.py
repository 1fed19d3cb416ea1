"""Reading of video folders in the DAVIS layout: DAVIS 2016 and 2017, MOSE, YouTube-VOS and the like."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.printable import printable
from samscope.support.reading import MOST_JSON_BYTES, read_regular, require_there
from samscope.videos.folders import entries, folders, pictures
from samscope.videos.images import (
    IMAGE_SUFFIXES,
    StoredMask,
    image_size,
    is_turned,
    occurring_labels,
    read_frame,
    read_stored_mask,
)
from samscope.videos.lists import (
    LISTS_FOLDER,
    either,
    list_on_disk,
    listed_videos,
    matching_lists,
    names_in_list,
    no_such_list,
    said_of_several,
)
from samscope.videos.mask_reading import MaskReading, Meaning, reading_of
from samscope.videos.names import require_safe_names
from samscope.videos.video import VOID, Collection

FRAMES_FOLDER = "JPEGImages"
MASKS_FOLDER = "Annotations"
PREFERRED_RESOLUTION = "480p"

_logger = logging.getLogger(__name__)

_FILMS = frozenset((".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".gif"))
_ARCHIVES = frozenset((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"))
_FILM_MEND = (
    f"samscope reads folders of frames with a mask for each: put its frames into {FRAMES_FOLDER}/<name>, as "
    f"by ffmpeg -i FILM {FRAMES_FOLDER}/<name>/%05d.png, and its masks into {MASKS_FOLDER}/<name>"
)


@dataclass(frozen=True)
class Files(Sequence[Path]):
    """Files of one folder in order; a path is made when it is asked for, since collections may be large.

    Attributes:
        folder: the folder.
        names: the files' names in it.
    """

    folder: Path
    names: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> Path: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Path]: ...
    def __getitem__(self, place: int | slice) -> Path | Sequence[Path]:
        """Return the path of a file, or of several."""
        if isinstance(place, slice):
            return replace(self, names=self.names[place])
        return self.folder / self.names[place]


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


def read_collection(
    path: Path, resolution: str | None = None, *, subset: str | None = None, leave_out: bool = False
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
        path: the folder that holds ``JPEGImages`` and ``Annotations``.
        resolution: name of the resolution's folder; without it ``480p``, or the only one there is.
        subset: a list whose videos alone are taken: its name under ``ImageSets`` (``val``), with its folder
            (``2016/val``), or the path of a file. Of several the file of the resolution is taken, then 2017's
            and 2016's, then any other folder's.
        leave_out: whether a video that has no masks, or whose frames and masks do not fit together, is left
            out; it is refused otherwise.

    Raises:
        UsageError: there is no such folder, resolution or subset, or several resolutions and none is named.
        SamscopeError: the folder is not in this layout, a link leads nowhere, a video has a name that is not
            safe to write or has no frame, its frames and masks differ in number, stem or size, or none is
            left.
    """
    path = Path(path)
    _require_layout(path)
    level = _resolution_level(path, resolution)
    frames_folder, masks_folder = path / FRAMES_FOLDER / level, path / MASKS_FOLDER / level
    names = folders(frames_folder)
    strangers = sorted(set(folders(masks_folder)) - set(names)) if masks_folder.is_dir() else []
    list_read = None
    if subset is not None:
        names, list_read = _subset_names(path, level, subset, names)
        strangers = []
    left_out = {name: _without_frames(name, frames_folder, masks_folder) for name in strangers}
    if left_out and not leave_out:
        raise SamscopeError(left_out[strangers[0]])
    if not names:
        raise SamscopeError(f"{frames_folder}: holds no video; expected one folder of frames for each video")
    require_safe_names(names, frames_folder)
    videos: list[DavisVideo] = []
    for name in names:
        try:
            videos.append(open_video(name, frames_folder, masks_folder))
        except SamscopeError as error:
            if not leave_out:
                raise
            left_out[name] = str(error)
    if not videos:
        raise SamscopeError(f"{path}: no video can be read; the first, {next(iter(left_out.values()))}")
    if left_out:
        first = next(iter(left_out.values()))
        _logger.warning("%d videos left out, %d read; the first, %s", len(left_out), len(videos), first)
    tell_of_turned([video.name for video in videos if is_turned(video.frame_paths[0])])
    return Collection(printable(path.resolve().name), tuple(videos), left_out, list_read)


def _without_frames(name: str, frames_folder: Path, masks_folder: Path) -> str:
    return (
        f"{masks_folder / name}: masks of a video without frames; "
        f"expected its frames in {frames_folder / name}, or no such folder"
    )


def tell_of_turned(names: Sequence[str]) -> None:
    """Say in the log, once, which videos have frames with an EXIF tag that asks to turn them."""
    if names:
        _logger.warning(
            "%s: an EXIF tag asks to turn the frames; it is not applied, as in DAVIS' and SAM 2's own tools, "
            "so masks have to fit the frames as they are stored",
            names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more videos",
        )


def _require_layout(path: Path) -> None:
    """Raise an error that says what a path is, where it is no folder in the DAVIS layout."""
    expected = f"give one that holds {FRAMES_FOLDER} and {MASKS_FOLDER} (DAVIS layout)"
    if not path.is_dir():
        if path.is_symlink():
            require_there(path)
        if not path.exists():
            raise UsageError(f"{path}: no such folder; {expected}")
        suffix = path.suffix.lower()
        if suffix in _FILMS:
            raise UsageError(f"{path}: a film, and not a folder; {_FILM_MEND}")
        if suffix in _ARCHIVES:
            raise UsageError(f"{path}: an archive, and not a folder; unpack it, then {expected}")
        raise UsageError(f"{path}: a file, and not a folder; {expected}")
    for name in (FRAMES_FOLDER, MASKS_FOLDER):
        if (path / name).is_symlink():
            require_there(path / name)
    missing = [name for name in (FRAMES_FOLDER, MASKS_FOLDER) if not (path / name).is_dir()]
    if missing:
        raise SamscopeError(
            f"{path}: not in the DAVIS layout: no folder {' and no '.join(missing)} in it; expected "
            f"{FRAMES_FOLDER}/[<resolution>/]<video>/*.jpg and {MASKS_FOLDER}/[<resolution>/]<video>/*.png"
            f"{_what_it_holds(path)}"
        )


def _what_it_holds(path: Path) -> str:
    """Say of a folder that is not in the layout what it seems to be; nothing where that is not known."""
    if FRAMES_FOLDER in path.parts or MASKS_FOLDER in path.parts:
        return f"; give the folder above {FRAMES_FOLDER if FRAMES_FOLDER in path.parts else MASKS_FOLDER}"
    for entry in entries(path):
        suffix = Path(entry.name).suffix.lower()
        if suffix in _FILMS:
            return f"; it holds films ({printable(entry.name)}): {_FILM_MEND}"
    return ""


def open_video(name: str, frames_folder: Path, masks_folder: Path, root: Path | None = None) -> DavisVideo:
    """Find the frames and masks of one video.

    Args:
        name: the video's name, and that of its folder in both folders.
        frames_folder: holds a folder of frames for each video.
        masks_folder: holds a folder of masks for each video.
        root: the folder that no link may lead out of; None where links may lead anywhere.

    Raises:
        SamscopeError: the video has no frame, a link leads nowhere or out of ``root``, or frames and masks
            differ in number, stem or size.
    """
    frames, masks = pictures(frames_folder / name, root), pictures(masks_folder / name, root)
    if not frames:
        raise SamscopeError(
            f"{frames_folder / name}: holds no frame; expected .jpg or .png files, or no such folder"
        )
    if frames.keys() != masks.keys():
        odd = min(frames.keys() ^ masks.keys(), key=natural)
        lacking = "mask" if odd in frames else "frame"
        unread = _of_another_format(masks_folder / name, odd) if odd in frames else ""
        raise SamscopeError(
            f"{frames_folder / name}: {len(frames)} frames, but {len(masks)} masks in {masks_folder / name} "
            f"({odd} has no {lacking}{unread}); samscope needs a mask for every frame: add it or take the "
            "video out"
        )
    stems = sorted(frames, key=natural)
    size = image_size(frames[stems[0]])
    mask_size = image_size(masks[stems[0]])
    if size != mask_size:
        raise SamscopeError(
            f"{masks[stems[0]]}: {mask_size[1]}x{mask_size[0]} pixels, but its frame {frames[stems[0]]} has "
            f"{size[1]}x{size[0]}; frames and masks must be of one size: take both from the same resolution"
            f"{_turned(frames[stems[0]], size, mask_size)}"
        )
    return DavisVideo(
        name, size, _files(frames_folder / name, frames, stems), _files(masks_folder / name, masks, stems)
    )


def _of_another_format(folder: Path, stem: str) -> str:
    """Say it where a folder has a file of the stem that is no PNG or JPEG."""
    if not folder.is_dir():
        return ""
    others = sorted(entry.name for entry in entries(folder) if Path(entry.name).stem == stem)
    unread = [name for name in others if Path(name).suffix.lower() not in IMAGE_SUFFIXES]
    return f": {printable(unread[0])} is not read, as masks are PNG files" if unread else ""


def _turned(frame: Path, size: tuple[int, int], mask_size: tuple[int, int]) -> str:
    """Say it where a frame's EXIF tag explains why its mask has its sides exchanged."""
    if size != mask_size[::-1] or not is_turned(frame):
        return ""
    return " (the frames' EXIF tag asks to turn them, which the masks were made by: turn the frames' pixels)"


def _files(folder: Path, files: Mapping[str, Path], stems: Iterable[str]) -> Files:
    return Files(folder, tuple(sys.intern(files[stem].name) for stem in stems))


def _resolution_level(path: Path, resolution: str | None) -> str:
    """Return the name of the folder between ``JPEGImages`` and the videos; empty where there is none."""
    root = path / FRAMES_FOLDER
    resolutions = [name for name in folders(root) if folders(root / name)]
    if resolution is not None:
        if resolution not in resolutions:
            found = ", ".join(resolutions) if resolutions else "no level of resolutions"
            raise UsageError(f"{root}: no resolution named {resolution!r}; there is {found}")
        return resolution
    if not resolutions or PREFERRED_RESOLUTION in resolutions:
        return PREFERRED_RESOLUTION if resolutions else ""
    if len(resolutions) > 1:
        raise UsageError(f"{root}: several resolutions ({', '.join(resolutions)}); name the one to read")
    return resolutions[0]


def _subset_names(path: Path, level: str, subset: str, names: list[str]) -> tuple[list[str], str]:
    """Return the videos of a list, in its order, and what the list is called."""
    root = path / LISTS_FOLDER
    available = _lists(root) if root.is_dir() else []
    matching = matching_lists(available, subset, level)
    given = list_on_disk(subset)
    if matching:
        file = root / matching[0]
        if given is not None and not given.samefile(file):
            raise either(subset, str(file), given)
    elif given is not None:
        file = given
    else:
        raise no_such_list(str(root), subset, available)
    if len(matching) > 1:
        _logger.warning("%s", said_of_several(LISTS_FOLDER, subset, matching))
    try:
        listed = names_in_list(read_regular(file, MOST_JSON_BYTES), str(file))
    except OSError as error:
        raise SamscopeError(f"{file}: cannot be read as a list of videos: {error.strerror}") from error
    found = listed_videos(listed, names, str(file), str(path / FRAMES_FOLDER / level))
    return found, f"{LISTS_FOLDER}/{matching[0]}" if matching else str(file)


def _lists(root: Path) -> list[str]:
    """Return the text files of ``ImageSets`` and of the folders in it: ``2017/val.txt``."""
    return [
        f"{folder}/{entry.name}" if folder else entry.name
        for folder in ("", *folders(root))
        for entry in entries(root / folder)
        if entry.name.endswith(".txt") and not entry.is_dir()
    ]


def natural(name: str) -> list[str | int]:
    """Return a sorting key by which ``frame2`` comes before ``frame10``."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"(\d+)", name))]
