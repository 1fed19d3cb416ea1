"""Results for object storage: made in a folder of this machine, and sent when they are whole.

An object store has no rename, so what tells that a result is whole, its ``study.json`` or ``shard.json``, is
sent last, when every other file is there, and removed first where a result is replaced. Until then the folder
on this machine is what goes on after a stop; where a job may go on on another machine, name a shared folder.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from samscope.errors import SamscopeError, UsageError
from samscope.output import JOB_FILE, PARTS, SHARD_FILE, STUDY_FILE
from samscope.progress import Progress
from samscope.storage.copies import fetch_folder
from samscope.storage.urls import explained, file_system, url_of

_LAST = (SHARD_FILE, STUDY_FILE)
_AT_ONCE = 256


@dataclass(frozen=True)
class Place:
    """Where a result is made, and where it goes.

    Attributes:
        folder: the folder of this machine.
        url: the address that it is sent to; None where it stays.
    """

    folder: Path
    url: str | None

    @property
    def shown(self) -> str:
        """Where the result is when all is done."""
        return str(self.folder) if self.url is None else self.url

    def send(self, progress: Progress) -> None:
        """Send the result, if it goes anywhere; what was there before is replaced.

        Raises:
            SamscopeError: it cannot be sent; what is there does not look finished.
        """
        if self.url is None:
            return
        system, root = file_system(self.url)
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        last = [file for file in files if file.parent == self.folder and file.name in _LAST]
        names = [file.relative_to(self.folder).as_posix() for file in files if file not in last]
        try:
            before = {path.removeprefix(f"{root}/") for path in _found(system, root)}
            for name in _LAST:
                if name in before:
                    system.rm_file(f"{root}/{name}")
            with progress.stage("sending", len(names)) as advance:
                for first in range(0, len(names), _AT_ONCE):
                    some = names[first : first + _AT_ONCE]
                    system.put(
                        [str(self.folder / name) for name in some], [f"{root}/{name}" for name in some]
                    )
                    for name in some:
                        advance(name)
            for name in before - set(names) - set(_LAST):
                system.rm_file(f"{root}/{name}")
            for file in last:
                manifest = {**json.loads(file.read_bytes()), "out": self.url}
                system.pipe_file(f"{root}/{file.name}", (json.dumps(manifest, indent=2) + "\n").encode())
        except Exception as error:
            raise explained(f"--out {self.url}", error) from error

    def clear(self) -> None:
        """Remove the folder of this machine, if the result was sent."""
        if self.url is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def place_of(out: Path, *, overwrite: bool = False, resume: bool = False) -> Place:
    """Return where a result for ``out`` is made; what lies there is looked at before any work.

    Args:
        out: a folder, or an address of object storage. The folder for an address is the same every time; it
            lies in XDG_CACHE_HOME, or in ``~/.cache``.
        overwrite: whether an older result there may be replaced.
        resume: whether one that was not wholly sent may be.

    Raises:
        UsageError: something is there that may not be replaced, or the address is of no known kind.
        SamscopeError: it cannot be looked at.
    """
    url = url_of(out)
    if url is None:
        return Place(out, None)
    system, root = file_system(url)
    try:
        there = {path.removeprefix(f"{root}/") for path in _found(system, root)}
    except Exception as error:
        raise explained(f"--out {url}", error) from error
    whole = any(name in there for name in _LAST)
    if there and not overwrite and not (resume and not whole):
        raise UsageError(f"--out {url}: exists; name another address, or replace it with --overwrite")
    if there and not whole and f"{PARTS}/{JOB_FILE}" not in there and "records" not in _tops(there):
        raise UsageError(
            f"--out {url}: holds no result of samscope, so it is left alone; name another address"
        )
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = url.rsplit("/", 1)[-1]
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    return Place(cache / "samscope" / "unsent" / digest / name, url)


@contextmanager
def cleared(place: Place) -> Iterator[None]:
    """Remove the folder of this machine at the end, whatever happens, if the result was sent."""
    try:
        yield
    finally:
        place.clear()


@contextmanager
def shards_at_hand(shards: Sequence[Path], progress: Progress) -> Iterator[list[Path]]:
    """Give folders of this machine for shards; those on object storage are fetched, and removed at the end.

    Args:
        shards: folders, or addresses; an address may hold ``*`` for several.
        progress: hears of every shard that is fetched.

    Raises:
        UsageError, SamscopeError: an address is of no known kind, or there is nothing.
    """
    with TemporaryDirectory(prefix="samscope-shards-", ignore_cleanup_errors=True) as here:
        folders: list[Path] = []
        addresses = [url for shard in shards if (url := url_of(shard)) is not None]
        remote = [url for address in addresses for url in _matching(address)]
        if remote:
            with progress.stage("fetching", len(remote)) as advance:
                for number, url in enumerate(remote):
                    folders.append(Path(here) / f"{number:05d}-{url.rsplit('/', 1)[-1]}")
                    fetch_folder(url, folders[-1])
                    advance(url)
        yield [*(shard for shard in shards if url_of(shard) is None), *folders]


def _matching(url: str) -> list[str]:
    """Return the folders that an address with ``*`` stands for; any other stands for itself."""
    if "*" not in url:
        return [url]
    system, root = file_system(url)
    try:
        found = [path for path in system.glob(root) if system.isdir(path)]
    except Exception as error:
        raise explained(url, error) from error
    if not found:
        raise UsageError(f"{url}: no folder there is called so")
    return sorted(system.unstrip_protocol(path) for path in found)


def _tops(names: set[str]) -> set[str]:
    return {name.split("/")[0] for name in names}


def _found(system: object, root: str) -> list[str]:
    try:
        found: list[str] = system.find(root)  # type: ignore[attr-defined]
    except FileNotFoundError:
        return []
    if found == [root]:
        raise SamscopeError("a file is in the way; name another address")
    return found
