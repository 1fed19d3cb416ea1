"""Results for object storage: made in a folder of this machine, and sent when they are whole.

An object store has no rename, so what tells that a result is whole, its ``study.json`` or ``shard.json``, is
sent last, when every other file is there, and removed first where a result is replaced. Until then the folder
on this machine is what goes on after a stop; where a job may go on on another machine, name a shared folder.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from samscope.support.errors import UsageError
from samscope.support.progress import Progress
from samscope.support.result_folder import JOB_FILE, PARTS, RULES_FILE, SHARD_FILE, STUDY_FILE
from samscope.support.storage.sending import files_below, send_files
from samscope.support.urls import explained, file_system, url_of

_LAST = (SHARD_FILE, STUDY_FILE, RULES_FILE)


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
            before = {path.removeprefix(f"{root}/") for path in files_below(system, root)}
            for name in _LAST:
                if name in before:
                    system.rm_file(f"{root}/{name}")
            send_files(self.folder, self.url, names, progress)
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
        existing_names = {path.removeprefix(f"{root}/") for path in files_below(system, root)}
    except Exception as error:
        raise explained(f"--out {url}", error) from error
    whole = any(name in existing_names for name in _LAST)
    if existing_names and not overwrite and not (resume and not whole):
        raise UsageError(f"--out {url}: exists; name another address, or replace it with --overwrite")
    if (
        existing_names
        and not whole
        and f"{PARTS}/{JOB_FILE}" not in existing_names
        and "records" not in _tops(existing_names)
    ):
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


def _tops(names: set[str]) -> set[str]:
    return {name.split("/")[0] for name in names}
