"""Reading of video folders in the DAVIS layout: DAVIS 2016 and 2017, MOSE, YouTube-VOS and the like."""

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from samscope.clips.images import IMAGE_SUFFIXES, image_size, occurring_labels, read_frame, read_mask
from samscope.clips.names import require_safe_names
from samscope.clips.reading import MOST_JSON_BYTES, read_regular, require_within
from samscope.clips.video import VOID, Collection, Video
from samscope.errors import SamscopeError, UsageError
from samscope.printable import printable

FRAMES_FOLDER = "JPEGImages"
MASKS_FOLDER = "Annotations"
LISTS_FOLDER = "ImageSets"
PREFERRED_RESOLUTION = "480p"

_MOST_LABELS = 64
"""More labels than this in one mask are no objects but the grey levels of a smoothed mask."""


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

    Masks come in two ways, told apart for each video by the labels in all of its masks, whatever the files'
    mode: where 255 is the only label beside 0 in every mask, it is the object, with id 1 (DAVIS 2016: 0/255
    or 1 bit); where any other label occurs, labels are object ids and 255 is void (DAVIS 2017, MOSE,
    YouTube-VOS).

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
            SamscopeError: a mask is damaged, not of the video's size, or holds grey levels instead of labels.
        """
        stored = self._stored(index)
        return (stored == VOID).astype(np.uint8) if self._binary else stored

    @cached_property
    def object_ids(self) -> tuple[int, ...]:
        """Labels of the objects in any mask of the video, ascending; reads all of its masks once.

        Raises:
            SamscopeError: a mask is damaged, not of the video's size, or holds grey levels instead of labels.
        """
        if self._binary:
            return (1,)
        found = set().union(*(self._stored_labels(index) for index in range(len(self))))
        return tuple(sorted(found - {0, VOID}))

    @cached_property
    def _binary(self) -> bool:
        seen = {0}
        for index in range(len(self)):
            seen |= self._stored_labels(index)
            if seen - {0, VOID}:
                return False
        return VOID in seen

    def _stored(self, index: int) -> NDArray[np.uint8]:
        mask = read_mask(self.mask_paths[index])
        self._require_size(self.mask_paths[index], mask)
        return mask

    def _stored_labels(self, index: int) -> set[int]:
        labels = occurring_labels(self._stored(index))
        if len(labels) > _MOST_LABELS:
            raise SamscopeError(
                f"{self.mask_paths[index]}: holds {len(labels)} different grey levels; "
                "expected 0 and 255, or object ids; a smoothed mask has to be thresholded first"
            )
        return labels

    def _require_size(self, path: Path, pixels: NDArray[np.uint8]) -> None:
        if pixels.shape[:2] != self.size:
            raise SamscopeError(
                f"{path}: {pixels.shape[1]}x{pixels.shape[0]} pixels, but the first frame of {self.name} has "
                f"{self.size[1]}x{self.size[0]}; all frames and masks of a video must be of one size"
            )


def read_collection(path: Path, resolution: str | None = None, *, subset: str | None = None) -> Collection:
    """Find the videos of a DAVIS-format folder; the files' contents are read later, when they are needed.

    Understood are ``JPEGImages/<resolution>/<video>`` with ``Annotations/<resolution>/<video>`` (DAVIS), and
    the same without the level of resolutions (MOSE, YouTube-VOS). Frames and masks (.jpg, .jpeg, .png) belong
    together by stem and are ordered by the numbers in it. Hidden files and all other files are passed over,
    pipes and devices among them. Links are followed where they lead to what lies in the folder.

    Args:
        path: the folder that holds ``JPEGImages`` and ``Annotations``.
        resolution: name of the resolution's folder; without it ``480p``, or the only one there is.
        subset: name of a list under ``ImageSets`` (``val``, ``train``); only its videos are taken. The file
            of the resolution is tried first, then 2017's and 2016's, then any other folder's.

    Raises:
        UsageError: there is no such folder, resolution or subset, or several resolutions and none is named.
        SamscopeError: the folder is not in this layout, a link leads out of it, a video has a name that is
            not safe to write or has no frame, or its frames and masks differ in number, stem or size.
    """
    path = Path(path)
    if not path.is_dir():
        raise UsageError(
            f"{path}: no such folder; give one that holds {FRAMES_FOLDER} and {MASKS_FOLDER} (DAVIS layout)"
        )
    missing = [name for name in (FRAMES_FOLDER, MASKS_FOLDER) if not (path / name).is_dir()]
    if missing:
        raise SamscopeError(
            f"{path}: not in the DAVIS layout: no folder {' and no '.join(missing)} in it; expected "
            f"{FRAMES_FOLDER}/[<resolution>/]<video>/*.jpg and {MASKS_FOLDER}/[<resolution>/]<video>/*.png"
        )
    level = _resolution_level(path, resolution)
    frames_folder, masks_folder = path / FRAMES_FOLDER / level, path / MASKS_FOLDER / level
    for folder in (frames_folder, masks_folder):
        if folder.exists():
            require_within(folder, path)
    names = _folders(frames_folder)
    if subset is not None:
        names = _subset_names(path, level, subset, names)
    elif masks_folder.is_dir() and (strangers := sorted(set(_folders(masks_folder)) - set(names))):
        raise SamscopeError(
            f"{masks_folder / strangers[0]}: masks of a video without frames; "
            f"expected its frames in {frames_folder / strangers[0]}, or no such folder"
        )
    if not names:
        raise SamscopeError(f"{frames_folder}: holds no video; expected one folder of frames for each video")
    require_safe_names(names, frames_folder)
    videos: tuple[Video, ...] = tuple(open_video(name, frames_folder, masks_folder, path) for name in names)
    return Collection(printable(path.resolve().name), videos)


def open_video(name: str, frames_folder: Path, masks_folder: Path, root: Path) -> DavisVideo:
    """Find the frames and masks of one video.

    Args:
        name: the video's name, and that of its folder in both folders.
        frames_folder: holds a folder of frames for each video.
        masks_folder: holds a folder of masks for each video.
        root: the folder that no link may lead out of.

    Raises:
        SamscopeError: the video has no frame, a link leads out of ``root``, or frames and masks differ in
            number, stem or size.
    """
    frames, masks = _pictures(frames_folder / name, root), _pictures(masks_folder / name, root)
    if not frames:
        raise SamscopeError(
            f"{frames_folder / name}: holds no frame; expected .jpg or .png files, or no such folder"
        )
    if frames.keys() != masks.keys():
        odd = min(frames.keys() ^ masks.keys(), key=natural)
        lacking = "mask" if odd in frames else "frame"
        raise SamscopeError(
            f"{frames_folder / name}: {len(frames)} frames, but {len(masks)} masks in {masks_folder / name} "
            f"({odd} has no {lacking}); samscope needs a mask for every frame: add it or take the video out"
        )
    stems = sorted(frames, key=natural)
    size = image_size(frames[stems[0]])
    mask_size = image_size(masks[stems[0]])
    if size != mask_size:
        raise SamscopeError(
            f"{masks[stems[0]]}: {mask_size[1]}x{mask_size[0]} pixels, but its frame {frames[stems[0]]} has "
            f"{size[1]}x{size[0]}; frames and masks must be of one size: take both from the same resolution"
        )
    return DavisVideo(
        name, size, _files(frames_folder / name, frames, stems), _files(masks_folder / name, masks, stems)
    )


def _files(folder: Path, files: Mapping[str, Path], stems: Iterable[str]) -> Files:
    return Files(folder, tuple(sys.intern(files[stem].name) for stem in stems))


def _resolution_level(path: Path, resolution: str | None) -> str:
    """Return the name of the folder between ``JPEGImages`` and the videos; empty where there is none."""
    root = path / FRAMES_FOLDER
    resolutions = [name for name in _folders(root) if _folders(root / name)]
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


def _subset_names(path: Path, level: str, subset: str, names: list[str]) -> list[str]:
    """Return the videos of a list, in its order; lines are names (2017) or pairs of files (2016)."""
    root = path / LISTS_FOLDER
    years = dict.fromkeys([level, "2017", "2016", *(_folders(root) if root.is_dir() else [])])
    lists = [root / year / f"{subset}.txt" for year in years]
    found = next((file for file in lists if file.is_file()), None)
    if found is None:
        raise UsageError(f"{root}: no list {subset}.txt in any folder of it; name one that exists, or none")
    try:
        require_within(found, path)
        text = read_regular(found, MOST_JSON_BYTES).decode("utf-8")
        lines = [line.split()[0] for line in text.splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise SamscopeError(f"{found}: cannot be read as a list of videos: {error}") from error
    listed = list(dict.fromkeys(Path(line).parent.name if "/" in line else line for line in lines))
    absent = [name for name in listed if name not in set(names)]
    if absent:
        raise SamscopeError(
            f"{found}: lists {absent[0]!r}, but {path / FRAMES_FOLDER / level} has no such video"
        )
    return listed


def natural(name: str) -> list[str | int]:
    """Return a sorting key by which ``frame2`` comes before ``frame10``."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"(\d+)", name))]


def _folders(folder: Path) -> list[str]:
    """Return the names of the visible folders in ``folder``, sorted."""
    return sorted(entry.name for entry in _entries(folder) if entry.is_dir())


def _pictures(folder: Path, root: Path) -> dict[str, Path]:
    """Return the visible picture files of ``folder`` by stem; empty where there is no such folder."""
    if not folder.is_dir():
        return {}
    require_within(folder, root)
    files: dict[str, Path] = {}
    for entry in sorted(_entries(folder), key=lambda entry: entry.name):
        file = Path(entry.path)
        if file.suffix.lower() not in IMAGE_SUFFIXES:
            continue
        if entry.is_symlink():
            require_within(file, root)
        if entry.is_file():
            if file.stem in files:
                raise SamscopeError(f"{file}: a second picture of the stem {file.stem}; keep one of the two")
            files[file.stem] = file
    return files


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        raise SamscopeError(f"{folder}: cannot be listed: {error.strerror}") from error
