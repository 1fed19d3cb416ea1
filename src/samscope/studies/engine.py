"""What does the work of a study: this process, or many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import torch

from samscope.records.parts import Part
from samscope.studies.recording import AnyRecorder
from samscope.studies.settings import StudySettings
from samscope.studies.sharding import Group
from samscope.support.ahead import ahead
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Advance
from samscope.support.urls import url_of
from samscope.trackers.built_in import RANDOM_MODELS
from samscope.trackers.family import Tracker
from samscope.trackers.modes import usual_mode
from samscope.trackers.registry import load_model
from samscope.trackers.sam2.built_in import AUTO, BUILT_IN_MODEL


class Engine(Protocol):
    """Makes the parts of a study."""

    def load(self, settings: StudySettings) -> Tracker:
        """Load the model, or as much of it as this process needs.

        Raises:
            UsageError, SamscopeError: as ``load_model``.
        """

    def record(
        self, recorder: AnyRecorder, groups: Sequence[Group], advance: Advance
    ) -> Iterator[list[Part]]:
        """Make the parts of groups, in any order, and write them where ``recorder`` would.

        Args:
            recorder: the study.
            groups: of ``recorder.groups``.
            advance: called for every frame.

        Raises:
            SamscopeError: nothing can be written; or a clip failed and ``fail_fast`` is set; or there is
                nobody left to do the work.
        """

    def facts(self) -> dict[str, Any]:
        """Return what ``study.json`` says of the engine, under ``engine``; nothing for this process alone."""


def load_tracker(settings: StudySettings, device: str) -> Tracker:
    """Load a study's model onto a device, under the study's memory rule; as ``registry.load_model``."""
    return load_model(
        settings.model,
        device,
        settings.image_size,
        mode=settings.mode,
        memory=settings.memory,
        compile=settings.compile,
    )


@dataclass(frozen=True)
class Here:
    """Does the work in this process, group by group."""

    def load(self, settings: StudySettings) -> Tracker:
        """Load the model onto its device."""
        return load_tracker(settings, settings.device)

    def record(
        self, recorder: AnyRecorder, groups: Sequence[Group], advance: Advance
    ) -> Iterator[list[Part]]:
        """Make the parts of groups in their order."""
        clips = ((group, recorder.make(group)) for group in groups)
        with ahead(clips, recorder.groups_ahead(groups)) as clip_groups:
            for group, group_clips in clip_groups:
                yield recorder.record(group, advance, group_clips)

    def facts(self) -> dict[str, Any]:
        """Return nothing: ``work`` says it all."""
        return {}


HERE = Here()


def engine_of(settings: StudySettings) -> tuple[Engine, StudySettings]:
    """Return what does the work of a study, and the settings as it takes them.

    Ray's workers have a device and ``threads`` CPU cores each, one unless told otherwise; paths are made
    whole, since they work in other folders.

    Raises:
        UsageError: Ray is not installed, or the settings ask for what it cannot do.
    """
    if settings.engine == "local":
        if settings.address is not None:
            raise UsageError("--address is the one of a Ray cluster: add --engine ray")
        return Here(), settings
    if settings.keep:
        raise UsageError(
            "--keep: whole tensors are too much to travel between Ray's nodes; leave it out, or use --shard"
        )
    if settings.device == AUTO:
        raise UsageError("--device auto: the driver does not see the workers' GPUs; say cpu or cuda")
    if _device_index(settings.device) is not None:
        raise UsageError(f"--device {settings.device}: under Ray each worker has a GPU of its own; say cuda")
    if settings.batch is None and settings.device != "cpu" and settings.mode != "exact":
        raise UsageError("--engine ray: the driver does not see the workers' GPUs; say --batch, such as 16")
    try:
        from samscope.studies.ray.on_ray import OnRay  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise UsageError("--engine ray: Ray is not installed; pip install 'samscope[ray]'") from error
    except ImportError as error:
        raise SamscopeError(
            f"--engine ray: Ray is installed and cannot be imported ({' '.join(str(error).split())}); "
            "pip install --force-reinstall 'samscope[ray]'"
        ) from error
    videos = settings.clips.videos
    stays = videos is None or url_of(videos) is not None
    model, names = Path(settings.model).expanduser(), (BUILT_IN_MODEL, *RANDOM_MODELS)
    whole = replace(
        settings,
        clips=settings.clips if stays else replace(settings.clips, videos=Path(str(videos)).resolve()),
        model=str(model.resolve()) if model.exists() and settings.model not in names else settings.model,
        mode=settings.mode or usual_mode(torch.device(settings.device).type),
        threads=settings.threads or 1,
        batch=settings.batch if settings.device == "cpu" else settings.batch or 1,
    )
    return OnRay(settings.address), whole


def _device_index(device: str) -> int | None:
    """Return which of several equal devices is named; None where none is."""
    try:
        return torch.device(device).index
    except RuntimeError as error:
        raise UsageError(f"--device {device}: there is no such device; say cpu or cuda") from error
