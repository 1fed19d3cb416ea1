"""A lock on what only one process may write at a time."""

import fcntl
import json
import logging
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from samscope.support.errors import UsageError

_logger = logging.getLogger(__name__)


@contextmanager
def locked(file: Path, name: str) -> Iterator[None]:
    """Hold a lock while the context is open; the lock of a process that has died is free.

    The lock is the kernel's ``flock`` on a file that says who holds it, so that nothing has to be cleaned up
    after a crash; the file is removed with the lock. On NFS the kernel makes it a lock of the server's, which
    holds between machines too, unless the share is mounted with ``nolock`` or ``local_lock``: then it holds
    among the processes of one machine only. A file system without such locks (some mounts of Lustre) is
    written without one, with a warning.

    Args:
        file: the lock file; its folder exists.
        name: what a refusal calls the thing that is locked.

    Raises:
        UsageError: another process holds the lock; the message names it and its machine.
        OSError: the file cannot be written.
    """
    descriptor = _acquire(file, name)
    try:
        holder = {
            "host": platform.node(),
            "pid": os.getpid(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        yield
    finally:
        with suppress(OSError):
            file.unlink()
        os.close(descriptor)


def _acquire(file: Path, name: str) -> int:
    """Return the descriptor of a lock file that is locked and bears its name."""
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(descriptor, file)
            if _bears_its_name(file, descriptor):
                return descriptor
        except BlockingIOError as error:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise UsageError(
                f"{name}: {holder} is writing there; wait until it has ended, or name another folder"
            ) from error
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int, file: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        _logger.warning(
            "%s: this file system has no locks (%s); see to it that nothing else writes there",
            file.parent,
            error.strerror,
        )


def _bears_its_name(file: Path, descriptor: int) -> bool:
    """Tell whether a lock file is still the one in the folder: its last holder removes it."""
    try:
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _holder(descriptor: int) -> str:
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {holder['pid']} on {holder['host']} (since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        return "another process"
