"""How far a tracker's candidate masks of a frame are apart."""

import torch
from torch import Tensor

from samscope.trackers.memory import Answer


def candidate_disagreement(answer: Answer) -> Tensor | None:
    """Return how far the candidates of a frame are from the mask that was taken: 1 less the least IoU.

    It is 0 where all candidates cover the same pixels, none at all included, and 1 where one of them shares
    nothing with the mask that was taken; where the object is taken as absent, that mask is empty. IoUs are
    taken at the tracker's own resolution.

    Args:
        answer: what the tracker said of the frame; B is the batch.

    Returns:
        float32 [B], 0..1; None where one candidate alone was decoded.
    """
    if answer.candidate_logits.ndim != 4 or answer.candidate_logits.shape[1] < 2:
        return None
    taken, candidates = answer.mask_logits > 0, answer.candidate_logits > 0
    shared = (taken & candidates).flatten(2).sum(dim=2)
    covered = (taken | candidates).flatten(2).sum(dim=2)
    ious = torch.where(covered > 0, shared / covered.clamp(min=1), 1.0)
    return 1 - ious.amin(dim=1)
