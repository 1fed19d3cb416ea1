"""The main job, stage by stage: a model and videos in; records, figures and a page out."""

import math
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from samscope.clip_source import ClipSource, open_source, open_videos
from samscope.clips.built import BuiltClips
from samscope.clips.writing import ImageFormat, finish_build, write_clip
from samscope.errors import UsageError
from samscope.models.device_memory import device_memory_explained
from samscope.models.loading import Model, load_model
from samscope.observation.observe import observe_clips
from samscope.output import BUILD_FILE, STUDY_FILE, disk_errors_named, output_folder, write_json
from samscope.progress import Advance, Progress, Timed
from samscope.provenance import provenance
from samscope.records.store import RecordWriter
from samscope.report.page import write_report
from samscope.settings import ClipSettings, StudySettings

TENSORS = "tensors"
"""Folder of a study for whole tensors, where they are kept."""


def run_study(settings: StudySettings, progress: Progress) -> Path:
    """Make clips, track through them while the model is observed, and draw the page.

    What can be checked is checked before the first clip is made: output folder, videos, device, model and
    draws. The clips of one draw are made, tracked together and dropped before the next ones, so that the
    number of clips costs no memory.

    Args:
        settings: what the study is.
        progress: hears how far it is.

    Returns:
        The page in the folder ``settings.out``.

    Raises:
        UsageError: an argument asks for something that does not exist or cannot be.
        SamscopeError: videos, model or disk are not as they must be.
            After any error ``settings.out`` is as it was.
    """
    timed = Timed(progress)
    with output_folder(settings.out, overwrite=settings.overwrite, inputs=_inputs(settings)) as folder:
        study = _record(settings, folder, timed)
        write_json(folder / STUDY_FILE, {**study, **provenance(timed.seconds)})
        page = _report(folder, timed)
        write_json(folder / STUDY_FILE, {**study, **provenance(timed.seconds)})
    return settings.out / page.relative_to(folder)


def run_track(settings: StudySettings, progress: Progress) -> Path:
    """Make or read clips and track through them, as ``run_study`` does, without figures and page.

    Args:
        settings: what the study is.
        progress: hears how far it is.

    Returns:
        The folder of the study.

    Raises:
        UsageError, SamscopeError: as ``run_study``.
    """
    timed = Timed(progress)
    with output_folder(settings.out, overwrite=settings.overwrite, inputs=_inputs(settings)) as folder:
        study = _record(settings, folder, timed)
        write_json(folder / STUDY_FILE, {**study, **provenance(timed.seconds)})
    return settings.out


def run_report(folder: Path, progress: Progress) -> Path:
    """Draw figures and page again from the records of a study.

    Args:
        folder: written by ``run_study`` or ``run_track``.
        progress: hears how far it is.

    Returns:
        The page.

    Raises:
        UsageError: the folder is no study's.
        SamscopeError: its records are damaged, or nothing can be written there.
    """
    with disk_errors_named(str(folder), folder):
        return _report(folder, progress)


def run_build(
    settings: ClipSettings,
    out: Path,
    progress: Progress,
    *,
    image_format: ImageFormat = "jpg",
    overwrite: bool = False,
) -> Path:
    """Make clips and write them as DAVIS-format folders, one for each set, with tables of facts.

    Args:
        settings: which clips.
        out: where they are written.
        progress: hears how far it is.
        image_format: ``png`` keeps every pixel of the frames as it is; ``jpg`` takes less room.
        overwrite: whether an older result in ``out`` is replaced.

    Returns:
        ``out``; ``run_study`` and ``run_track`` take it in the place of videos.

    Raises:
        UsageError, SamscopeError: as ``run_study``.
    """
    timed = Timed(progress)
    inputs = [] if settings.videos is None else [settings.videos]
    with output_folder(out, overwrite=overwrite, inputs=inputs) as folder:
        with timed.stage("videos"):
            videos = open_videos(settings)
            if isinstance(videos, BuiltClips):
                raise UsageError(f"--videos {settings.videos}: its clips are made already; name the videos")
        with timed.stage("draws"):
            source = open_source(settings, videos)
        with timed.stage("clips", len(source)) as advance:
            facts = []
            for _, clips in source:
                for clip in clips:
                    facts.append(write_clip(folder, clip, image_format))
                    advance(f"{clip.set} {clip.name}")
            finish_build(folder, facts)
        built = {"out": str(out), "image_format": image_format, **settings.to_json(), **source.facts}
        write_json(folder / BUILD_FILE, {**built, **provenance(timed.seconds)})
    return out


def _inputs(settings: StudySettings) -> list[Path]:
    videos = settings.clips.videos
    return [Path(settings.model), *([] if videos is None else [videos])]


def _record(settings: StudySettings, folder: Path, progress: Progress) -> dict[str, Any]:
    """Write the records of a study into ``folder``; return what ``study.json`` says of it."""
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    with progress.stage("videos"):
        videos = open_videos(settings.clips)
    with progress.stage("model"), device_memory_explained(settings.device):
        model = load_model(settings.model, settings.device, settings.image_size, mode=settings.mode)
    with progress.stage("draws"):
        source = open_source(settings.clips, videos)
    frames = len(source) * source.settings.timeline.length
    with progress.stage("tracking", frames) as advance, device_memory_explained(settings.device):
        _observe(settings, model, source, folder, advance)
    return {
        **settings.to_json(),
        **source.settings.to_json(),
        **source.facts,
        "device": str(model.device),
        "image_size": model.image_size,
        "weights_sha256": model.digest(),
    }


def _observe(
    settings: StudySettings, model: Model, source: ClipSource, folder: Path, advance: Advance
) -> None:
    """Track through all clips of a draw together and write what is seen, draw by draw.

    Where batches are larger than the sets of one draw, several draws are tracked together.
    """
    writer = RecordWriter(folder)
    keep = folder / TENSORS if settings.keep else None
    draws = iter(source)
    maps_left = settings.maps
    while together := [
        (number, list(clips))
        for number, clips in islice(draws, math.ceil(settings.batch / len(source.settings.sets)))
    ]:
        clips = [clip for _, drawn in together for clip in drawn]
        with_maps = sum(len(drawn) for _, drawn in together[:maps_left])
        maps_left = max(0, maps_left - len(together))
        records = iter(
            observe_clips(
                model,
                clips,
                maps=range(with_maps),
                keep=keep,
                batch=settings.batch,
                advance=lambda clip: advance(f"{clip.set} {clip.name}"),
            )
        )
        for number, drawn in together:
            writer.write(number, list(islice(records, len(drawn))))


def _report(folder: Path, progress: Progress) -> Path:
    with progress.stage("report"):
        return write_report(folder)
