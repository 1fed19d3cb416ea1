"""Videos on object storage."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import overload

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.reading import MOST_JSON_BYTES
from samscope.support.urls import explained, file_system
from samscope.videos.copies import Copies, copies_of
from samscope.videos.images import IMAGE_SUFFIXES, image_size, is_turned
from samscope.videos.layout import FRAMES_FOLDER, MASKS_FOLDER
from samscope.videos.passed_over import is_passed_over

Tree = dict[str, list[tuple[str, bool]]]
"""By folder, the names in it, sorted, and whether each is a folder's."""


@dataclass(frozen=True)
class FetchedFiles(Sequence[Path]):
    """Files of a remote folder in order; the folder is fetched when a path is asked for.

    Attributes:
        copies: where it is fetched to.
        folder: its path within the address.
        names: the files' names in it.
    """

    copies: Copies
    folder: str
    names: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> Path: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Path]: ...
    def __getitem__(self, place: int | slice) -> Path | Sequence[Path]:
        """Return the path of a file's copy, or of several."""
        local_folder = self.copies.folder(self.folder, self.names)
        if isinstance(place, slice):
            return [local_folder / name for name in self.names[place]]
        return local_folder / self.names[place]


class Remote:
    """A ``Place`` that is an address of object storage.

    One listing for frames, one for masks, one for lists, and a request for the beginning of each picture that
    is looked at tell all that is needed; files are fetched when they are needed, a folder at a time.

    Args:
        url: the address.

    Raises:
        UsageError, SamscopeError: as ``file_system``.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._system, self._root = file_system(url)
        self._copies = copies_of(url)
        self._tree = cache(self._listed)
        self._headers: dict[str, tuple[tuple[int, int], bool] | SamscopeError] = {}

    @property
    def name(self) -> str:
        """What the collection in it is called."""
        return self._url.rsplit("/", 1)[-1]

    def shown(self, path: str) -> str:
        """Return the address of a file or folder."""
        return f"{self._url}/{path}"

    def require_layout(self) -> None:
        """Refuse an address without frames or masks.

        Raises:
            UsageError: it is.
            SamscopeError: it cannot be listed.
        """
        for kind in (FRAMES_FOLDER, MASKS_FOLDER):
            if not self.folders(kind):
                raise UsageError(
                    f"{self._url}: no {kind}/[<resolution>/]<video>/*.jpg or *.png there (DAVIS layout)"
                )

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders in a folder, sorted; none where there is no such folder.

        Raises:
            SamscopeError: it cannot be listed.
        """
        return [name for name, is_folder in self._entries(path) if is_folder]

    def names(self, path: str) -> list[str]:
        """Return the names of all that lies in a folder, sorted; none where there is no such folder.

        Raises:
            SamscopeError: it cannot be listed.
        """
        return [name for name, _ in self._entries(path)] if path else self._top()

    def pictures(self, path: str) -> list[str]:
        """Return the names of a folder's picture files, sorted; none where there is no such folder.

        Raises:
            SamscopeError: it cannot be listed.
        """
        return [
            name
            for name, is_folder in self._entries(path)
            if not is_folder and Path(name).suffix.lower() in IMAGE_SUFFIXES
        ]

    def read(self, path: str) -> bytes:
        """Return the content of a text file, or as much of it as a text may have.

        Raises:
            SamscopeError: it cannot be read.
        """
        try:
            content: bytes = self._system.cat_file(f"{self._root}/{path}", 0, MOST_JSON_BYTES)
        except Exception as error:
            raise explained(self.shown(path), error) from error
        return content

    def files(self, folder: str, names: tuple[str, ...]) -> FetchedFiles:
        """Return files of a folder, which is fetched when one is asked for."""
        return FetchedFiles(self._copies, folder, names)

    def look_at(self, pictures: Sequence[str]) -> None:
        """Read the beginnings of pictures.

        Raises:
            SamscopeError: one cannot be fetched.
        """
        for name, beginning in zip(pictures, self._copies.beginnings(pictures), strict=True):
            try:
                self._headers[name] = image_size(beginning), is_turned(beginning)
            except SamscopeError as error:
                self._headers[name] = SamscopeError(
                    f"{self.shown(name)}: its size cannot be read from its beginning: {error}"
                )

    def size(self, picture: str) -> tuple[int, int]:
        """Return the height and width of a picture that was looked at.

        Raises:
            SamscopeError: its beginning does not tell them.
        """
        return self._header(picture)[0]

    def is_turned(self, picture: str) -> bool:
        """Tell whether an EXIF tag of a picture that was looked at asks to turn it.

        Raises:
            SamscopeError: as ``size``.
        """
        return self._header(picture)[1]

    def _header(self, picture: str) -> tuple[tuple[int, int], bool]:
        header = self._headers[picture]
        if isinstance(header, SamscopeError):
            raise header
        return header

    def _entries(self, path: str) -> list[tuple[str, bool]]:
        path = path.rstrip("/")
        return self._tree(path.split("/", 1)[0]).get(path, [])

    def _top(self) -> list[str]:
        """Return what lies beside the folders of frames and masks, without listing what those hold."""
        try:
            paths = self._system.ls(self._root, detail=False)
        except FileNotFoundError:
            paths = []
        except Exception as error:
            raise explained(self._url, error) from error
        names = (str(path).rstrip("/").rsplit("/", 1)[-1] for path in paths)
        return sorted(name for name in names if not is_passed_over(name))

    def _listed(self, top: str) -> Tree:
        """Return all that lies in one of the folders of the address."""
        try:
            files = self._system.find(f"{self._root}/{top}")
        except FileNotFoundError:
            files = []
        except Exception as error:
            raise explained(self.shown(top), error) from error
        tree: Tree = {}
        for file in files:
            path = file.removeprefix(f"{self._root}/")
            if any(map(is_passed_over, path.split("/"))):
                continue
            is_folder = False
            while path != top:
                folder, name = path.rsplit("/", 1)
                begun = folder in tree
                tree.setdefault(folder, []).append((name, is_folder))
                if begun:
                    break
                path, is_folder = folder, True
        return {folder: sorted(entries) for folder, entries in tree.items()}
