"""The folder that a result is written to: it appears whole, or not at all."""

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from samscope.clips.disk import NO_ROOM, whole_file
from samscope.errors import SamscopeError, UsageError

STUDY_FILE = "study.json"
BUILD_FILE = "build.json"
EVALUATION_FILE = "evaluation.json"

_FULL_WORDS = ("no space left on device", "disk quota exceeded")
_UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO}


@contextmanager
def output_folder(path: Path, *, overwrite: bool = False, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """Give a folder to write into, and put it in the place of ``path`` once all has been written.

    Until then the work lies in a hidden folder beside ``path``, which any error and Ctrl-C remove. With
    ``overwrite`` the old result stays until the new one is whole.

    Args:
        path: where the result shall be; its parents are made where they do not exist.
        overwrite: whether an older result of samscope may be replaced.
        inputs: what the work reads, and so must not replace.

    Yields:
        The folder to write into.

    Raises:
        UsageError: something is at ``path`` already that may not be replaced.
        SamscopeError: nothing can be written there, or the disk is full, whatever it was that failed for it.
    """
    target = path.expanduser().resolve()
    for read in inputs:
        if target in (read.resolve(), *read.resolve().parents):
            raise UsageError(f"--out {path}: would replace {read}, which is read; name another folder")
    check_output(path, overwrite=overwrite)
    made = _make_parents(path, target.parent)
    partial = target.parent / f".{target.name}.partial-{os.getpid()}"
    try:
        try:
            partial.mkdir()
        except OSError as error:
            raise _unwritable(f"--out {path}", error) from error
        with disk_errors_named(f"--out {path}", partial):
            yield partial
            check_output(path, overwrite=overwrite)
            _put_in_place(partial, target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        _remove_empty(made)
        raise


def check_output(path: Path, *, overwrite: bool) -> None:
    """Refuse a place for a result that holds something else.

    Raises:
        UsageError: a file is there; a folder is there that is neither empty nor, with ``overwrite``, a result
            of samscope; or it is a folder that cannot be replaced.
    """
    target = path.expanduser().resolve()
    try:
        if not target.exists():
            return
        if not target.is_dir():
            raise UsageError(f"--out {path}: a file is in the way; name a folder that does not exist yet")
        if target == Path.cwd() or target.is_mount():
            where = "the folder that you are in" if target == Path.cwd() else "where a disk is mounted"
            raise UsageError(f"--out {path}: is {where}; name a folder in it, such as {path / 'study'}")
        holds_something = any(target.iterdir())
    except OSError as error:
        raise _unwritable(f"--out {path}", error) from error
    if not holds_something:
        return
    if not overwrite:
        raise UsageError(f"--out {path}: exists; name another folder, or replace it with --overwrite")
    if not is_result(target):
        raise UsageError(
            f"--out {path}: holds no result of samscope, so --overwrite leaves it alone; name another folder"
        )


def is_result(folder: Path) -> bool:
    """Tell whether a folder holds a finished result of samscope."""
    files = (STUDY_FILE, BUILD_FILE, EVALUATION_FILE)
    return any("samscope" in (_read_object(folder / name) or {}) for name in files)


def read_json(file: Path) -> dict[str, Any]:
    """Return the object in a JSON file that samscope wrote.

    Raises:
        SamscopeError: the file cannot be read or holds something else.
    """
    values = _read_object(file)
    if values is None or "samscope" not in values:
        raise SamscopeError(f"{file}: missing or damaged; make the folder anew with samscope")
    return values


def write_json(file: Path, values: Mapping[str, Any]) -> None:
    """Write an object as JSON; the file appears whole or not at all.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    with whole_file(file) as unfinished:
        unfinished.write_text(json.dumps(values, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _read_object(file: Path) -> dict[str, Any] | None:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None


def _make_parents(path: Path, parent: Path) -> list[Path]:
    """Make ``parent`` and what it lies in; return the folders that were made, the innermost first."""
    missing: list[Path] = []
    try:
        missing.extend(folder for folder in (parent, *parent.parents) if not folder.exists())
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _remove_empty(missing)
        raise _unwritable(f"--out {path}", error) from error
    return missing


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _put_in_place(partial: Path, target: Path) -> None:
    """Rename ``partial`` to ``target``; what is there is removed afterwards, or put back on an error."""
    if not target.exists():
        partial.rename(target)
        return
    replaced = target.parent / f".{target.name}.replaced-{os.getpid()}"
    target.rename(replaced)
    try:
        partial.rename(target)
    except BaseException:
        replaced.rename(target)
        raise
    shutil.rmtree(replaced, ignore_errors=True)


@contextmanager
def disk_errors_named(name: str, folder: Path) -> Iterator[None]:
    """Turn what a disk refuses while ``folder`` is written into one line, whichever library met it.

    Args:
        name: what the line calls the folder.
        folder: errors of files elsewhere are not the output's, and pass.

    Raises:
        SamscopeError: the disk is full, or the folder cannot be written.
    """
    try:
        yield
    except Exception as error:
        if _is_disk_full(error):
            raise SamscopeError(
                f"{name}: the disk is full; free some space, or name a folder on another disk"
            ) from error
        if isinstance(error, OSError) and error.errno in _UNWRITABLE and _lies_in(error.filename, folder):
            raise _unwritable(name, error) from error
        raise


def _is_disk_full(error: BaseException | None) -> bool:
    """Tell whether a full disk is behind an error, whichever library it came through."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return True
        if any(words in str(error).lower() for words in _FULL_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def _lies_in(file: object, folder: Path) -> bool:
    return isinstance(file, str | os.PathLike) and folder in Path(file).parents


def _unwritable(name: str, error: OSError) -> SamscopeError:
    reason = error.strerror or str(error)
    if error.filename and Path(error.filename).name:
        reason = f"{reason} ({error.filename})"
    return SamscopeError(f"{name}: cannot be written: {reason}; name a folder that you may write to")
