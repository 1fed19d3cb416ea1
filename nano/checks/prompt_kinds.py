"""How well a model tracks from each kind of prompt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from transformers import Sam2VideoModel

from nano.checks.measures import Measure, mean_of_clips
from nano.training.batches import Batch
from nano.training.clips import ClipMix
from nano.training.evaluate import score_clips
from samscope.trackers.drawn_prompts import PromptKind

FRAMES = 12

MIX = ClipMix(footage=0.0, absence=0.0, moving_cutouts=0.0)
"""Composed clips with everything that training has, but for absences."""


@dataclass(frozen=True)
class PromptsCheck:
    """J on the same clips from each kind of prompt.

    Attributes:
        mask: the true mask.
        point: one click in it.
        box: a box about it, each edge off by some percent of its side.
    """

    mask: Measure
    point: Measure
    box: Measure


def check_prompts(network: Sam2VideoModel, batches: Mapping[PromptKind, Iterable[Batch]]) -> PromptsCheck:
    """Track the same clips from each kind of prompt.

    Args:
        network: the SAM 2, in evaluation mode.
        batches: for each kind the clips, prompted so.
    """

    def overlap(kind: PromptKind) -> Measure:
        scores = score_clips(network, batches[kind])
        return mean_of_clips(scores.clip_means(), f"mean J, prompted by a {kind.value}")

    return PromptsCheck(overlap(PromptKind.MASK), overlap(PromptKind.POINT), overlap(PromptKind.BOX))
