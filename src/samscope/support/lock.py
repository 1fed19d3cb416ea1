"""A lock on what only one process may write at a time."""

import errno
import json
import logging
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from samscope.support.errors import UsageError

_NO_LOCKS = frozenset({errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP})

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
    with file.open("ab"):  # the library takes a place that cannot be written for one that is locked
        pass
    lock = FileLock(file, blocking=False, fallback_to_soft=False)
    alone = False
    try:
        _acquire(lock, file, name)
        alone = True
        since = datetime.now(UTC).isoformat(timespec="seconds")
        file.write_text(json.dumps({"host": platform.node(), "pid": os.getpid(), "since": since}))
        yield
    finally:
        if alone or lock.is_locked:  # Ctrl-C may come right after the lock was acquired
            with suppress(OSError):
                file.unlink()
            lock.release()


def _acquire(lock: FileLock, file: Path, name: str) -> None:
    try:
        lock.acquire()
    except Timeout as error:
        raise UsageError(
            f"{name}: {_holder(file)} is writing there; wait until it has ended, or name another folder"
        ) from error
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        message = "%s: this file system has no locks (%s); see to it that nothing else writes there"
        _logger.warning(message, file.parent, error.strerror)


def _holder(file: Path) -> str:
    try:
        holder = json.loads(file.read_bytes())
        return f"process {holder['pid']} on {holder['host']} (since {holder['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
