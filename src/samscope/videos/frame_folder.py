"""A folder of pictures as a source of frames."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.printable import printable
from samscope.videos.disk import Disk, Files
from samscope.videos.frame import Said, SourceFrame
from samscope.videos.images import FRAME_SUFFIXES, image_size, is_turned, read_frame
from samscope.videos.names import natural_order

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FrameFolder:
    """Pictures of one folder, JPEG, PNG or WebP, in natural order: ``frame2`` comes before ``frame10``.

    It has no time. Its labels, if it is part of a data set, are read where the data set is named.

    Attributes:
        files: the pictures, at least one.
    """

    files: Files

    @property
    def name(self) -> str:
        """The folder's name."""
        return printable(self.files.folder.resolve().name)

    @cached_property
    def size(self) -> tuple[int, int]:
        """Height and width of the first picture, which all others have to have."""
        return image_size(self.files[0])

    @property
    def rate(self) -> float | None:
        """None: pictures have no time."""
        return None

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return len(self.files)

    @property
    def live(self) -> bool:
        """False: it can be read again."""
        return False

    def first_at(self, seconds: float) -> int | None:
        """Return None: pictures have no time."""
        return None

    def read(self, start: int, stop: int | None, step: int, say: Said) -> Iterator[SourceFrame]:
        """Iterate over pictures; see ``FrameSource``. It ends at one that is damaged or differs in size."""
        height, width = self.size
        for number in range(start, self.count if stop is None else min(stop, self.count), step):
            path = self.files[number]
            try:
                pixels = read_frame(path)
            except SamscopeError as error:
                say(str(error))
                return
            if pixels.shape[:2] != (height, width):
                say(
                    f"{path}: {pixels.shape[1]}x{pixels.shape[0]} pixels, but the first picture has "
                    f"{width}x{height}; all frames of a folder must be of one size"
                )
                return
            yield SourceFrame(number, None, pixels)


def picture_names(folder: Path) -> list[str]:
    """Return the names of a folder's pictures in natural order.

    Raises:
        SamscopeError: it cannot be listed, a link leads nowhere, or two pictures have one name but for its
            ending.
    """
    names = sorted(Disk(folder).pictures("", FRAME_SUFFIXES), key=natural_order)
    stems: dict[str, str] = {}
    for name in names:
        first_name = stems.setdefault(Path(name).stem, name)
        if first_name != name:
            raise SamscopeError(
                f"{folder / name}: a second picture of the stem {Path(name).stem}; keep one of the two"
            )
    return names


def open_folder(folder: Path, names: list[str]) -> FrameFolder:
    """Return a folder's pictures as a source.

    Args:
        folder: the folder.
        names: as ``picture_names`` gives them, at least one.

    Raises:
        UsageError: there is none.
        SamscopeError: the first one cannot be read.
    """
    if not names:
        raise UsageError(f"{folder}: holds no picture; expected {', '.join(FRAME_SUFFIXES)} files")
    source = FrameFolder(Files(folder, tuple(names)))
    if source.size and is_turned(source.files[0]):
        _logger.warning(
            "%s: an EXIF tag asks to turn the frames; it is not applied, as in DAVIS' and SAM 2's own tools",
            source.name,
        )
    return source
