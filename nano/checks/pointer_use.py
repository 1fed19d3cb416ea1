"""Whether memory attention reads the object pointers, and what they are worth."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from transformers import Sam2VideoModel

from nano.checks.attention_weights import readable_attention
from nano.checks.measures import Measure, mean_of_clips
from nano.training.attention import observed_attention
from nano.training.batches import Batch
from nano.training.clips import ClipMix
from nano.training.evaluate import score_clips
from nano.training.forward import Recall

FRAMES = 12

MIX = ClipMix(footage=0.0, absence=0.0, look_alikes=1.0, occluder=0.0, moving_cutouts=0.0)
"""Composed clips with one to three objects that look like the tracked one, so that the place alone is not
enough to tell it."""


@dataclass(frozen=True)
class PointerUse:
    """What pointers are worth on clips with several similar objects.

    Attributes:
        overlap: J with the clip's own pointers.
        lost_foreign: J lost with another clip's pointers in their stead, paired by clip.
        lost_none: J lost without pointers, paired by clip.
        pointer_share: by layer of memory attention, the share of attention that pointers get, 0..1.
        logit_gap: by layer, the largest logit of a spatial memory minus the largest of a pointer.
    """

    overlap: Measure
    lost_foreign: Measure
    lost_none: Measure
    pointer_share: tuple[float, ...]
    logit_gap: tuple[float, ...]


def pointer_use(network: Sam2VideoModel, batches: Iterable[Batch]) -> PointerUse:
    """Measure, paired by clip, what is lost with another clip's pointers and with none.

    Args:
        network: the SAM 2, in evaluation mode, with the library's own memory attention (the mode ``exact``).
        batches: clips with look-alikes, at least two in each batch.

    Raises:
        ValueError: its memory attention gives no weights to read.
    """
    overlaps: dict[Recall, list[np.ndarray]] = {
        recall: [] for recall in (Recall.ALL, Recall.FOREIGN_POINTERS, Recall.NO_POINTERS)
    }
    seen = []
    with readable_attention(network):
        for batch in batches:
            for recall, parts in overlaps.items():
                with observed_attention(network) as shares:
                    parts.append(score_clips(network, [batch], recall=recall).clip_means())
                if recall is Recall.ALL:
                    seen.append(shares.summary())
    if not all(summary["pointer"] for summary in seen):
        raise ValueError("memory attention gave no weights to read; load the model in the mode exact")
    with_own, foreign, none = (np.concatenate(parts) for parts in overlaps.values())
    return PointerUse(
        overlap=mean_of_clips(with_own, "mean J with the clip's own pointers"),
        lost_foreign=mean_of_clips(
            with_own - foreign, "mean J lost with another clip's pointers, paired by clip"
        ),
        lost_none=mean_of_clips(with_own - none, "mean J lost without pointers, paired by clip"),
        pointer_share=_mean_by_layer([summary["pointer"] for summary in seen]),
        logit_gap=_mean_by_layer([summary["gap"] for summary in seen]),
    )


def _mean_by_layer(values: list[list[float]]) -> tuple[float, ...]:
    return tuple(float(mean) for mean in np.mean(values, axis=0))
