"""The training run: from settings to an exported model, resumable at any step."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import Sam2VideoModel

from samscope import __version__
from samscope.errors import SamscopeError, UsageError
from samscope.machine import processor_name
from samscope.training.attention import observed_attention
from samscope.training.batches import Batch, TrainingBatches, batches_from
from samscope.training.calibration import calibrate_object_score
from samscope.training.checkpoint import LATEST, read_checkpoint, restore, save_checkpoint
from samscope.training.evaluate import check, held_out_batches
from samscope.training.export import export_model
from samscope.training.forward import track_clips
from samscope.training.learner import Learner, at_image_size, new_learner
from samscope.training.log import append, changes_of_settings, last_entry, read_log, rewind, seconds_of_run
from samscope.training.losses import Losses, clip_losses
from samscope.training.processes import Crew, crew_of, signals_held_back
from samscope.training.schedule import learning_rate
from samscope.training.settings import TrainingSettings, check_resumable
from samscope.training.sources import Split, find_sources

CHECK_FRAMES = 12
CHECK_SEED = 1_000_003
CALIBRATION_FRAMES = 16
CALIBRATION_SEED = 2_000_003
LOG = "log.jsonl"

Progress = Callable[[int, int, dict[str, Any]], None]
"""Called after every step with the steps done, the steps in all and what the step's log entry would say.

The entry has two more keys: ``held_out``, the latest entry of that kind (empty before the first), and
``unusable``, the sources that this process skipped in this step: how often, by reason.
"""


def _never() -> bool:
    return False


def run_training(
    settings: TrainingSettings,
    progress: Progress | None = None,
    interrupted: Callable[[], bool] = _never,
) -> Path:
    """Train, or go on from the latest checkpoint in the output folder, and export the averaged weights.

    The folder receives ``log.jsonl`` (losses, gradient norm, speed, memory attention's shares, held-out
    results), ``latest.pt`` and, when the last step is done, the folder ``model``. Batches depend on seed and
    step alone and the checkpoint holds the rest, so a resumed run does what it would have done, bit for bit.

    Args:
        settings: the run.
        progress: told of every step.
        interrupted: asked after every step; the run stops there, with a checkpoint, when it says yes.

    Returns:
        The exported model's folder; where the run stopped before its last step, the checkpoint.

    Raises:
        UsageError: wrong settings, a missing data folder, or a checkpoint of another run.
        SamscopeError: a loss that is not finite, unusable data, or a full disk. The latest checkpoint stays.
    """
    find_sources(settings.data, Split.TRAINING)
    find_sources(settings.data, Split.VALIDATION)
    learner, first = _begin(settings)
    log = settings.output / LOG
    if not first and log.exists() and any(entry["step"] for entry in read_log(log)):
        raise UsageError(f"{settings.output}: holds a log of steps but no {LATEST}; name another folder")
    settings.output.mkdir(parents=True, exist_ok=True)
    rewind(log, first)
    if last_entry(log, "settings").get("settings") != settings.stated():
        append(log, {"step": first, "kind": "settings", "settings": settings.stated()})
    with crew_of(settings.processes, follow_training, settings, first) as crew:
        learner, done = _run(settings, crew, learner, first=first, progress=progress, interrupted=interrupted)
    if done < settings.steps:
        return settings.output / LATEST
    return _export(settings, learner)


def _export(settings: TrainingSettings, learner: Learner) -> Path:
    """Calibrate the object score of the averaged weights and write the model's folder."""
    clips = held_out_batches(
        find_sources(settings.data, Split.VALIDATION),
        settings.calibration_clips,
        CALIBRATION_FRAMES,
        learner.image_size,
        CALIBRATION_SEED,
    )
    calibration = calibrate_object_score(learner.average.network, clips, settings.false_absences)
    log = read_log(settings.output / LOG)
    made_with = {
        "samscope": __version__,
        "settings": settings.stated(),
        "changes": changes_of_settings(log),
        "steps": settings.steps,
        "clips": settings.steps * settings.batch,
        "hours": seconds_of_run(log) / 3600,
        "processor": processor_name(),
        "skipped_sources": last_entry(settings.output / LOG, "training")["skipped"],
        "object_score_shift": calibration.shift,
        "validation_missed_absences": calibration.missed_absences,
        "validation_false_absences": calibration.false_absences,
    }
    return export_model(calibration.network, settings.output / "model", made_with)


def follow_training(crew: Crew, settings: TrainingSettings, first: int) -> None:
    """Take part in a run as one of its other processes: draw and learn, but write nothing.

    Args:
        crew: the processes.
        settings: the run.
        first: the step that the leading process begins with.

    Raises:
        SamscopeError: as ``run_training``.
    """
    learner, step = _begin(settings)
    if step != first:
        raise SamscopeError(f"{settings.output}: its checkpoint changed while the run was starting")
    _run(settings, crew, learner, first=first, progress=None)


def _begin(settings: TrainingSettings) -> tuple[Learner, int]:
    """Return the learner as it is before the run's next step, and that step."""
    torch.manual_seed(settings.seed)
    latest = settings.output / LATEST
    if latest.exists():
        content = read_checkpoint(latest)
        check_resumable(content["settings"], settings)
        learner = new_learner(settings, settings.image_size_at(content["step"]))
        return learner, restore(content, learner)
    return new_learner(settings, settings.image_size_at(0)), 0


def _run(
    settings: TrainingSettings,
    crew: Crew,
    learner: Learner,
    *,
    first: int,
    progress: Progress | None,
    interrupted: Callable[[], bool] = _never,
) -> tuple[Learner, int]:
    """Take the steps from ``first`` on; returns the learner then, and how many are done in all."""
    share = settings.batch // crew.size
    batches = TrainingBatches(
        find_sources(settings.data, Split.TRAINING),
        places=range(crew.rank * share, (crew.rank + 1) * share),
        side_at=settings.image_size_at,
        seed=settings.seed,
        steps=settings.steps,
        plans=settings.plans,
        clips=settings.clips,
    )
    log = settings.output / LOG
    started = saved = time.monotonic()
    skipped, checked = last_entry(log, "training").get("skipped", 0), last_entry(log, "held_out")
    with signals_held_back():
        drawn = batches_from(batches, first, settings.workers)
    for step, batch in enumerate(drawn, start=first):
        begun = time.monotonic()
        learner = at_image_size(learner, settings, batch.pixels.shape[-1])
        skipped += crew.total(sum(batch.skipped.values()))
        entry = take_step(learner, batch.to(learner.network.device), step, settings, crew)
        done = step + 1
        out_of_time = settings.minutes is not None and time.monotonic() - started > 60 * settings.minutes
        stops = crew.decides(out_of_time or interrupted())
        if crew.leads:
            entry["seconds"] = time.monotonic() - begun
            entry["elapsed"] = time.monotonic() - started
            entry["skipped"] = skipped
            last = done == settings.steps
            if done % settings.log_every == 0 or last or stops:
                append(log, {"step": done, "kind": "training", **entry})
            if done % settings.check_every == 0 or last:
                held_out = _held_out(settings, learner.image_size)
                checked = {"step": done, "kind": "held_out", **check(learner.average.network, held_out)}
                append(log, checked)
            if progress is not None:
                progress(done, settings.steps, {**entry, "held_out": checked, "unusable": batch.skipped})
            if settings.keep_every and done % settings.keep_every == 0:
                save_checkpoint(settings.output / f"step-{done:06d}.pt", learner, done, settings.stated())
            if last or stops or time.monotonic() - saved > 60 * settings.save_minutes:
                save_checkpoint(settings.output / LATEST, learner, done, settings.stated())
                saved = time.monotonic()
        if stops:
            return learner, done
    return learner, settings.steps


def _held_out(settings: TrainingSettings, image_size: int) -> list[Batch]:
    """Draw the clips that a run is checked on: always the same ones, at the size of the moment."""
    sources = find_sources(settings.data, Split.VALIDATION)
    return held_out_batches(sources, settings.check_clips, CHECK_FRAMES, image_size, CHECK_SEED)


def take_step(
    learner: Learner, batch: Batch, step: int, settings: TrainingSettings, crew: Crew
) -> dict[str, Any]:
    """Train on one batch, or on this process's share of it.

    Returns:
        What the log says of it: the parts of the loss, the gradient's norm before clipping, the rate, how
        many clips, their length, the kind of recall, and by layer the pointers' share of memory attention
        and its gap.

    Raises:
        SamscopeError: the loss or the gradient is not finite; no weight has been changed then.
    """
    rate = learning_rate(
        step, steps=settings.steps, peak=settings.rate, warm_up=settings.warm_up, hold=settings.hold
    )
    for group in learner.optimizer.param_groups:
        group["lr"] = rate
    network = learner.network.train()
    half = computes_in_half(network.device) if settings.half is None else settings.half
    with (
        observed_attention(network) as shares,
        torch.autocast(network.device.type, torch.bfloat16, enabled=half),
    ):
        told = batch.present if batch.told else None
        tracked = track_clips(network, batch.pixels, batch.prompt, recall=batch.recall, present=told)
    losses = clip_losses(tracked, batch.masks, batch.present, shares, settings.losses)
    norm = _descend(network, losses.total, settings.clip_norm, crew)
    values = _mean_values(losses, crew)
    if not (math.isfinite(values["total"]) and math.isfinite(norm)):
        learner.optimizer.zero_grad()
        raise SamscopeError(
            f"step {step + 1}: the loss is {values['total']} and the gradient's norm {norm}; no weight was "
            "changed. Go on from the latest checkpoint with a lower rate"
        )
    learner.optimizer.step()
    learner.optimizer.zero_grad()
    learner.average.update(network, step)
    return {
        **values,
        "gradient_norm": norm,
        "rate": rate,
        "frames": len(batch.pixels),
        "image_size": learner.image_size,
        "clips": settings.batch,
        "recall": batch.recall.value,
        "prompt": batch.kind.value,
        "attention": shares.summary(),
    }


def _descend(network: Sam2VideoModel, loss: torch.Tensor, clip_norm: float, crew: Crew) -> float:
    loss.backward()  # type: ignore[no-untyped-call]
    crew.average_gradients(network)
    return float(nn.utils.clip_grad_norm_(network.parameters(), clip_norm))


def _mean_values(losses: Losses, crew: Crew) -> dict[str, float]:
    values = losses.values()
    means = torch.tensor(list(values.values()))
    crew.average([means])
    return dict(zip(values, means.tolist(), strict=True))


def computes_in_half(device: torch.device) -> bool:
    """Tell whether a device multiplies in bfloat16 by itself, so that it is faster than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
