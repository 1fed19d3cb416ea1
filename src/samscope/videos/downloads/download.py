"""Getting a collection of videos: fetched, checked, unpacked, and put in place whole."""

from pathlib import Path

from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Progress
from samscope.support.result_folder import output_folder
from samscope.videos.downloads.archives import unpack_zip
from samscope.videos.downloads.collections import COLLECTIONS, PublishedArchive
from samscope.videos.downloads.fetching import MEBIBYTE, Expected, digest_of, fetch
from samscope.videos.layout import FRAMES_FOLDER, MASKS_FOLDER


def download_videos(
    name: str,
    out: Path,
    progress: Progress,
    *,
    url: str | None = None,
    sha256: str | None = None,
    archive: Path | None = None,
) -> Path:
    """Get a collection of videos into a folder in the DAVIS layout.

    While it is fetched the archive lies beside ``out``, as ``<out>.zip.partial``; the same call goes on with
    it. It is removed once ``out`` is there.

    Args:
        name: one of ``COLLECTIONS``.
        out: the folder; it must not exist, or be empty.
        progress: hears of the stages.
        url: another address of the same archive.
        sha256: SHA-256 of the archive, as hex, if it is not the one on record; then its size is not checked.
        archive: a file that was got by hand, taken in the place of fetching; it is left where it is.

    Returns:
        ``out``.

    Raises:
        UsageError: no such collection, or something is at ``out`` already.
        SamscopeError: the archive cannot be fetched, is not the published one, or cannot be unpacked.
    """
    published = _published_archive(name)
    expected = Expected(
        sha256=(sha256 or published.sha256).lower(),
        size=None if sha256 else published.size,
        most_bytes=published.most_unpacked,
    )
    with output_folder(out) as folder:
        fetched = out.expanduser().with_name(f"{out.name}.zip")
        if archive is None:
            with progress.stage("fetching", published.size // MEBIBYTE) as advance:
                try:
                    fetch(url or published.url, fetched, expected, advance)
                except UsageError:
                    raise
                except SamscopeError as error:
                    raise SamscopeError(f"{error}; {_by_hand(name, published, out)}") from error
        else:
            with progress.stage("checking"):
                _check_archive(archive, expected)
        with progress.stage("unpacking") as advance:
            unpack_zip(
                archive or fetched,
                folder,
                advance,
                most_bytes=published.most_unpacked,
                most_files=published.most_files,
            )
            _require_layout(archive or fetched, folder)
    if archive is None:
        fetched.unlink()
    return out


def _published_archive(name: str) -> PublishedArchive:
    if name not in COLLECTIONS:
        raise UsageError(
            f"{name!r} is no collection that samscope knows; it knows {', '.join(COLLECTIONS)}, and "
            "models by their names on the hub, such as facebook/sam2.1-hiera-tiny"
        )
    return COLLECTIONS[name]


def _by_hand(name: str, published: PublishedArchive, out: Path) -> str:
    return (
        f"or by hand: get {published.file_name} from {published.page}, then: "
        f"samscope download {name} --archive {published.file_name} --out {out}"
    )


def _check_archive(archive: Path, expected: Expected) -> None:
    if not archive.is_file():
        raise UsageError(f"--archive {archive}: no such file")
    size = archive.stat().st_size
    if expected.size is not None and size != expected.size:
        raise SamscopeError(
            f"--archive {archive}: {size:,} bytes; the published one has {expected.size:,}; get it again"
        )
    if (digest := digest_of(archive)) != expected.sha256:
        raise SamscopeError(
            f"--archive {archive}: its SHA-256 is {digest}; expected {expected.sha256}; get it again"
        )


def _require_layout(archive: Path, folder: Path) -> None:
    missing = [name for name in (FRAMES_FOLDER, MASKS_FOLDER) if not (folder / name).is_dir()]
    if missing:
        raise SamscopeError(
            f"{archive}: holds no videos in the DAVIS layout: no folder {' and no '.join(missing)} in it"
        )
