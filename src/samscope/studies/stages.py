"""The main job, stage by stage: a model and videos in; records, figures and a page out."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from samscope.clips.built import BuiltClips
from samscope.clips.settings import ClipSettings
from samscope.clips.source import ClipSource, open_source, open_videos
from samscope.clips.writing import ImageFormat, finish_build, write_clip
from samscope.records.failures import FAILURES_TABLE, write_failures
from samscope.records.parts import Part, Parts
from samscope.records.twins import twin_every, twin_sets
from samscope.report.page import PAGE
from samscope.report.study_report import draw_report, run_report
from samscope.studies.engine import HERE, Engine, engine_of
from samscope.studies.identity import job_digest, job_of, normalisation_of
from samscope.studies.recording import AnyRecorder
from samscope.studies.settings import StudySettings
from samscope.studies.study_recording import Recorder
from samscope.studies.work_folder import Workplace, workplace
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Progress, Timed
from samscope.support.provenance import cost_of, provenance
from samscope.support.result_folder import (
    BUILD_FILE,
    SHARD_FILE,
    STUDY_FILE,
    output_folder,
    write_json,
)
from samscope.trackers.built_in import RANDOM_MODELS
from samscope.trackers.edit_checks import require_single_path
from samscope.trackers.family import Tracker
from samscope.trackers.random_twin import TWIN_SEED, random_twin
from samscope.trackers.rules.naming import rule_text
from samscope.trackers.sam2.built_in import AUTO, RANDOM_SEED, read_from
from samscope.trackers.sam2.speed.device_memory import device_memory_explained
from samscope.videos.mask_reading import said_of_masks

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Ready:
    """A study whose work can begin: all that can be checked beforehand has been.

    Attributes:
        settings: what it is asked for.
        model: its model.
        source: its clips, drawn but not made.
        job: what its records depend on, as ``job_of`` describes it, and its shard where it is one.
        twin: the model's random twin; None where no clip is to be tracked by one.
    """

    settings: StudySettings
    model: Tracker
    source: ClipSource
    job: dict[str, Any]
    twin: Tracker | None = None


def run_study(settings: StudySettings, progress: Progress) -> Path:
    """Make clips, track through them while the model is observed, and draw the page.

    What can be checked is checked before the first clip is made: output folder, videos, device, model and
    draws. The clips of one draw are made, tracked together and dropped before the next ones, so that the
    number of clips costs no memory. A clip that fails is left out and listed in ``study.json`` and in
    ``failures.csv``; the rest goes on.

    Args:
        settings: what the study is.
        progress: hears how far it is.

    Returns:
        The page in the folder ``settings.out``.

    Raises:
        UsageError: an argument asks for something that does not exist or cannot be.
        SamscopeError: videos, model or disk are not as they must be, no clip could be recorded, or one could
            not and ``settings.fail_fast`` is set. After any error ``settings.out`` is as it was. Where there
            are records, they are kept beside it, and ``settings.resume`` goes on with them.
    """
    timed = Timed(progress)
    with _workplace(settings) as place:
        engine, settings = engine_of(settings)
        ready = prepare(settings, timed, engine)
        parts = place.begin(ready.job)
        if parts is None:
            page = settings.out / PAGE
            return page if page.is_file() else run_report(settings.out, timed)
        made_parts = make_parts(ready, parts, timed, engine)
        write_manifest(ready, place.folder, made_parts, timed, engine)
        draw_report(place.folder, timed)
        write_manifest(ready, place.folder, made_parts, timed, engine)
        place.finish()
    return settings.out / PAGE


def run_record(settings: StudySettings, progress: Progress) -> Path:
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
    with _workplace(settings) as place:
        engine, settings = engine_of(settings)
        ready = prepare(settings, timed, engine)
        parts = place.begin(ready.job)
        if parts is not None:
            made_parts = make_parts(ready, parts, timed, engine)
            write_manifest(ready, place.folder, made_parts, timed, engine)
            place.finish()
    return settings.out


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
        ``out``; ``run_study`` and ``run_record`` take it in the place of videos.

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
            _tell_of_masks(source)
        for reason in source.facts["videos_unreadable"].values():
            raise SamscopeError(reason)
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


def prepare(settings: StudySettings, progress: Progress, engine: Engine = HERE) -> Ready:
    """Find videos, load the model and draw what the clips are made of.

    Args:
        settings: what the study is.
        progress: hears how far it is.
        engine: what will do the work.

    Raises:
        UsageError, SamscopeError: as ``run_study``.
    """
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    with progress.stage("videos"):
        videos = open_videos(settings.clips)
    with progress.stage("model"), device_memory_explained(settings.device):
        model = engine.load(settings)
    if settings.attention:
        require_single_path(model, "--attention")
    if settings.device == AUTO:
        settings = replace(settings, device=str(model.device))
    if settings.mode is None:
        settings = replace(settings, mode=model.mode)
    with progress.stage("draws"):
        source = open_source(settings.clips, videos)
        _tell_of_masks(source)
    if settings.batch is None:
        usual = model.usual_batch(len(settings.clips.sets))
        settings = replace(settings, batch=usual)
    twin = twin_of(settings, source, model)
    job = job_of(settings, source, model, twin)
    if settings.shard is not None:
        job["shard"] = str(settings.shard)
    return Ready(settings, model, source, job, twin)


def twin_of(settings: StudySettings, source: ClipSource, model: Tracker) -> Tracker | None:
    """Return the random twin that a study's clips are tracked by as well; None where no clip is.

    Args:
        settings: what the study is.
        source: its clips.
        model: its model.
    """
    has_twin = settings.control == "random" and twin_sets(source.settings.sets)
    return random_twin(model) if has_twin else None


def make_parts(ready: Ready, parts: Parts, progress: Progress, engine: Engine = HERE) -> list[Part]:
    """Make the parts of a study that are missing.

    Args:
        ready: the study.
        parts: where they are written; those that are finished are left as they are.
        progress: hears of every frame.
        engine: what does the work.

    Returns:
        All parts of the study, or of its shard, by number of the draw.

    Raises:
        SamscopeError: no clip of the study could be recorded; or files have changed since a finished part
            was made of them; or as for ``DrawRecorder.record``.
    """
    recorder = Recorder(ready.settings, ready.model, ready.source, parts, ready.twin)
    return record_parts(recorder, progress, engine)


def record_parts(recorder: AnyRecorder, progress: Progress, engine: Engine = HERE) -> list[Part]:
    """Make the parts of a recorder's study that are missing; as ``make_parts``."""
    parts, source = recorder.parts, recorder.source
    parts_by_draw = parts.finished()
    if parts_by_draw:
        with progress.stage("checking", len(parts_by_draw)) as advance:
            for draw in source.draws:
                if draw.clip in parts_by_draw:
                    recorder.check_inputs(parts_by_draw[draw.clip], draw)
                    advance(draw.name)
    groups = recorder.missing(parts_by_draw)
    with progress.stage("tracking", recorder.frames(groups)) as advance:
        for finished in engine.record(recorder, groups, advance):
            parts_by_draw |= {part.draw: part for part in finished}
    parts.sweep(parts_by_draw.values())
    failures = [failure for part in parts_by_draw.values() for failure in part.failures]
    if recorder.settings.shard is None and not any(part.clips for part in parts_by_draw.values()):
        raise SamscopeError(f"none of {len(failures)} clips could be recorded; the first, {failures[0]}")
    return [parts_by_draw[draw] for draw in sorted(parts_by_draw)]


def write_manifest(
    ready: Ready, folder: Path, parts: Sequence[Part], timed: Timed, engine: Engine = HERE
) -> None:
    """Write ``study.json``, and the table of failures where there are any, into a study's folder.

    A shard has a ``shard.json`` instead, with the ``shard`` that it is.

    Args:
        ready: the study.
        folder: its folder.
        parts: all of its parts.
        timed: has the times of this process' stages.
        engine: what did the work.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    failures = [failure for part in parts for failure in part.failures]
    run_facts = provenance(timed.seconds)
    work = cost_of([part.made for part in parts])
    manifest: Mapping[str, Any] = {
        **ready.settings.to_json(),
        **ready.source.settings.to_json(),
        **ready.source.facts,
        "device": str(ready.model.device),
        "image_size": ready.model.image_size,
        "weights_sha256": ready.job["weights_sha256"],
        "memory_rule": rule_text(ready.model.memory_rule),
        **normalisation_of(ready.model),
        **({"weights_seed": RANDOM_SEED} if ready.settings.model in RANDOM_MODELS else {}),
        **_facts_of_twin(ready),
        "job_sha256": job_digest(ready.job),
        "clips_recorded": sum(part.clips for part in parts),
        "clips_failed": len(failures),
        "failures": [failure.to_json() for failure in failures],
        **run_facts,
        "peak_memory_bytes": max(run_facts["peak_memory_bytes"], work["peak_memory_bytes"]),
        "peak_device_memory_bytes": _peak_device_memory(ready.model.device),
        "work": work,
        **({"engine": facts} if (facts := engine.facts()) else {}),
    }
    if failures:
        write_failures(folder / FAILURES_TABLE, failures)
    shard = ready.settings.shard
    if shard is None:
        write_json(folder / STUDY_FILE, manifest)
    else:
        write_json(folder / SHARD_FILE, {**manifest, "shard": {"number": shard.number, "of": shard.count}})


def _facts_of_twin(ready: Ready) -> dict[str, Any]:
    """Return what ``study.json`` says of the random twin; nothing where there is none."""
    if ready.twin is None:
        return {}
    return {
        "twin_seed": TWIN_SEED,
        "twin_weights_sha256": ready.job["twin_weights_sha256"],
        "twin_sets": list(twin_sets(ready.source.settings.sets)),
        "twin_every": twin_every(ready.source.settings.sets),
    }


def _tell_of_masks(source: ClipSource) -> None:
    for line in said_of_masks(source.facts["masks_read_as"]):
        _logger.warning("%s", line)
    if labels_on := source.facts["labels_on"]:
        name, note = next(iter(labels_on.items()))
        _logger.warning(
            "%d of the videos that are used have labels on some of their frames alone; the first, %s: %s",
            len(labels_on),
            name,
            note,
        )


def _peak_device_memory(device: torch.device) -> int | None:
    """Return the most memory that this process has held on a GPU at once, in bytes; None if it held none."""
    return torch.cuda.max_memory_allocated(device) or None if device.type == "cuda" else None


def _workplace(settings: StudySettings) -> AbstractContextManager[Workplace]:
    videos = settings.clips.videos
    return workplace(
        settings.out,
        resume=settings.resume,
        overwrite=settings.overwrite,
        inputs=[*read_from(settings.model), *([] if videos is None else [videos])],
    )
