import math

import numpy as np
import pytest
import torch

from samscope.support.errors import UsageError
from samscope.trackers.memory import Bank, Limits
from samscope.trackers.rules.sam3 import Sam3Memory, selection_score
from tests.trackers.rules.banks import Said, memory, new_bank, recalled

MEMORIES = 7


def empty_bank(length: int = 100, threshold: float = 0.01) -> Bank:
    return new_bank(Sam3Memory(threshold), Limits(MEMORIES, min(length, 16)))


def said(score: float) -> Said:
    """Return what makes a selection score, of an object that is surely there."""
    return Said(predicted_iou=torch.tensor([score]), object_score=torch.tensor([100.0]))


def after(bank: Bank, *scores: float) -> Bank:
    for frame, score in enumerate(scores, start=1):
        bank = bank.remember(memory(frame), said(score))
    return bank


def from_all_scores(scores: list[float], frame: int, length: int) -> dict[str, list[int]]:
    """Say what frame ``frame`` reads by the rule as written down, from the scores of frames 1, 2, ..."""
    most = min(length, 16) - 1
    listed: list[int] = []
    for past in range(frame - 1, 0, -1):
        if scores[past - 1] > 0.01:
            listed.insert(0, past)
        if len(listed) >= most:
            break
    if frame - 1 not in listed and frame > 1:
        listed.append(frame - 1)
    memories = listed[-(MEMORIES - 1) :]
    pointers = [listed[-rank] for rank in range(1, most + 1) if rank < len(listed)]
    return {
        "memory_frames": [0, *memories],
        "memory_ages": [0, *range(len(memories), 0, -1)],
        "pointer_frames": [0, *pointers],
        "pointer_distances": [frame, *range(1, len(pointers) + 1)],
    }


@pytest.mark.parametrize("length", [2, 3, 5, 12, 16, 17, 60])
@pytest.mark.parametrize("share_of_good", [0.0, 0.2, 0.8, 1.0])
def test_a_bank_recalls_what_the_rule_takes_of_all_frames(length: int, share_of_good: float) -> None:
    draws = np.random.default_rng(length).uniform(size=length - 1)
    scores = [0.5 if draw < share_of_good else 0.0 for draw in draws]
    bank = empty_bank(length)
    for frame in range(1, length):
        assert recalled(bank, frame) == from_all_scores(scores, frame, length)
        bank = bank.remember(memory(frame), said(scores[frame - 1]))
        assert len(bank.tracked) <= bank.limits.pointers


def test_the_oldest_pointer_is_never_read_and_ages_are_ranks() -> None:
    assert recalled(after(empty_bank(), 0.5, 0.0, 0.0, 0.4, 0.0), 6) == {
        "memory_frames": [0, 1, 4, 5],
        "memory_ages": [0, 3, 2, 1],
        "pointer_frames": [0, 5, 4],
        "pointer_distances": [6, 1, 2],
    }


def test_a_bad_frame_is_read_only_while_it_is_the_latest() -> None:
    assert recalled(after(empty_bank(), 0.0), 2)["memory_frames"] == [0, 1]
    assert recalled(after(empty_bank(), 0.0, 0.5), 3)["memory_frames"] == [0, 2]


def test_the_threshold_itself_is_not_good_enough() -> None:
    bank = after(empty_bank(threshold=0.25), 0.25, 0.26)
    assert [kept.frame for kept in bank.tracked] == [2]


def test_a_fork_leaves_the_trunk_as_it_was() -> None:
    trunk = after(empty_bank(), 0.5)
    forks = [trunk.remember(memory(2), said(score)) for score in (0.5, 0.0)]
    assert len(trunk.tracked) == 1
    assert [len(bank.remember(memory(3), said(0.5)).tracked) for bank in forks] == [3, 2]


def test_the_score_is_the_iou_times_how_sure_presence_is() -> None:
    scores = selection_score(torch.tensor([0.8, 0.8, 0.8]), torch.tensor([math.log(3), 0.0, -5.0]))
    assert scores.tolist() == pytest.approx([0.8 * 0.5, 0, 0])


@pytest.mark.parametrize("lacking", [Said(predicted_iou=None), Said(object_score=None)])
def test_a_tracker_that_gives_no_scores_is_refused(lacking: Said) -> None:
    with pytest.raises(UsageError, match=r"memory rule sam3: it needs .*, which this tracker does not have"):
        empty_bank().remember(memory(1), lacking)


@pytest.mark.parametrize("threshold", [-0.1, 1.1, math.nan])
def test_a_threshold_out_of_its_range_is_refused(threshold: float) -> None:
    with pytest.raises(UsageError, match=r"mf_threshold is .*; it must be within 0 and 1"):
        Sam3Memory(threshold)
