"""What a place is that videos lie in, whatever keeps its files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class Place(Protocol):
    """A tree of folders and files; paths are within it, with ``/`` between names.

    What ``passed_over`` names is not there. Every method raises SamscopeError where what is asked for cannot
    be listed or read.
    """

    @property
    def name(self) -> str:
        """What the collection in it is called."""

    def shown(self, path: str) -> str:
        """Return what a file or folder is called in messages."""

    def require_layout(self) -> None:
        """Refuse a place without frames and masks.

        Raises:
            UsageError: it is not there.
            SamscopeError: it holds something else.
        """

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders in a folder, sorted; none where there is no such folder."""

    def names(self, path: str) -> list[str]:
        """Return the names of all that lies in a folder, sorted; none where there is no such folder."""

    def pictures(self, path: str) -> list[str]:
        """Return the names of a folder's picture files, sorted; none where there is no such folder."""

    def read(self, path: str) -> bytes:
        """Return the content of a text file."""

    def files(self, folder: str, names: tuple[str, ...]) -> Sequence[Path]:
        """Return files of a folder, on this machine when one is asked for."""

    def look_at(self, pictures: Sequence[str]) -> None:
        """Make ready for ``size`` and ``is_turned`` of pictures, many at a time where that is quicker."""

    def size(self, picture: str) -> tuple[int, int]:
        """Return the height and width of a picture that was looked at."""

    def is_turned(self, picture: str) -> bool:
        """Tell whether an EXIF tag of a picture that was looked at asks to turn it."""
