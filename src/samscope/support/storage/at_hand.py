"""Folders on object storage, copied to this machine for as long as they are read."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Progress
from samscope.support.urls import explained, file_system, url_of


@contextmanager
def folders_at_hand(
    folders: Sequence[Path], progress: Progress, only: Collection[str] | None = None
) -> Iterator[list[Path]]:
    """Give folders of this machine; those on object storage are fetched, and removed at the end.

    Args:
        folders: paths, or addresses; an address may hold ``*`` for several.
        progress: hears of every folder that is fetched.
        only: names of the files and folders in them that are fetched; None for everything.

    Yields:
        The folders, in their order; a fetched one has the name that its address ends in.

    Raises:
        UsageError, SamscopeError: an address is of no known kind, there is nothing, or it cannot be fetched.
    """
    with TemporaryDirectory(prefix="samscope-fetched-", ignore_cleanup_errors=True) as scratch:
        at_hand: list[Path] = []
        locations = [location for folder in folders for location in _matching(folder)]
        remote = sum(isinstance(location, str) for location in locations)
        if not remote:
            yield list(folders)
            return
        with progress.stage("fetching", remote) as advance:
            for number, location in enumerate(locations):
                if isinstance(location, Path):
                    at_hand.append(location)
                    continue
                at_hand.append(Path(scratch) / f"{number:05d}" / location.rsplit("/", 1)[-1])
                fetch_folder(location, at_hand[-1], only)
                advance(location)
        yield at_hand


def fetch_folder(url: str, folder: Path, only: Collection[str] | None = None) -> None:
    """Fetch what lies at an address into a folder.

    Args:
        url: the address.
        folder: the folder; made if it is not there.
        only: names of the files and folders at the address that are fetched; None for everything.

    Raises:
        UsageError: the protocol is not known.
        SamscopeError: there is nothing, it cannot be fetched, or a name leads out of the folder.
    """
    system, root = file_system(url)
    try:
        files = system.find(root)
    except Exception as error:
        raise explained(url, error) from error
    names = [file.removeprefix(root).lstrip("/") for file in files]
    if only is not None:
        names = [name for name in names if name.split("/")[0] in only]
    if not names:
        raise SamscopeError(f"{url}: there is nothing{'' if only is None else ' of a study'}")
    for name in names:
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise SamscopeError(f"{url}: the name {name!r} leads out of the folder")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    try:
        system.get([f"{root}/{name}" for name in names], [str(folder / name) for name in names])
    except Exception as error:
        raise explained(url, error) from error


def _matching(folder: Path) -> list[Path] | list[str]:
    """Return the addresses that one with ``*`` stands for; any other, and a path, stands for itself."""
    url = url_of(folder)
    if url is None:
        return [folder]
    if "*" not in url:
        return [url]
    system, root = file_system(url)
    try:
        matching = [path for path in system.glob(root) if system.isdir(path)]
    except Exception as error:
        raise explained(url, error) from error
    if not matching:
        raise UsageError(f"{url}: no folder there is called so")
    return sorted(system.unstrip_protocol(path) for path in matching)
