"""The pictures and videos that training clips are composed of, split once and for all by file."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from samscope.support.errors import UsageError
from samscope.videos.davis import read_collection
from samscope.videos.passed_over import is_passed_over
from samscope.videos.video import Video

TEST_PERCENT = 3
"""Share of the sources that only a final evaluation sees."""

VALIDATION_PERCENT = 3
"""Share of the sources that is looked at while a model is made, and never trained on."""

_PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


class Split(Enum):
    """Which sources to take."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True)
class PhotoFiles:
    """A photo and the mask of one object in it."""

    image: Path
    mask: Path


@dataclass(frozen=True)
class Sources:
    """What clips are composed of.

    Attributes:
        photos: photos with an object's mask.
        cutouts: pictures with an alpha channel, one object each.
        grounds: photos without masks; they may show objects.
        videos: videos with masks.
    """

    photos: tuple[PhotoFiles, ...]
    cutouts: tuple[Path, ...]
    grounds: tuple[Path, ...]
    videos: tuple[Video, ...]


def split_of(group: str) -> Split:
    """Return the split that a group of files belongs to: by its name's CRC-32, so it never changes."""
    place = zlib.crc32(group.encode()) % 100
    if place < TEST_PERCENT:
        return Split.TEST
    return Split.VALIDATION if place < TEST_PERCENT + VALIDATION_PERCENT else Split.TRAINING


def find_sources(folder: Path, split: Split) -> Sources:
    """Find the sources of a split; nothing but names is read of the pictures.

    Files that show the same thing stay together: masks of one photo (``name_0``, ``name_1``) and variants of
    one cut-out (the part of the name before the first hyphen or underscore).

    Args:
        folder: holds ``photos/images``, ``photos/masks``, ``cutouts``, ``backgrounds`` and ``davis_train`` (a
            DAVIS-format folder).
        split: what to take of it.

    Raises:
        UsageError: the folder or one of its parts is missing or empty, or a photo has no mask.
        SamscopeError: the videos are not in the DAVIS layout.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: missing; the training data is a folder with {_EXPECTED}")
    photos = _photos(folder / "photos" / "images", folder / "photos" / "masks")
    cutouts = _pictures(folder / "cutouts")
    grounds = _pictures(folder / "backgrounds")
    videos = read_collection(folder / "davis_train").videos
    sources = Sources(
        photos=tuple(photo for photo in photos if split_of(_photo_group(photo.image)) is split),
        cutouts=tuple(path for path in cutouts if split_of(_cutout_group(path)) is split),
        grounds=tuple(path for path in grounds if split_of(path.stem) is split),
        videos=tuple(video for video in videos if split_of(video.name) is split),
    )
    for name in ("photos", "cutouts", "grounds"):
        if not getattr(sources, name):
            raise UsageError(f"{folder}: too few {name}, none is in the {split.value} split; give more files")
    return sources


def _photo_group(path: Path) -> str:
    """``coco_17_0`` and ``coco_17_1`` are masks of one photo, and so are ``bsds_17_0`` and ``bsds_17_1``."""
    parts = path.stem.split("_")
    return "_".join(parts[:-1]) if len(parts) > 2 else path.stem


def _cutout_group(path: Path) -> str:
    return path.stem.split("-")[0].split("_")[0]


def _photos(images: Path, masks: Path) -> list[PhotoFiles]:
    by_stem = {path.stem: path for path in _pictures(masks)}
    photos = []
    for image in _pictures(images):
        if image.stem not in by_stem:
            raise UsageError(f"{image}: no mask of that name in {masks}; add it or remove the photo")
        photos.append(PhotoFiles(image, by_stem[image.stem]))
    return photos


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"{folder}: missing; the training data is a folder with {_EXPECTED}")
    pictures = sorted(_kept(folder.iterdir()))
    if not pictures:
        raise UsageError(f"{folder}: holds no picture ({', '.join(sorted(_PICTURES))})")
    return pictures


def _kept(paths: Iterable[Path]) -> Iterable[Path]:
    return (path for path in paths if path.suffix.lower() in _PICTURES and not is_passed_over(path.name))


_EXPECTED = "photos/images, photos/masks, cutouts, backgrounds and davis_train"
