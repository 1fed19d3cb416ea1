"""The evaluation, stage by stage: a model and videos in; scores, tables and what they were made with out."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from samscope.analysis.statistics.bootstrap import Estimate
from samscope.evaluation.frame_time import FrameTime, frame_time
from samscope.evaluation.scores import frame_scores, object_scores, sequence_scores, summary
from samscope.evaluation.sequences import LeftOut, Target, evaluate_sequences, find_targets
from samscope.evaluation.settings import EvaluationSettings
from samscope.support.errors import UsageError
from samscope.support.machine import machine
from samscope.support.progress import Progress, Timed
from samscope.support.provenance import provenance
from samscope.support.result_folder import EVALUATION_FILE, output_folder, write_json
from samscope.support.urls import url_of
from samscope.trackers.drawn_prompts import PromptKind
from samscope.trackers.registry import load_model
from samscope.trackers.rules.naming import rule_text
from samscope.trackers.sam2.built_in import read_from
from samscope.trackers.sam2.speed.device_memory import device_memory_explained
from samscope.videos.labelled import mask_note
from samscope.videos.layouts.reading import read_videos
from samscope.videos.mask_reading import said_of_masks

SEQUENCES_TABLE = "sequences.csv"
OBJECTS_TABLE = "objects.csv"
FRAMES_TABLE = "frames.csv"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well a model did.

    Attributes:
        summary: what all objects come to, by the names of ``scores.summary``.
        sequences: one row a video, as ``scores.sequence_scores`` gives it.
        objects: one row an object, as ``scores.object_scores`` gives it.
        frames: one row a frame of each object, as ``scores.frame_scores`` gives it.
        left_out: the objects and the whole videos that were not tracked.
        time: of one frame at one thread.
        machine: what the time was taken on, as ``machine.machine`` gives it.
    """

    summary: Mapping[str, Estimate]
    sequences: pd.DataFrame
    objects: pd.DataFrame
    frames: pd.DataFrame
    left_out: tuple[LeftOut, ...]
    time: FrameTime
    machine: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return all but the frames as plain values; what is undefined is None."""
        return {
            "summary": {
                name: _plain({part: getattr(estimate, part) for part in ("value", "low", "high")})
                for name, estimate in self.summary.items()
            },
            "frame_time_ms": asdict(self.time),
            "machine": dict(self.machine),
            "left_out": [asdict(omission) for omission in self.left_out],
            "sequences": _rows(self.sequences),
            "objects": _rows(self.objects),
        }


def run_evaluation(settings: EvaluationSettings, progress: Progress) -> Evaluation:
    """Score a model on videos and write what came out.

    What can be checked is checked before the first frame is tracked: output folder, videos, device and
    model.

    Args:
        settings: what is scored on what.
        progress: hears how far it is.

    Returns:
        What was written to ``settings.out``: all but the frames as ``evaluation.json``, with settings, digest
        of the weights, versions and machine, and the tables ``sequences.csv``, ``objects.csv`` and
        ``frames.csv``.

    Raises:
        UsageError: an argument asks for something that does not exist or cannot be.
        SamscopeError: videos, model or disk are not as they must be, or no object can be tracked.
            After any error ``settings.out`` is as it was.
    """
    timed = Timed(progress)
    if (url := url_of(settings.videos)) is not None:
        raise UsageError(f"--videos {url}: an evaluation reads folders of this machine; copy it here")
    inputs = [settings.videos, *read_from(settings.model)]
    with output_folder(settings.out, overwrite=settings.overwrite, inputs=inputs) as folder:
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        with timed.stage("videos"):
            collection = read_videos(
                settings.videos, settings.resolution, subset=settings.subset, leave_out=True
            )
            targets, left_out = find_targets(collection, settings.frames)
            masks_read_as = _mask_notes(targets)
        with timed.stage("model"), device_memory_explained(settings.device):
            model = load_model(
                settings.model, settings.device, settings.image_size, mode="exact", memory=settings.memory
            )
        with device_memory_explained(settings.device):
            time = frame_time(model, targets, timed)
            measured_on = machine(model.device)
            tracks = evaluate_sequences(
                model, targets, prompt=PromptKind(settings.prompt), seed=settings.seed, progress=timed
            )
        objects, frames = object_scores(tracks), frame_scores(tracks)
        _tell_of_labels(objects)
        evaluation = Evaluation(
            summary=summary(objects, frames),
            sequences=sequence_scores(objects),
            objects=objects,
            frames=frames,
            left_out=left_out,
            time=time,
            machine=measured_on,
        )
        made_with = {
            **settings.to_json(),
            "list_read": collection.list_read,
            "masks_read_as": masks_read_as,
            "device": str(model.device),
            "image_size": model.image_size,
            "memory_rule": rule_text(model.memory_rule),
            "weights_sha256": model.digest(),
            **provenance(timed.seconds),
        }
        _write(folder, evaluation, made_with)
    return evaluation


def _mask_notes(targets: Sequence[Target]) -> dict[str, str]:
    """Return how masks are read, of the videos whose are not read as they stand, and say it in the log."""
    videos = {target.video.name: target.video for target in targets}
    notes = {name: mask_note(video) for name, video in videos.items()}
    present_notes = {name: note for name, note in notes.items() if note is not None}
    for line in said_of_masks(present_notes):
        _logger.warning("%s", line)
    return present_notes


def _tell_of_labels(objects: pd.DataFrame) -> None:
    """Say in the log on how many frames J and F are measured, where that is not on all that were tracked."""
    tracked, labelled = int(objects["frames"].sum()), int(objects["labelled_frames"].sum())
    if labelled < tracked:
        _logger.warning(
            "J and F are measured on the %d of %d tracked frames that have labels", labelled, tracked
        )


def _write(folder: Path, evaluation: Evaluation, made_with: Mapping[str, Any]) -> None:
    for table, name in (
        (evaluation.sequences, SEQUENCES_TABLE),
        (evaluation.objects, OBJECTS_TABLE),
        (evaluation.frames, FRAMES_TABLE),
    ):
        table.to_csv(folder / name, index=False)
    write_json(folder / EVALUATION_FILE, {**made_with, **evaluation.to_json()})


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [_plain(row) for row in table.to_dict("records")]


def _plain(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Return values by name, None in the place of numbers that are not finite."""
    return {
        str(name): None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }
