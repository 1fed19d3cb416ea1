"""The folder that a study is made in: it outlasts any stop once it holds records, and is found again.

A study for ``out`` is made in ``out.partial`` beside it, and is renamed to ``out`` when it is finished. What
lies where says how far it is:

    out.partial/parts/job.json     a study was begun: it goes on with ``resume``, or is discarded with
                                   ``overwrite``
    out                            a finished study, and nothing else

One process at a time works on both, see ``samscope.support.lock``. ``samscope.studies.identity`` says what
the parts are.
"""

import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samscope.records.parts import Parts, read_job, write_job
from samscope.studies.identity import differences, job_digest
from samscope.support.disk import whole_folder
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.result_folder import (
    check_output,
    disk_errors_named,
    has_job,
    output_place,
    partial_of,
    put_in_place,
    what_is_kept,
)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workplace:
    """Where a study is made, while this process alone may write there.

    Attributes:
        path: where the study shall be, as it was asked for.
        target: the same in full.
        resume: whether an unfinished study goes on, and a finished one is left as it is.
        overwrite: whether a finished one may be replaced, with ``resume`` by another study alone; without
            ``resume`` an unfinished one is discarded.
    """

    path: Path
    target: Path
    resume: bool
    overwrite: bool

    @property
    def folder(self) -> Path:
        """The folder to write into."""
        return partial_of(self.target)

    def begin(self, job: Mapping[str, Any]) -> Parts | None:
        """Make the folder, or find it again.

        Args:
            job: what the study is, as ``job_of`` describes it.

        Returns:
            Its parts; None where the very study is finished already.

        Raises:
            UsageError: what lies there is of another job; the message names what differs.
            SamscopeError: what lies there is damaged, or nothing can be written there.
        """
        digest = job_digest(job)
        if (parts := self.look(job)) is None:
            return None
        if self.resume and has_job(self.folder):
            removed = parts.sweep(parts.finished().values())
            _logger.info("going on in %s; %d half-done files removed", self.folder, len(removed))
            return parts
        if self.folder.exists():
            shutil.rmtree(self.folder)
        with whole_folder(self.folder) as beginning:
            write_job(beginning, job, digest)
        return Parts(self.folder, digest)

    def look(self, job: Mapping[str, Any]) -> Parts | None:
        """Find a study again as ``begin`` does, and leave everything as it is.

        Args:
            job: what the study is, as ``job_of`` describes it.

        Returns:
            Its parts, which are in no folder yet where nothing is gone on with; None where the very study is
            finished already.

        Raises:
            UsageError, SamscopeError: as ``begin``.
        """
        if self.resume and not has_job(self.folder) and has_job(self.target):
            if not self.overwrite:
                self._require_equal(read_job(self.target), job, self.path)
            if not differences(read_job(self.target), job):
                return None
        if self.resume and has_job(self.folder):
            self._require_equal(read_job(self.folder), job, self.folder)
        return Parts(self.folder, job_digest(job))

    def finish(self) -> None:
        """Give the study its name, now that all of it is written."""
        check_output(self.path, overwrite=self.overwrite)
        put_in_place(self.folder, self.target)

    def check(self) -> None:
        """Refuse what lies there, before any work.

        Raises:
            UsageError: a finished study, or an unfinished one, may not be replaced; or it is something else.
        """
        if self.folder.exists() and not has_job(self.folder):
            if self.folder.is_dir() and not any(self.folder.iterdir()):
                return
            raise UsageError(
                f"--out {self.path}: {self.folder} is in the way, and is no unfinished study of samscope; "
                "move it, or name another folder"
            )
        if has_job(self.folder) and not (self.resume or self.overwrite):
            raise UsageError(
                f"--out {self.path}: {what_is_kept(self.path)}; go on with --resume, or discard it with "
                "--overwrite"
            )
        left_as_it_is = self.resume and has_job(self.target) and not has_job(self.folder)
        if not left_as_it_is:
            check_output(self.path, overwrite=self.overwrite)

    def _require_equal(self, before: Mapping[str, Any], now: Mapping[str, Any], where: Path) -> None:
        differing = differences(before, now)
        if differing:
            raise UsageError(
                f"--resume: {where} was begun as another study: {'; '.join(differing)}; "
                "ask for the same again, or begin anew with --overwrite and without --resume"
            )


@contextmanager
def workplace(
    path: Path, *, resume: bool = False, overwrite: bool = False, inputs: Iterable[Path] = ()
) -> Iterator[Workplace]:
    """Give the place where a study is made.

    On any error, Ctrl-C among them, the unfinished study stays if it has records, and is removed if not.

    Args:
        path: where the study shall be; its parents are made where they do not exist.
        resume: as for ``Workplace``.
        overwrite: as for ``Workplace``.
        inputs: what the work reads, and so must not replace.

    Yields:
        The place.

    Raises:
        UsageError: something is there already that may not be replaced, or another process is writing there.
        SamscopeError: nothing can be written there, or the disk is full, whatever it was that failed for it.
    """
    with output_place(path, inputs) as target:
        place = Workplace(path, target, resume, overwrite)
        place.check()
        had_job = has_job(place.folder)
        try:
            with disk_errors_named(f"--out {path}", place.folder):
                yield place
        except BaseException:
            if not had_job and not _has_records(place.folder):
                shutil.rmtree(place.folder, ignore_errors=True)
            raise


def _has_records(folder: Path) -> bool:
    """Tell whether a folder has a finished part with records, or may have."""
    if not has_job(folder):
        return False
    try:
        parts = Parts(folder, job_digest(read_job(folder)))
    except SamscopeError:
        return True
    return any(part is not None and part.clips for part in map(parts.read, parts.numbers()))
