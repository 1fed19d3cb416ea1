"""Unpacking an archive that comes from strangers: files and folders alone, and only below one folder."""

import errno
import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from samscope.support.errors import SamscopeError
from samscope.videos.passed_over import is_passed_over

_PIECE = 2**20
_ENCRYPTED = 0x1
_MOST_DEPTH = 32
_MOST_COMPONENT_BYTES = 255
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)


def unpack_zip(
    archive: Path, folder: Path, advance: Callable[[str], None], *, most_bytes: int, most_files: int
) -> None:
    """Unpack a zip archive. Where all of it lies in one folder, what is in that folder is unpacked.

    Everything is checked before anything is written. Permissions and times of the archive are not kept, and
    what systems leave in archives (``__MACOSX``, hidden files) is passed over.

    Args:
        archive: the file.
        folder: an empty folder.
        advance: called for every file that is written, with its name.
        most_bytes: bytes that it may unpack to.
        most_files: files and folders that it may hold.

    Raises:
        SamscopeError: it is no zip archive or damaged; it would unpack to more than it may or than the disk
            has room for; an entry leads elsewhere, is a link or a device, or is encrypted; or two entries
            have the same name.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            _check_size(archive, folder, entries, most_bytes=most_bytes, most_files=most_files)
            for entry, place in _places(archive, entries).items():
                target = folder / place
                if entry.is_dir():
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                _write(archive, opened, entry, target)
                advance(str(place))
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno not in {errno.EINVAL, errno.EOVERFLOW}:
            raise
        reason = " ".join(str(error).split())
        raise SamscopeError(f"{archive}: no zip archive, or damaged ({reason}); get it again") from error


def _check_size(
    archive: Path, folder: Path, entries: Sequence[zipfile.ZipInfo], *, most_bytes: int, most_files: int
) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > most_files or unpacked > most_bytes:
        raise SamscopeError(
            f"{archive}: would unpack to {len(entries):,} files of {unpacked:,} bytes; expected at most "
            f"{most_files:,} and {most_bytes:,}: it is another archive; nothing was unpacked"
        )
    if unpacked > (free := shutil.disk_usage(folder).free):
        raise SamscopeError(
            f"{archive}: would unpack to {unpacked:,} bytes, but the disk has room for {free:,}; free some "
            "space, or name a folder on another disk"
        )


def _places(archive: Path, entries: Sequence[zipfile.ZipInfo]) -> dict[zipfile.ZipInfo, PurePosixPath]:
    """Return where each entry that is unpacked goes, below the folder that is unpacked into."""
    for entry in entries:
        if fault := _fault(entry):
            raise SamscopeError(f"{archive}: {entry.orig_filename!r} {fault}; nothing was unpacked")
    named = {entry: PurePosixPath(entry.filename) for entry in entries}
    places = {entry: path for entry, path in named.items() if not any(map(is_passed_over, path.parts))}
    files = {path for entry, path in places.items() if not entry.is_dir()}
    seen: set[str] = set()
    for path in places.values():
        folded = str(path).casefold()
        if folded in seen or not files.isdisjoint(path.parents):
            raise SamscopeError(f"{archive}: two entries for {str(path)!r}; nothing was unpacked")
        seen.add(folded)
    tops = {path.parts[0] for path in places.values()}
    if len(tops) == 1 and not any(len(path.parts) == 1 for path in files):
        return {entry: PurePosixPath(*path.parts[1:]) for entry, path in places.items()}
    return places


def _fault(entry: zipfile.ZipInfo) -> str | None:
    """Say why an entry is not unpacked; None where it is."""
    name = entry.orig_filename
    parts = entry.filename.rstrip("/").split("/")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    faults = {
        "leads out of the folder": any(part in {"", ".", ".."} for part in parts) or ":" in name,
        "has a name that cannot be shown or written": not name.isprintable() or "\\" in name,
        "has a name too long": len(parts) > _MOST_DEPTH
        or any(len(os.fsencode(part)) > _MOST_COMPONENT_BYTES for part in parts),
        "is a link or a device": kind not in {0, stat.S_IFREG, stat.S_IFDIR},
        "begins outside of the archive": entry.header_offset < 0,
        "is encrypted": bool(entry.flag_bits & _ENCRYPTED),
        "is packed in an uncommon way": entry.compress_type not in _METHODS,
    }
    return next((fault for fault, applies in faults.items() if applies), None)


def _write(archive: Path, opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    written = 0
    with opened.open(entry) as packed, target.open("xb") as file:
        while piece := packed.read(_PIECE):
            written += len(piece)
            if written > entry.file_size:
                break
            file.write(piece)
    if written != entry.file_size:
        raise SamscopeError(
            f"{archive}: {entry.filename!r} has not the {entry.file_size:,} bytes it claims; get it again"
        )
