"""The folder that a result is written to: it appears whole, or not at all."""

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from samscope.support.disk import is_disk_full, sync, whole_file
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.lock import locked
from samscope.support.reading import read_json_object
from samscope.support.urls import url_of

STUDY_FILE = "study.json"
SHARD_FILE = "shard.json"
"""What a shard has in the place of ``study.json``, so that it is never taken for a whole study."""
BUILD_FILE = "build.json"
EVALUATION_FILE = "evaluation.json"
COMPARISON_FILE = "comparison.json"
RULES_FILE = "rules.json"
"""What tells the folder of a comparison of memory rules."""
TRACK_FILE = "track.json"
"""What tells the folder of a tracked film."""
TRACE_FILE = "trace.json"
"""What tells the folder of a trace."""

PARTS = "parts"
"""Folder of a study that says what its records were made as, and which of them are finished."""
JOB_FILE = "job.json"
_PART_FILES = "part-*.json"

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
    with output_place(path, inputs) as target:
        check_output(path, overwrite=overwrite)
        partial = target.parent / f".{target.name}.partial-{os.getpid()}"
        try:
            try:
                partial.mkdir()
            except OSError as error:
                raise _unwritable(f"--out {path}", error) from error
            with disk_errors_named(f"--out {path}", partial):
                yield partial
                check_output(path, overwrite=overwrite)
                put_in_place(partial, target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


@contextmanager
def output_place(path: Path, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """Make the folder that a result will lie in, and keep other processes from writing the same result.

    Args:
        path: where the result shall be; its parents are made where they do not exist, and removed on any
            error if they were made and are empty.
        inputs: what the work reads, and so must not replace.

    Yields:
        The path in full.

    Raises:
        UsageError: it is an address, it is one of the inputs or holds one, or another process is writing
            there.
        SamscopeError: nothing can be written there.
    """
    target = _target(path, inputs)
    made_folders = _make_parents(path, target.parent)
    try:
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(target.parent / f".{target.name}.lock", f"--out {path}"))
            except OSError as error:
                raise _unwritable(f"--out {path}", error) from error
            yield target
    except BaseException:
        _remove_empty(made_folders)
        raise


def require_output_place(path: Path, inputs: Iterable[Path] = ()) -> Path:
    """Refuse what ``output_place`` would, but for another process that writes there, and make nothing.

    Args:
        path: where a result would be.
        inputs: what the work reads, and so must not replace.

    Returns:
        The innermost folder on the way to it that is there already.

    Raises:
        UsageError: it is an address, or it is one of the inputs or holds one.
        SamscopeError: nothing can be written there.
    """
    target = _target(path, inputs)
    try:
        existing_folder = next(folder for folder in target.parents if folder.exists())
        if not existing_folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(existing_folder))
        if not os.access(existing_folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(existing_folder))
    except OSError as error:
        raise _unwritable(f"--out {path}", error) from error
    return existing_folder


def _target(path: Path, inputs: Iterable[Path]) -> Path:
    """Return a place for a result in full, if it is one of this machine and none of the inputs."""
    if (url := url_of(path)) is not None:
        raise UsageError(f"--out {url}: this result is written to this machine alone; name a folder")
    target = path.expanduser().resolve()
    for read in inputs:
        if target in (read.resolve(), *read.resolve().parents):
            raise UsageError(f"--out {path}: would replace {read}, which is read; name another folder")
    return target


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
    files = (
        STUDY_FILE,
        SHARD_FILE,
        BUILD_FILE,
        EVALUATION_FILE,
        COMPARISON_FILE,
        RULES_FILE,
        TRACE_FILE,
        TRACK_FILE,
    )
    return any("samscope" in (_read_object(folder / name) or {}) for name in files)


def require_study(path: Path) -> None:
    """Refuse what is no finished study, and say what it is.

    Args:
        path: what was named as a study.

    Raises:
        UsageError: it is none.
        SamscopeError: it cannot be looked at.
    """
    try:
        if not (path / STUDY_FILE).is_file():
            raise UsageError(_no_study(path))
    except OSError as error:
        raise SamscopeError(f"{path}: cannot be read: {error.strerror}; see to its permissions") from error


def require_track(path: Path) -> None:
    """Refuse what is no tracked film.

    Args:
        path: what was named as one.

    Raises:
        UsageError: it is none.
        SamscopeError: it cannot be looked at.
    """
    try:
        if (path / TRACK_FILE).is_file():
            return
        fault = "no such folder" if not path.exists() else f"no tracked film: it has no {TRACK_FILE}"
    except OSError as error:
        raise SamscopeError(f"{path}: cannot be read: {error.strerror}; see to its permissions") from error
    raise UsageError(f"{path}: {fault}; name a folder that `samscope track --out` has made")


def _no_study(path: Path) -> str:
    """Say in one line why something is no study, and what to name or to do."""
    name = "name one that `samscope study --out` has made"
    unfinished = partial_of(path)
    if not path.exists() and has_job(unfinished):
        return f"{path} is not finished, its draws lie in {unfinished}; go on with it by --resume"
    if not path.exists():
        return f"{path}: no such folder; {name}"
    if (path.parent / STUDY_FILE).is_file():
        return f"{path} is a part of the study {path.parent}; name that folder"
    if not path.is_dir():
        return f"{path} is a file, not the folder of a study; {name}"
    other_result = next(
        (description for file, description in _OTHER_RESULTS.items() if (path / file).is_file()), None
    )
    return f"{path} {other_result or f'is no study: it has no {STUDY_FILE}; {name}'}"


_OTHER_RESULTS = {
    TRACE_FILE: "is a trace, not a study; its numbers are in it as CSV",
    SHARD_FILE: "is a shard; put it together with the others by `samscope merge`, and name the study",
    f"{PARTS}/{JOB_FILE}": "is a study that is not finished; go on with it by --resume",
    BUILD_FILE: "holds clips that `samscope build` has made; track through them first: `samscope record`",
    EVALUATION_FILE: "is an evaluation, not a study; its numbers are in it as CSV",
    COMPARISON_FILE: "is a comparison of studies, which has its page already",
    RULES_FILE: "is a comparison of memory rules, not a study; draw its page again by `samscope report`",
    TRACK_FILE: "is a tracked film, not a study; make other tools' formats of it by `samscope export`",
}
"""By the file that tells it, what else a folder may be that is named as a study."""


def partial_of(path: Path) -> Path:
    """Return the folder that a study for ``path`` is made in, until it is finished."""
    return path.with_name(f"{path.name}.partial")


def has_job(folder: Path) -> bool:
    """Tell whether a folder is a study's, finished or not."""
    return (folder / PARTS / JOB_FILE).is_file()


def what_is_kept(path: Path) -> str | None:
    """Say in a few words what there is of an unfinished study for ``path``; None if there is nothing."""
    folder = partial_of(path.expanduser().resolve())
    try:
        job = json.loads((folder / PARTS / JOB_FILE).read_bytes())["job"]
        draws = f"shard {job['shard']}" if "shard" in job else f"{job['clips']} draws"
    except (OSError, ValueError, KeyError, TypeError):
        return None
    done = sum(1 for _ in (folder / PARTS).glob(_PART_FILES))
    if draws.startswith("shard"):
        return f"an unfinished {draws} lies in {folder}, with {done} draws done"
    return f"an unfinished study lies in {folder}, with {done} of {draws} done"


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
        return read_json_object(file)
    except (OSError, ValueError, SamscopeError):
        return None


def _make_parents(path: Path, parent: Path) -> list[Path]:
    """Make ``parent`` and what it lies in; return the folders that were made, the innermost first."""
    missing: list[Path] = []
    try:
        missing.extend(folder for folder in (parent, *parent.parents) if not folder.exists())
        parent.mkdir(parents=True, exist_ok=True)
    except BaseException as error:
        _remove_empty(missing)
        if isinstance(error, OSError):
            raise _unwritable(f"--out {path}", error) from error
        raise
    return missing


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def put_in_place(partial: Path, target: Path) -> None:
    """Rename ``partial`` to ``target``; what is there is removed afterwards, or put back on an error.

    ``target`` is locked by ``output_place``, so that what a process left that was killed here is removed too.
    """
    replaced = target.parent / f".{target.name}.replaced"
    shutil.rmtree(replaced, ignore_errors=True)
    if not target.exists():
        partial.rename(target)
        sync(target.parent)
        return
    target.rename(replaced)
    try:
        partial.rename(target)
    except BaseException:
        replaced.rename(target)
        raise
    sync(target.parent)
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
        if is_disk_full(error):
            raise SamscopeError(
                f"{name}: the disk is full; free some space, or name a folder on another disk"
            ) from error
        if isinstance(error, OSError) and error.errno in _UNWRITABLE and _lies_in(error.filename, folder):
            raise _unwritable(name, error) from error
        raise


def _lies_in(file: object, folder: Path) -> bool:
    return isinstance(file, str | os.PathLike) and folder in Path(file).parents


def _unwritable(name: str, error: OSError) -> SamscopeError:
    reason = error.strerror or str(error)
    if error.filename and Path(error.filename).name:
        reason = f"{reason} ({error.filename})"
    return SamscopeError(f"{name}: cannot be written: {reason}; name a folder that you may write to")
