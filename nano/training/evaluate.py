"""How well a network tracks made-up clips of held-out sources."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch.nn import functional
from transformers import Sam2VideoModel

from nano.training.attention import observed_attention
from nano.training.batches import Batch, Plan, make_batch
from nano.training.clips import ClipMix, draw_clip
from nano.training.forward import Recall, track_clips
from nano.training.losses import intersection_over_union
from nano.training.sources import Sources
from samscope.trackers.drawn_prompts import PromptKind

BATCH = 8

HELD_OUT_MIX = ClipMix(moving_cutouts=0.0)
"""What held-out clips have, unless told: few videos are held out, and half of the clips would show the same
objects."""


@dataclass(frozen=True, eq=False)
class ClipScores:
    """What tracking made of clips, frame by frame; frame 0, the prompt's, included.

    Attributes:
        overlap: float [T, N], IoU of the predicted and the true mask at the model's input size; NaN where the
            object is absent.
        object_score: float [T, N], logits.
        present: bool [T, N].
    """

    overlap: NDArray[np.float64]
    object_score: NDArray[np.float64]
    present: NDArray[np.bool_]

    def clip_means(self) -> NDArray[np.float64]:
        """Return each clip's mean IoU over frames 1 and later with the object, [N]; NaN where it has none."""
        overlap = self.overlap[1:]
        counts = np.isfinite(overlap).sum(axis=0)
        sums = np.nansum(overlap, axis=0)
        means: NDArray[np.float64] = np.full(len(counts), np.nan)
        np.divide(sums, counts, out=means, where=counts > 0)
        return means

    def summary(self) -> dict[str, float | None]:
        """Return means over frames 1 and later; None where nothing is defined.

        ``overlap``: mean over clips of ``clip_means``. ``auroc``: of the object score for presence.
        ``missed_absences``: share of absent frames with a positive score; ``false_absences``: share of frames
        with the object without one. ``missed_absences_at_5``: the former share at the score at which the
        latter is 5 %.
        """
        score, present = self.object_score[1:].ravel(), self.present[1:].ravel()
        summary: dict[str, float | None] = dict.fromkeys(
            ("auroc", "missed_absences", "false_absences", "missed_absences_at_5")
        )
        summary["overlap"] = float(np.nanmean(self.clip_means()))
        if present.any():
            summary["false_absences"] = float((score[present] <= 0).mean())
        if not present.all():
            summary["missed_absences"] = float((score[~present] > 0).mean())
        if present.any() and not present.all():
            summary["auroc"] = float(roc_auc_score(present, score))
            threshold = np.quantile(score[present], 0.05)
            summary["missed_absences_at_5"] = float((score[~present] > threshold).mean())
        return summary


def held_out_batches(
    sources: Sources,
    count: int,
    frames: int,
    side: int,
    seed: int,
    *,
    prompt: PromptKind = PromptKind.MASK,
    mix: ClipMix | None = None,
) -> list[Batch]:
    """Draw clips to evaluate on, in batches of 8: the same for the same arguments.

    Args:
        sources: of the held-out split.
        count: clips in all.
        frames: of each clip.
        side: S in pixels.
        seed: of the clips; each depends on it and its number alone.
        prompt: kind of the prompt.
        mix: of the clips; ``HELD_OUT_MIX`` if None.
    """
    plan = Plan(frames, prompt, Recall.ALL)
    batches = []
    for first in range(0, count, BATCH):
        generators = [
            np.random.default_rng([seed, number]) for number in range(first, min(first + BATCH, count))
        ]
        clips = [draw_clip(sources, frames, side, rng, mix or HELD_OUT_MIX) for rng in generators]
        batches.append(make_batch(clips, plan, generators))
    return batches


@torch.no_grad()
def score_clips(
    network: Sam2VideoModel, batches: Iterable[Batch], *, recall: Recall = Recall.ALL
) -> ClipScores:
    """Track clips and compare with the truth.

    Args:
        network: the SAM 2, in evaluation mode.
        batches: clips of one length.
        recall: what memory attention may read.
    """
    device = next(network.parameters()).device
    overlap, scores, present = [], [], []
    for batch in batches:
        on_device = batch.to(device)
        tracked = track_clips(network, on_device.pixels, on_device.prompt, recall=recall)
        size = on_device.masks.shape[-2:]
        logits = functional.interpolate(tracked.mask_logits, size=size, mode="bilinear", align_corners=False)
        ious = intersection_over_union(logits, on_device.masks).double().cpu().numpy()
        overlap.append(np.where(batch.present.numpy(), ious, np.nan))
        scores.append(tracked.object_score.double().cpu().numpy())
        present.append(batch.present.numpy())
    whole = [np.concatenate(parts, axis=1) for parts in (overlap, scores, present)]
    return ClipScores(*whole)


def check(network: Sam2VideoModel, batches: Sequence[Batch]) -> dict[str, Any]:
    """Return what a run logs of a network: ``ClipScores.summary`` and the attention's shares by layer."""
    with observed_attention(network) as shares:
        scores = score_clips(network, batches)
    return {**scores.summary(), "attention": shares.summary()}
