"""What a worker of a distributed study does: load the model once, and make parts, a group at a time."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

import torch

from samscope.clips.source import ClipSource
from samscope.records.parts import Parts
from samscope.studies.engine import load_tracker
from samscope.studies.identity import versions
from samscope.studies.isolation import BatchThatFits
from samscope.studies.ray.packed import PackedPart, pack
from samscope.studies.recording import AnyRecorder
from samscope.studies.settings import StudySettings
from samscope.studies.sharding import Group
from samscope.studies.study_recording import Recorder
from samscope.support.errors import SamscopeError
from samscope.trackers.family import Tracker
from samscope.trackers.random_twin import random_twin
from samscope.trackers.sam2.speed.device_memory import device_memory_explained

RecorderMaker = Callable[..., AnyRecorder]
"""Makes a recorder, as ``DrawRecorder.maker`` says."""


@dataclass(frozen=True, eq=False)
class Task:
    """A group of draws with all that is needed to make its clips.

    Attributes:
        group: the draws, in order.
        source: makes or reads the clips of these draws, and knows of no others.
        maps: of how many of them, from the first, the position maps are kept.
    """

    group: Group
    source: ClipSource
    maps: int


class Worker:
    """Makes parts for a study that another process writes."""

    def __init__(self) -> None:
        self._model: Tracker | None = None
        self._twin: Tracker | None = None
        self._settings: StudySettings | None = None
        self._job = ""
        self._maker: RecorderMaker = Recorder
        self._fits = BatchThatFits()
        self._tracking = Lock()

    def prepare(
        self,
        settings: StudySettings,
        needed: Mapping[str, str],
        weights: str,
        job: str,
        twin_weights: str | None = None,
        *,
        maker: RecorderMaker = Recorder,
    ) -> str:
        """Load the model, and make sure that what is computed here belongs to the study.

        Args:
            settings: what the study is.
            needed: the driver's ``versions``.
            weights: the model's digest.
            job: the job's digest.
            twin_weights: the random twin's digest; None where there is no twin.
            maker: the ``maker`` of the driver's recorder.

        Returns:
            The name of this machine.

        Raises:
            UsageError: this machine lacks the model or the device.
            SamscopeError: it has another model by that name, or other versions of what computes.
        """
        node = platform.node()
        if versions() != needed:
            raise SamscopeError(
                f"{node} has {_listed(versions())}, and the driver {_listed(needed)}; install the same on all"
            )
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        with device_memory_explained(settings.device):
            model = load_tracker(settings, settings.device)
        if model.digest() != weights:
            raise SamscopeError(
                f"--model {settings.model}: on {node} it has other weights than on the driver"
            )
        twin = None if twin_weights is None else random_twin(model)
        if twin is not None and twin.digest() != twin_weights:
            raise SamscopeError(f"on {node} the random twin has other weights than on the driver")
        self._model, self._settings, self._job, self._twin = model, settings, job, twin
        self._maker = maker
        return node

    def record(self, task: Task) -> list[PackedPart]:
        """Make the parts of a group; of two asked for at once it makes the one while it tracks the other.

        Raises:
            SamscopeError: nothing can be written; or a clip failed and ``fail_fast`` is set.
            RuntimeError: the device is broken, or the worker was not prepared.
        """
        if self._model is None or self._settings is None:
            raise RuntimeError("a worker was given work before it was prepared")
        with TemporaryDirectory(prefix="samscope-", ignore_cleanup_errors=True) as folder:
            parts = Parts(Path(folder), self._job)
            settings = replace(self._settings, maps=task.maps)
            recorder = self._maker(
                settings, self._model, task.source, parts, twin=self._twin, fits=self._fits
            )
            clips = recorder.make(task.group)
            with self._tracking:
                made_parts = recorder.record(task.group, lambda _: None, clips)
            return [pack(parts.folder, part) for part in made_parts]


def _listed(library_versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in library_versions.items())
