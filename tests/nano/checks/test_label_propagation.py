import numpy as np
import torch

from nano.checks.label_propagation import Propagation, propagated, propagation_scores
from nano.training.batches import Batch
from nano.training.forward import Recall
from samscope.trackers.drawn_prompts import PromptKind
from samscope.trackers.prompt import Prompt


def moving_square(count: int = 5, cells: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """Return features [T, 2, 8, 8] and masks [T, 64, 64] of a square that goes right, a cell a frame."""
    features, masks = torch.zeros(count, 2, cells, cells), torch.zeros(count, 64, 64, dtype=torch.bool)
    features[:, 0] = 1
    for time in range(count):
        features[time, :, 2:5, time : time + 3] = torch.tensor([0.0, 1.0])[:, None, None]
        masks[time, 16:40, 8 * time : 8 * time + 24] = True
    return features, masks


def test_features_that_tell_the_object_carry_its_labels_along() -> None:
    features, masks = moving_square()
    shares = propagated(features, masks[0], Propagation(nearest=4))

    expected = torch.nn.functional.max_pool2d(masks[:, None].float(), 8)[:, 0]
    torch.testing.assert_close(shares, expected, atol=1e-3, rtol=0)


def test_labels_come_from_within_reach_alone() -> None:
    features = torch.ones(2, 1, 8, 8)
    mask = torch.zeros(64, 64, dtype=torch.bool)
    mask[:, :8] = True
    shares = propagated(features, mask, Propagation(reach=0.25, nearest=1000))

    assert (shares[1, :, 3:] == 0).all()
    assert (shares[1, :, :3] > 0).all()


def test_scores_are_overlaps_without_frames_that_lack_the_object() -> None:
    features, masks = moving_square()
    masks = masks.clone()
    masks[3] = False
    absent = torch.zeros_like(masks)
    absent[0] = masks[0]
    both = torch.stack([masks, absent], dim=1)
    batch = Batch(
        pixels=torch.zeros(5, 2, 3, 64, 64), masks=both, present=both.any(dim=(2, 3)), prompt=Prompt(),
        kind=PromptKind.MASK, recall=Recall.ALL, told=False, skipped={},
    )  # fmt: skip
    level = torch.stack([features, features], dim=1).flatten(0, 1)
    scores = propagation_scores(lambda pixels: (level, torch.ones_like(level)), [batch])

    assert scores.shape == (2, 2)
    assert scores[0, 0] > 0.75
    assert scores[0, 1] < scores[0, 0]
    assert np.isnan(scores[1]).all()
