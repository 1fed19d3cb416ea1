"""The training run: from settings to an exported model, resumable at any step."""

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nano.training.attention import observed_attention
from nano.training.batches import Batch, TrainingBatches, batches_from
from nano.training.calibration import calibrate_object_score
from nano.training.checkpoint import LATEST, read_checkpoint, restore, save_checkpoint
from nano.training.evaluate import check, held_out_batches
from nano.training.export import export_model
from nano.training.forward import track_clips
from nano.training.learner import Learner, at_image_size, new_learner
from nano.training.log import append, changes_of_settings, last_entry, read_log, rewind, seconds_of_run
from nano.training.losses import clip_losses
from nano.training.pictures import Pictures, usual_pictures
from nano.training.processes import Crew, crew_of, signals_held_back
from nano.training.prompting import PromptedScenes, prompting_loss
from nano.training.schedule import learning_rate
from nano.training.settings import TrainingSettings, check_resumable
from nano.training.sources import Sources, Split, find_sources
from nano.training.start import runs_before
from nano.training.teacher import Teacher, load_teacher
from nano.training.teaching import fit_heads, teaching_loss
from samscope import __version__
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.machine import processor_name
from samscope.trackers.sam2.encoding import encode_frame

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
        "clips": (settings.steps - settings.first_step_of_clips) * settings.batch,
        "pictures": settings.steps_of_teaching * settings.teaching.pictures,
        "prompted_scenes": _steps_with_scenes(settings) * settings.prompting.scenes,
        "hours": seconds_of_run(log) / 3600,
        "processor": processor_name(),
        "before": runs_before(settings.start),
        "skipped_sources": last_entry(settings.output / LOG, "training")["skipped"],
        "object_score_shift": calibration.shift,
        "validation_missed_absences": calibration.missed_absences,
        "validation_false_absences": calibration.false_absences,
    }
    return export_model(calibration.network, settings.output / "model", made_with)


def _steps_with_scenes(settings: TrainingSettings) -> int:
    last = settings.steps if settings.prompting.weight else settings.first_step_of_clips
    return last - settings.steps_of_teaching


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
    sources = find_sources(settings.data, Split.TRAINING)
    batches = TrainingBatches(
        sources,
        rank=crew.rank,
        size=crew.size,
        batch=settings.batch,
        pictures=settings.teaching.pictures,
        prompting=settings.prompting,
        phases=(settings.steps_of_teaching, settings.first_step_of_clips),
        side_at=settings.image_size_at,
        seed=settings.seed,
        steps=settings.steps,
        plans=settings.plans,
        clips=settings.clips,
    )
    teacher = _teacher(settings, sources, learner, fitted=first == 0 and settings.start is not None)
    log = settings.output / LOG
    started = saved = time.monotonic()
    skipped, checked = last_entry(log, "training").get("skipped", 0), last_entry(log, "held_out")
    with signals_held_back():
        drawn = batches_from(batches, first, settings.workers)
    for step, batch in enumerate(drawn, start=first):
        begun = time.monotonic()
        learner = at_image_size(learner, settings, batch.pixels.shape[-1])
        skipped += crew.total(sum(batch.skipped.values()))
        on_device = batch.to(learner.network.device)
        entry = take_step(learner, on_device, step, settings, crew=crew, teacher=teacher)
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


def _teacher(
    settings: TrainingSettings, sources: Sources, learner: Learner, *, fitted: bool
) -> Teacher | None:
    """Load the teacher, if the run needs it, and fit the learner's heads to it, if that is asked for."""
    if not settings.teaching.needed:
        return None
    device = learner.network.device
    usual = usual_pictures(sources, settings.full_architecture.image_size).to(device)
    teacher = load_teacher(usual, half=_half(settings, device))
    if fitted:
        fit_heads(
            learner.heads, teacher, learner.network, usual_pictures(sources, learner.image_size).to(device)
        )
    return teacher


def take_step(
    learner: Learner,
    batch: Batch | Pictures | PromptedScenes,
    step: int,
    settings: TrainingSettings,
    *,
    crew: Crew,
    teacher: Teacher | None = None,
) -> dict[str, Any]:
    """Train on one batch, or on this process's share of it.

    Clips teach the track, pictures the encoder, prompted scenes the decoder.

    Returns:
        What the log says of it: the parts of the loss, the gradient's norm before clipping, the rate, how
        many clips, pictures or scenes; of clips also their length, the kinds of prompt and recall, and by
        layer the pointers' share of memory attention and its gap.

    Raises:
        SamscopeError: the loss or the gradient is not finite; no weight has been changed then.
    """
    rate = _rate(step, settings)
    for group in learner.optimizer.param_groups:
        group["lr"] = rate
    learner.network.train()
    match batch:
        case Pictures():
            losses, facts = _teach(learner, batch, settings, teacher)
        case PromptedScenes():
            loss = _prompt(learner, batch, settings)
            losses, facts = {"prompting": loss, "total": loss}, {"scenes": settings.prompting.scenes}
        case Batch():
            losses, facts = _track(
                learner, batch, settings, teacher, encoder_learns=_learning(batch, step, settings)
            )
    norm = _descend(learner.learning, losses["total"], settings.clip_norm, crew)
    values = _mean_values(losses, crew)
    if not (math.isfinite(values["total"]) and math.isfinite(norm)):
        learner.optimizer.zero_grad()
        raise SamscopeError(
            f"step {step + 1}: the loss is {values['total']} and the gradient's norm {norm}; no weight was "
            "changed. Go on from the latest checkpoint with a lower rate"
        )
    learner.optimizer.step()
    learner.optimizer.zero_grad()
    learner.average.update(learner.network, step)
    return {**values, "gradient_norm": norm, "rate": rate, "image_size": learner.image_size, **facts}


def _rate(step: int, settings: TrainingSettings) -> float:
    prompted, tracked = settings.steps_of_teaching, settings.first_step_of_clips
    if step < prompted:
        return _rate_alone(step, prompted, settings.teaching.rate, settings.warm_up)
    if step < tracked:
        return _rate_alone(step - prompted, tracked - prompted, settings.prompting.rate, settings.warm_up)
    return learning_rate(
        step - tracked,
        steps=settings.steps - tracked,
        peak=settings.rate,
        warm_up=settings.warm_up,
        hold=settings.hold,
    )


def _rate_alone(step: int, steps: int, peak: float, warm_up: int) -> float:
    """Return the rate where encoder or decoder learn alone: along a cosine to a tenth of its peak."""
    rate = learning_rate(step, steps=steps, peak=peak, warm_up=warm_up, hold=0.0)
    return rate if step < warm_up else max(rate, 0.1 * peak)


def _prompt(learner: Learner, scenes: PromptedScenes, settings: TrainingSettings) -> Tensor:
    with _half_precision(settings, learner.network.device):
        return prompting_loss(learner.network, scenes, settings.losses)


def _teach(
    learner: Learner, batch: Pictures, settings: TrainingSettings, teacher: Teacher | None
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the losses of a batch of pictures, and what the log says of it."""
    if teacher is None:
        raise ValueError("pictures without a teacher")
    with _half_precision(settings, learner.network.device):
        teaching = teaching_loss(learner.heads, teacher, [encode_frame(learner.network, batch.pixels)])
    return {"teaching": teaching, "total": teaching}, {"pictures": settings.teaching.pictures}


def _learning(batch: Batch, step: int, settings: TrainingSettings) -> range:
    """Return the frames of which the encoder learns in a step: all, or the even and the odd ones in turns."""
    count = len(batch.pixels)
    return range(step % 2, count, 2) if settings.every_other and count > 2 else range(count)


def _track(
    learner: Learner,
    batch: Batch,
    settings: TrainingSettings,
    teacher: Teacher | None,
    encoder_learns: range,
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the losses of a batch of clips, and what the log says of it."""
    network = learner.network
    with observed_attention(network) as shares, _half_precision(settings, network.device):
        present = batch.present if batch.told else None
        tracked = track_clips(
            network,
            batch.pixels,
            batch.prompt,
            recall=batch.recall,
            present=present,
            encoder_learns=encoder_learns,
        )
    losses = clip_losses(tracked, batch.masks, batch.present, shares, settings.losses).parts()
    if teacher is not None and settings.teaching.weight:
        encoded = [tracked.steps[index].encoded for index in sorted({encoder_learns[0], encoder_learns[-1]})]
        with _half_precision(settings, network.device):
            losses["teaching"] = teaching_loss(learner.heads, teacher, encoded)
        losses["total"] = losses["total"] + settings.teaching.weight * losses["teaching"]
    if batch.scenes is not None:
        losses["prompting"] = _prompt(learner, batch.scenes, settings)
        losses["total"] = losses["total"] + settings.prompting.weight * losses["prompting"]
    return losses, {
        "frames": len(batch.pixels),
        "clips": settings.batch,
        "recall": batch.recall.value,
        "prompt": batch.kind.value,
        "attention": shares.summary(),
    }


def _half(settings: TrainingSettings, device: torch.device) -> bool:
    return computes_in_half(device) if settings.half is None else settings.half


def _half_precision(settings: TrainingSettings, device: torch.device) -> torch.autocast:
    return torch.autocast(device.type, torch.bfloat16, enabled=_half(settings, device))


def _descend(learning: nn.Module, loss: Tensor, clip_norm: float, crew: Crew) -> float:
    loss.backward()  # type: ignore[no-untyped-call]
    crew.average_gradients(learning)
    return float(nn.utils.clip_grad_norm_(learning.parameters(), clip_norm))


def _mean_values(losses: Mapping[str, Tensor], crew: Crew) -> dict[str, float]:
    means = torch.tensor([float(loss.detach()) for loss in losses.values()])
    crew.average([means])
    return dict(zip(losses, means.tolist(), strict=True))


def computes_in_half(device: torch.device) -> bool:
    """Tell whether a device multiplies in bfloat16 by itself, so that it is faster than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
