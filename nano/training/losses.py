"""Losses after SAM 2: focal and dice on masks, cross-entropy on predicted IoUs and on the object score.

One part differs. SAM 2 trains predicted IoUs with L1. From scratch, where most masks are still empty, that
drove them to 0, where their sigmoid has no gradient; the mask that was picked by them stayed empty, and the
memory with it. Cross-entropy with the actual IoU has its optimum at the mean and a gradient everywhere.
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional

from nano.training.attention import AttentionShares
from nano.training.forward import TrackedClips


@dataclass(frozen=True)
class LossWeights:
    """Weights of the loss's parts.

    Those of masks and IoUs are SAM 2's; the object score's is three times as large.

    Attributes:
        focal: of the masks' focal loss.
        focal_alpha: weight in it of the object's pixels, against those of the ground. SAM 2 has 0.25. A
            network that as yet sees only cells of 16 pixels then keeps every one below 0, found or not.
        dice: of their dice loss.
        iou: of the predicted IoUs' cross-entropy.
        object_score: of the object score's binary cross-entropy.
        token_norm: of the penalty on memory, pointer and image tokens longer than ``longest_token``.
        balance: of the penalty on memory attention that leaves pointers, or spatial memories, next to
            nothing: saturated, it gives neither a gradient.
        other_masks: share of the masks' loss that goes to the mean of all decoded masks; the rest goes to the
            best one (SAM 2: all of it). Masks that are never the best would stay empty, and one that is
            picked by its predicted IoU empties the memory.
        prompted_frame: weight of frame 0 among the frames of a clip, which count 1 each.
        longest_token: norm above which a token is penalised. Long tokens saturate memory attention.
        largest_balance: the logarithm of spatial memories' attention over pointers', in each clip and layer,
            is penalised beyond plus and minus this: 3 leaves pointers between 5 % and 95 %.
    """

    focal: float = 20.0
    focal_alpha: float = 0.5
    dice: float = 1.0
    iou: float = 1.0
    object_score: float = 3.0
    token_norm: float = 0.1
    balance: float = 0.03
    other_masks: float = 0.2
    prompted_frame: float = 0.3
    longest_token: float = 12.0
    largest_balance: float = 3.0


@dataclass(frozen=True, eq=False)
class Losses:
    """Parts of the loss, means over clips and (weighted) frames, and ``total``, their weighted sum."""

    focal: Tensor
    dice: Tensor
    iou: Tensor
    object_score: Tensor
    token_norm: Tensor
    balance: Tensor
    total: Tensor

    def parts(self) -> dict[str, Tensor]:
        """Return the parts by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def focal_loss(logits: Tensor, target: Tensor, alpha: float = 0.25, gamma: float = 2.0) -> Tensor:
    """Return the sigmoid focal loss, averaged over pixels.

    Args:
        logits: [..., H, W].
        target: [..., H, W], 0 or 1, broadcast.
        alpha: weight of the object's pixels, 1 - alpha of the others.
        gamma: exponent of the distance from the right answer.

    Returns:
        [...]. Source: Lin et al., Focal Loss for Dense Object Detection, equation 5.
    """
    target = target.expand_as(logits)
    probability = logits.sigmoid()
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    wrong = probability + target - 2 * probability * target
    weight = (1 - alpha) + (2 * alpha - 1) * target
    return (weight * wrong**gamma * entropy).mean(dim=(-2, -1))


def dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Return 1 - (2 |A.B| + 1) / (|A| + |B| + 1) with A the sigmoids, over the last two dimensions."""
    probability = logits.sigmoid()
    shared = (probability * target).sum(dim=(-2, -1))
    both = probability.sum(dim=(-2, -1)) + target.sum(dim=(-2, -1))
    return 1 - (2 * shared + 1) / (both + 1)


def intersection_over_union(logits: Tensor, target: Tensor) -> Tensor:
    """Return the IoU of ``logits > 0`` and ``target`` over the last two dimensions; 1 if both are empty."""
    predicted, truth = logits > 0, target > 0
    union = (predicted | truth).sum(dim=(-2, -1))
    shared = (predicted & truth).sum(dim=(-2, -1))
    return torch.where(union > 0, shared / union.clamp(min=1), 1.0)


def clip_losses(
    tracked: TrackedClips,
    masks: Tensor,
    present: Tensor,
    shares: AttentionShares,
    weights: LossWeights | None = None,
) -> Losses:
    """Return the loss of tracked clips.

    On every frame the best of the decoded masks (by 20 focal + dice) is trained, the others a little, and all
    predicted IoUs and the object score are. Where the object is absent only the object score is, as in SAM 2.

    Args:
        tracked: the clips.
        masks: float [T, B, S, S], 0 or 1, the object's visible pixels.
        present: bool [T, B], whether the object is in the frame.
        shares: memory attention's while they were tracked.
        weights: the parts' weights; the defaults if None.
    """
    weights = weights or LossWeights()
    decoded = [step.decoded for step in tracked.steps]
    frames = torch.full((len(decoded), 1), 1.0, device=masks.device)
    frames[0] = weights.prompted_frame
    share = (frames / (frames.sum() * masks.shape[1])).expand_as(present)
    of_masks = [
        torch.stack(mask_losses(answer.candidate_logits, answer.candidate_ious, truth, weights))
        for answer, truth in zip(decoded, masks, strict=True)
    ]
    focal, dice, iou = torch.stack(of_masks, dim=1)
    scores = torch.stack([answer.appears.float() for answer in decoded])
    entropy = functional.binary_cross_entropy_with_logits(scores, present.float(), reduction="none")
    seen = share * present
    parts = {
        "focal": (seen * focal).sum(),
        "dice": (seen * dice).sum(),
        "iou": (seen * iou).sum(),
        "object_score": (share * entropy).sum(),
        "token_norm": _token_norm_penalty(tracked, weights.longest_token),
        "balance": shares.excess(weights.largest_balance).to(masks.device),
    }
    total = torch.stack([getattr(weights, name) * part for name, part in parts.items()]).sum()
    return Losses(**parts, total=total)


def mask_losses(
    logits: Tensor, ious: Tensor, truth: Tensor, weights: LossWeights
) -> tuple[Tensor, Tensor, Tensor]:
    """Return focal and dice loss, mostly of the best mask, and the mean loss of predicted IoUs, [B] each.

    Args:
        logits: [B, M, S/4, S/4], the decoded masks.
        ious: [B, M], their predicted IoUs, 0..1.
        truth: bool or float [B, S, S], the object's visible pixels.
        weights: which mask is the best, and how much the others learn.
    """
    size = truth.shape[-2:]
    whole = functional.interpolate(logits.float(), size=size, mode="bilinear", align_corners=False)
    target = truth[:, None].float()
    focal, dice = focal_loss(whole, target, weights.focal_alpha), dice_loss(whole, target)
    best = (weights.focal * focal + weights.dice * dice).argmin(dim=1, keepdim=True)
    with torch.no_grad():
        actual = intersection_over_union(whole, target)
    error = functional.binary_cross_entropy(ious.float(), actual, reduction="none").mean(dim=1)
    rest = weights.other_masks
    relaxed = [
        (1 - rest) * losses.gather(1, best)[:, 0] + rest * losses.mean(dim=1) for losses in (focal, dice)
    ]
    return relaxed[0], relaxed[1], error


def _token_norm_penalty(tracked: TrackedClips, longest: float) -> Tensor:
    """Return the mean squared relative excess of memory, pointer and image tokens over the longest norm."""
    penalty = []
    for step in tracked.steps:
        memories = step.memory_encoder_output.float().norm(dim=1)
        channels = step.memory_encoder_output.shape[1]
        pointers = step.decoded.pointer_ungated.float().reshape(-1, channels).norm(dim=-1)
        image = step.encoded.top.float().norm(dim=1)
        penalty += [((norms / longest - 1).clamp(min=0) ** 2).mean() for norms in (memories, pointers, image)]
    return torch.stack(penalty).mean()
