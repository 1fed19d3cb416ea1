import math
from dataclasses import replace

import pytest
import torch

from nano.training.attention import AttentionShares, observed_attention
from nano.training.configuration import configuration
from nano.training.forward import TrackedClips, track_clips
from nano.training.initialisation import initial_network
from nano.training.losses import (
    Losses,
    LossWeights,
    clip_losses,
    dice_loss,
    focal_loss,
    intersection_over_union,
    mask_losses,
)
from samscope.trackers.prompt import Prompt
from tests.nano.training.material import TINY


def numbers(losses: Losses) -> dict[str, float]:
    return {name: float(part.detach()) for name, part in losses.parts().items()}


def test_focal_loss_by_hand() -> None:
    # p = 0.5 on the object's pixel: 0.25 * 0.5^2 * ln 2; p = 0.75 beside it: 0.75 * 0.75^2 * -ln 0.25
    logits = torch.tensor([[[0.0, math.log(3)]]])
    target = torch.tensor([[[1.0, 0.0]]])
    by_hand = (0.25 * 0.25 * math.log(2) + 0.75 * 0.5625 * math.log(4)) / 2

    assert focal_loss(logits, target).item() == pytest.approx(by_hand)


def test_dice_loss_by_hand() -> None:
    logits = torch.tensor([[[0.0, math.log(3)]]])  # 0.5 and 0.75
    target = torch.tensor([[[1.0, 0.0]]])

    assert dice_loss(logits, target).item() == pytest.approx(1 - (2 * 0.5 + 1) / (1.25 + 1 + 1))


def test_intersection_over_union_by_hand() -> None:
    logits = torch.tensor([[[1.0, 1.0, -1.0, -1.0]], [[-1.0, -1.0, -1.0, -1.0]]])
    target = torch.tensor([[[1.0, 0.0, 1.0, 0.0]], [[0.0, 0.0, 0.0, 0.0]]])

    assert intersection_over_union(logits, target).tolist() == pytest.approx([1 / 3, 1.0])


@pytest.fixture(scope="module")
def tracked() -> TrackedClips:
    torch.manual_seed(0)
    network = initial_network(configuration(TINY), seed=0)
    mask = torch.zeros(2, 1, 64, 64)
    mask[..., 16:48, 16:48] = 1
    return track_clips(network, torch.randn(3, 2, 3, 64, 64), Prompt(mask=mask))


def truth() -> tuple[torch.Tensor, torch.Tensor]:
    masks = torch.zeros(3, 2, 64, 64)
    masks[..., 16:48, 16:48] = 1
    masks[2, 0] = 0
    return masks, masks.any(-1).any(-1)


def nothing_seen() -> AttentionShares:
    return AttentionShares([[]], [[]], [[]])


def test_absent_frames_train_the_object_score_alone(tracked: TrackedClips) -> None:
    masks, present = truth()
    losses = clip_losses(tracked, masks, present, nothing_seen())
    gradients = torch.autograd.grad(
        losses.total,
        [tracked.steps[2].decoded.candidate_logits, tracked.steps[2].decoded.appears],
        retain_graph=True,
    )

    assert not gradients[0][0].any()
    assert gradients[0][1].any()
    assert gradients[1][0] > 0  # absent: the score is pushed down


def test_total_is_the_weighted_sum_and_frame_0_counts_less(tracked: TrackedClips) -> None:
    masks, present = truth()
    losses = numbers(clip_losses(tracked, masks, present, nothing_seen()))
    weights = LossWeights()
    by_hand = sum(getattr(weights, name) * losses[name] for name in losses if name != "total")
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.stack([step.decoded.appears for step in tracked.steps]), present.float(), reduction="none"
    ).mean(1)

    assert losses["total"] == pytest.approx(by_hand, rel=1e-5)
    assert losses["object_score"] == pytest.approx(
        (0.3 * entropy[0] + entropy[1] + entropy[2]).item() / 2.3, rel=1e-5
    )


def test_the_best_mask_is_trained_the_others_a_little_and_all_predicted_ious(tracked: TrackedClips) -> None:
    masks, present = truth()
    decoded, clip = tracked.steps[2].decoded, 1  # the last frame, where nothing comes back through memory
    sums = []
    for rest in (0.0, 0.3):
        losses = clip_losses(tracked, masks, present, nothing_seen(), LossWeights(other_masks=rest))
        of_masks, of_ious = torch.autograd.grad(
            losses.total, [decoded.candidate_logits, decoded.candidate_ious], retain_graph=True
        )
        assert (of_ious[clip] != 0).all()
        sums.append(of_masks[clip].abs().sum((1, 2)))

    best = sums[0].argmax()
    others = [number for number in range(3) if number != best]
    assert not sums[0][others].any()
    assert (sums[1][others] > 0).all()
    assert sums[1][best] == pytest.approx((0.7 + 0.1) * sums[0][best].item(), rel=1e-4)


def test_a_predicted_iou_of_nearly_zero_still_learns() -> None:
    """With L1 it would not: the sigmoid's slope is gone."""
    logit = torch.full((1, 1), -20.0, requires_grad=True)
    _, _, loss = mask_losses(torch.ones(1, 1, 4, 4), logit.sigmoid(), torch.ones(1, 8, 8), LossWeights())
    (slope,) = torch.autograd.grad(loss.sum(), logit)

    assert slope.item() == pytest.approx(-1.0, abs=1e-3)


def test_tokens_longer_than_allowed_are_penalised(tracked: TrackedClips) -> None:
    masks, present = truth()
    step = tracked.steps[0]
    pointer = torch.zeros_like(step.decoded.pointer_ungated)
    pointer[:, 0] = 24.0  # one token a clip, twice the longest allowed
    long = replace(
        step,
        decoded=replace(step.decoded, pointer_ungated=pointer),
        memory_encoder_output=torch.zeros_like(step.memory_encoder_output),
        encoded=replace(step.encoded, top=torch.zeros_like(step.encoded.top)),
    )
    losses = numbers(clip_losses(TrackedClips((long,)), masks[:1], present[:1], nothing_seen()))

    assert losses["token_norm"] == pytest.approx(1 / 3)  # of memories (0), pointers (1), image (0)


def test_one_sided_attention_is_penalised() -> None:
    shares = AttentionShares(balance=[[torch.tensor([5.0, -1.0])], [torch.tensor([-4.0, 3.0])]])

    assert shares.excess(3.0).item() == pytest.approx((2.0**2 + 1.0**2) / 4)
    assert nothing_seen().excess(3.0).item() == 0


def test_attention_is_divided_as_stated() -> None:
    network = initial_network(configuration(TINY), seed=0)
    mask = torch.zeros(2, 1, 64, 64)
    mask[..., 16:48, 16:48] = 1
    with observed_attention(network) as shares:
        track_clips(network, torch.randn(3, 2, 3, 64, 64), Prompt(mask=mask))
    summary = shares.summary()

    assert len(shares.pointer) == 2
    assert [len(layer) for layer in shares.balance] == [2, 2]  # two tracked frames
    assert all(0 < share < 1 for share in summary["pointer"])
    assert shares.balance[0][0].shape == (2,)
    assert shares.balance[0][0].requires_grad
    assert not network.memory_attention.layers[0].cross_attn_image._forward_hooks
