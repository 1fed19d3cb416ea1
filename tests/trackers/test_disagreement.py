import pytest
import torch
from torch import Tensor

from samscope.trackers.disagreement import candidate_disagreement
from tests.trackers.rules.banks import Said


def masks(*covered: list[int]) -> Tensor:
    """Return logits [1, M, 2, 3] that are above 0 on some of six pixels."""
    logits = torch.full((len(covered), 6), -2.0)
    for row, pixels in enumerate(covered):
        logits[row, pixels] = 3.0
    return logits.view(1, len(covered), 2, 3)


def disagreement(taken: list[int], *candidates: list[int]) -> float:
    said = Said(mask_logits=masks(taken), candidate_logits=masks(*candidates))
    value = candidate_disagreement(said)
    assert value is not None
    return float(value)


def test_it_is_one_less_the_least_overlap() -> None:
    assert disagreement([0, 1], [0, 1], [0, 1, 2], [1]) == pytest.approx(0.5)
    assert disagreement([0, 1, 2], [0, 1, 2], [1, 2, 3]) == pytest.approx(0.5)


def test_it_goes_from_equal_masks_to_such_that_share_nothing() -> None:
    assert disagreement([0, 1], [0, 1], [0, 1]) == 0
    assert disagreement([], [], []) == 0
    assert disagreement([0, 1], [0, 1], [4]) == 1
    assert disagreement([], [0], []) == 1


def test_the_frames_of_a_batch_are_apart() -> None:
    said = Said(
        mask_logits=torch.cat([masks([0]), masks([0])]),
        candidate_logits=torch.cat([masks([0], [0]), masks([0], [1])]),
    )
    value = candidate_disagreement(said)
    assert value is not None
    assert value.tolist() == [0, 1]


def test_one_candidate_cannot_disagree() -> None:
    assert candidate_disagreement(Said(mask_logits=masks([0]), candidate_logits=masks([0]))) is None
    assert candidate_disagreement(Said()) is None
