"""Copies of remote folders on this machine, as many as fit into a bound."""

import functools
import shutil
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from samscope.support.disk import whole_folder
from samscope.support.urls import explained, file_system

MOST_BYTES = 4 * 2**30
"""Space that the copies of a process take at most; a video of SA-V is some 20 MB."""

LEAST_KEPT = 16
"""So many of the latest copies stay whatever they take; those of the draw at work are among them."""

_AT_ONCE = 512


class Copies:
    """Fetches folders of files when they are needed, and drops those that were not needed for longest.

    They lie where temporary files do (TMPDIR), and go with the process. Where an instance travels to another
    process, it is that process' one for its address.

    Args:
        url: the address that the folders lie in.
        most_bytes: space that they take at most, but for the latest ``LEAST_KEPT``.

    Attributes:
        fetched: how many folders were fetched so far.
        requests: how many files of them.
    """

    def __init__(self, url: str, most_bytes: int = MOST_BYTES) -> None:
        self._url, self._most = url, most_bytes
        self._system, self._root = file_system(url)
        self._here = Path(mkdtemp(prefix="samscope-copies-"))
        weakref.finalize(self, shutil.rmtree, self._here, ignore_errors=True)
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self.fetched, self.requests = 0, 0

    def __reduce__(self) -> tuple[Any, ...]:
        return copies_of, (self._url, self._most)

    def folder(self, name: str, files: tuple[str, ...]) -> Path:
        """Return the copy of a folder.

        Args:
            name: the folder's path within the address.
            files: names of its files.

        Raises:
            SamscopeError: it cannot be fetched, or the disk is full.
        """
        local_folder = self._here / name
        if name in self._sizes:
            self._sizes.move_to_end(name)
            return local_folder
        remote_folder = f"{self._root}/{name}"
        with whole_folder(local_folder) as unfinished:
            try:
                self._system.get(
                    [f"{remote_folder}/{file}" for file in files], [str(unfinished / file) for file in files]
                )
            except Exception as error:
                raise explained(f"{self._url}/{name}", error) from error
        self.fetched += 1
        self.requests += len(files)
        self._sizes[name] = sum((local_folder / file).stat().st_size for file in files)
        self._drop()
        return local_folder

    def beginnings(self, names: Sequence[str], count: int = 2**16) -> Iterator[Path]:
        """Yield for each remote file one with its first bytes, under a name of the same ending.

        Many are asked for at once; each file is there until the next one is.

        Raises:
            SamscopeError: one cannot be fetched.
        """
        for first in range(0, len(names), _AT_ONCE):
            batch = names[first : first + _AT_ONCE]
            paths = [f"{self._root}/{name}" for name in batch]
            try:
                contents = self._system.cat_ranges(paths, [0] * len(paths), [count] * len(paths))
            except Exception as error:
                raise explained(self._url, error) from error
            self.requests += len(paths)
            for name, content in zip(batch, contents, strict=True):
                if isinstance(content, Exception):
                    raise explained(f"{self._url}/{name}", content) from content
                local_file = self._here / f"beginning{Path(name).suffix}"
                local_file.write_bytes(content)
                yield local_file

    def _drop(self) -> None:
        while sum(self._sizes.values()) > self._most and len(self._sizes) > LEAST_KEPT:
            name, _ = self._sizes.popitem(last=False)
            shutil.rmtree(self._here / name, ignore_errors=True)


@functools.cache
def copies_of(url: str, most_bytes: int = MOST_BYTES) -> Copies:
    """Return this process' copies of what lies at an address."""
    return Copies(url, most_bytes)
