"""Videos in a folder of this machine."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import overload

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.printable import printable
from samscope.support.reading import MOST_JSON_BYTES, read_regular, require_there, require_within
from samscope.videos.images import IMAGE_SUFFIXES, image_size, is_turned
from samscope.videos.layout import FRAMES_FOLDER, MASKS_FOLDER
from samscope.videos.passed_over import is_passed_over

_FILMS = frozenset((".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".gif"))
_ARCHIVES = frozenset((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"))
_FILM_MEND = (
    f"samscope track FILM follows an object through it; here masks are needed: put its frames into "
    f"{FRAMES_FOLDER}/<name>, as by ffmpeg -i FILM {FRAMES_FOLDER}/<name>/%05d.png, and their masks into "
    f"{MASKS_FOLDER}/<name>"
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
class Disk:
    """A ``Place`` that is a folder of this machine; pipes and devices count as no pictures.

    Attributes:
        root: the folder.
        closed: whether a link to a picture may not lead out of it; the links of a user's own folder may lead
            anywhere. A link that leads nowhere is an error in both, as a video would be missing unnoticed.
    """

    root: Path
    closed: bool = False

    @property
    def name(self) -> str:
        """What the collection in it is called."""
        return printable(self.root.resolve().name)

    def shown(self, path: str) -> str:
        """Return the path of a file or folder."""
        return str(self.root / path)

    def require_layout(self) -> None:
        """Refuse what is no folder in the DAVIS layout, and say what it is.

        Raises:
            UsageError: it is no folder.
            SamscopeError: it lacks one of the two folders.
        """
        expected = f"give one that holds {FRAMES_FOLDER} and {MASKS_FOLDER} (DAVIS layout)"
        if not self.root.is_dir():
            if self.root.is_symlink():
                require_there(self.root)
            if not self.root.exists():
                raise UsageError(f"{self.root}: no such folder; {expected}")
            suffix = self.root.suffix.lower()
            if suffix in _FILMS:
                raise UsageError(f"{self.root}: a film, and not a folder; {_FILM_MEND}")
            if suffix in _ARCHIVES:
                raise UsageError(f"{self.root}: an archive, and not a folder; unpack it, then {expected}")
            raise UsageError(f"{self.root}: a file, and not a folder; {expected}")
        for name in (FRAMES_FOLDER, MASKS_FOLDER):
            if (self.root / name).is_symlink():
                require_there(self.root / name)
        missing = [name for name in (FRAMES_FOLDER, MASKS_FOLDER) if not (self.root / name).is_dir()]
        if missing:
            raise SamscopeError(
                f"{self.root}: not in the DAVIS layout: no folder {' and no '.join(missing)} in it; expected "
                f"{FRAMES_FOLDER}/[<resolution>/]<video>/*.jpg and "
                f"{MASKS_FOLDER}/[<resolution>/]<video>/*.png{self._what_it_holds()}"
            )

    def _what_it_holds(self) -> str:
        """Say of a folder that is not in the layout what it seems to be; nothing where that is not known."""
        for kind in (FRAMES_FOLDER, MASKS_FOLDER):
            if kind in self.root.parts:
                return f"; give the folder above {kind}"
        films = [name for name in self.names("") if Path(name).suffix.lower() in _FILMS]
        return f"; it holds films ({printable(films[0])}): {_FILM_MEND}" if films else ""

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders in a folder, sorted; none where there is no such folder.

        Raises:
            SamscopeError: it cannot be listed, or a link in it leads nowhere.
        """
        names = []
        for entry in self._entries(path):
            if entry.is_symlink():
                require_there(Path(entry.path))
            if entry.is_dir():
                names.append(entry.name)
        return names

    def names(self, path: str) -> list[str]:
        """Return the names of all that lies in a folder, sorted; none where there is no such folder.

        Raises:
            SamscopeError: it cannot be listed.
        """
        return [entry.name for entry in self._entries(path)]

    def pictures(self, path: str, suffixes: tuple[str, ...] = IMAGE_SUFFIXES) -> list[str]:
        """Return the names of a folder's picture files, sorted; none where there is no such folder.

        Args:
            path: the folder.
            suffixes: the endings of files that count as pictures, in lower case.

        Raises:
            SamscopeError: it cannot be listed, or a link leads nowhere, or out of a closed place.
        """
        entries = self._entries(path)
        if entries and self.closed:
            require_within(self.root / path, self.root)
        names = []
        for entry in entries:
            file = Path(entry.path)
            if file.suffix.lower() not in suffixes:
                continue
            if entry.is_symlink():
                require_there(file)
                if self.closed:
                    require_within(file, self.root)
            if entry.is_file():
                names.append(entry.name)
        return names

    def read(self, path: str) -> bytes:
        """Return the content of a text file.

        Raises:
            SamscopeError: it cannot be read, or is no regular file or too large.
        """
        try:
            return read_regular(self.root / path, MOST_JSON_BYTES)
        except OSError as error:
            raise SamscopeError(f"{self.root / path}: cannot be read: {error.strerror}") from error

    def files(self, folder: str, names: tuple[str, ...]) -> Files:
        """Return files of a folder."""
        return Files(self.root / folder, names)

    def look_at(self, pictures: Sequence[str]) -> None:
        """Do nothing: a header here is read when it is asked for."""

    def size(self, picture: str) -> tuple[int, int]:
        """Return the height and width of a picture.

        Raises:
            SamscopeError: as ``image_size``.
        """
        return image_size(self.root / picture)

    def is_turned(self, picture: str) -> bool:
        """Tell whether an EXIF tag of a picture asks to turn it.

        Raises:
            SamscopeError: as ``images.is_turned``.
        """
        return is_turned(self.root / picture)

    def _entries(self, path: str) -> list[os.DirEntry[str]]:
        """Return what lies in a folder, by name; nothing where there is no such folder."""
        folder = self.root / path
        if not folder.is_dir():
            return []
        try:
            with os.scandir(folder) as listing:
                entries = [entry for entry in listing if not is_passed_over(entry.name)]
        except OSError as error:
            raise SamscopeError(f"{folder}: cannot be listed: {error.strerror}") from error
        return sorted(entries, key=lambda entry: entry.name)
