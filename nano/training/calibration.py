"""Where the object score's zero lies: SAM 2 takes an object as absent where its score is at most 0."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import Sam2VideoModel

from nano.training.batches import Batch
from nano.training.evaluate import score_clips

_ROUNDS = 4


@dataclass(frozen=True, eq=False)
class Calibration:
    """A network whose object score has been moved, and by how much.

    Attributes:
        network: a copy in evaluation mode.
        shift: logits that were added to the bias of the object score.
        missed_absences: share of absent frames with a score above 0 afterwards, on the clips that it was
            calibrated on; None where they have none.
        false_absences: share of frames with the object whose score is at most 0 afterwards.
    """

    network: Sam2VideoModel
    shift: float
    missed_absences: float | None
    false_absences: float


def calibrate_object_score(
    network: Sam2VideoModel, batches: Sequence[Batch], false_absences: float
) -> Calibration:
    """Move the object score so that it takes a set share of the frames with the object as absent.

    On given memories its order, and so its AUROC, stays as it is. But an absence that is now seen, or no
    longer, changes the memories and thereby the later scores: so it is measured and moved again, and the best
    of four rounds is kept.

    Args:
        network: the SAM 2; it is not changed.
        batches: clips with and without the object, neither trained on nor tested with later.
        false_absences: the share, in 0..1.

    Raises:
        ValueError: no clip shows its object after frame 0, or the share is not in 0..1.
    """
    if not 0 <= false_absences <= 1:
        raise ValueError(f"false_absences is {false_absences}; it is a share in 0..1")
    moved = copy.deepcopy(network).eval()
    bias = moved.mask_decoder.pred_obj_score_head.proj_out.bias
    tried: list[tuple[float, float, float, float | None]] = []
    shift = 0.0
    for _ in range(_ROUNDS):
        scores = score_clips(moved, batches)
        score, present = scores.object_score[1:], scores.present[1:]
        if not present.any():
            raise ValueError("no clip shows its object after frame 0; nothing to calibrate on")
        falsely = float((score[present] <= 0).mean())
        missed = float((score[~present] > 0).mean()) if not present.all() else None
        tried.append((abs(falsely - false_absences), shift, falsely, missed))
        step = -float(np.quantile(score[present], false_absences))
        shift += step
        with torch.no_grad():
            bias.add_(step)
    _, best, falsely, missed = min(tried, key=lambda attempt: attempt[0])
    with torch.no_grad():
        bias.add_(best - shift)
    return Calibration(moved, best, missed, falsely)
