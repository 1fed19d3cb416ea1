"""Whether a model follows what it is told, or just what stands out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from transformers import Sam2VideoModel

from nano.checks.copying import copied_scores
from nano.checks.measures import Measure, mean_of_clips
from nano.training.batches import Batch
from nano.training.evaluate import score_clips
from samscope.trackers.prompt import Prompt


@dataclass(frozen=True)
class ForeignPromptCheck:
    """What becomes of a clip's own object when another clip's mask is the prompt.

    Attributes:
        overlap: J of what is tracked then against the clip's own object; low is right.
        copied: J of the other clip's mask itself, unmoved: the overlap by chance.
    """

    overlap: Measure
    copied: Measure


def check_foreign_prompt(network: Sam2VideoModel, batches: Iterable[Batch]) -> ForeignPromptCheck:
    """Prompt every clip with the first mask of the next clip in its batch.

    Args:
        network: the SAM 2, in evaluation mode.
        batches: clips prompted by masks, at least two in each batch.
    """
    tracked, copied = [], []
    for batch in batches:
        foreign = batch.masks[0].roll(-1, dims=0)
        scores = score_clips(network, [replace(batch, prompt=Prompt(mask=foreign.float()[:, None]))])
        tracked.append(scores.clip_means())
        copied.append(copied_scores(scores, foreign, batch.masks).clip_means())
    return ForeignPromptCheck(
        overlap=mean_of_clips(
            np.concatenate(tracked), "mean J against the clip's own object, prompted with another clip's mask"
        ),
        copied=mean_of_clips(
            np.concatenate(copied), "mean J of that other mask, unmoved: the overlap by chance"
        ),
    )
