import math

import numpy as np
import pytest
import torch

from samscope.trackers.memory import Memory, Pointer
from samscope.trackers.sam3.selection import (
    OFFICIAL_SELECTION,
    Candidate,
    MemorySelection,
    SelectingBank,
    selection_score,
)

NOTHING = torch.empty(0)
MEMORIES = 7


def empty_bank(length: int = 100, selection: MemorySelection = OFFICIAL_SELECTION) -> SelectingBank:
    return SelectingBank(
        Memory(0, NOTHING), Pointer(0, NOTHING), selection=selection, max_pointers=min(length, 16)
    )


def candidate(frame: int, score: float) -> Candidate:
    return Candidate(Memory(frame, NOTHING), Pointer(frame, NOTHING), score)


def recalled(bank: SelectingBank, frame: int) -> dict[str, list[int]]:
    recall = bank.recall(frame)
    return {
        "memory_frames": [memory.frame for _, memory in recall.memories],
        "memory_ages": [age for age, _ in recall.memories],
        "pointer_frames": [pointer.frame for _, pointer in recall.pointers],
        "pointer_distances": [distance for distance, _ in recall.pointers],
    }


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
        bank = bank.remember(candidate(frame, scores[frame - 1]))
        assert len(bank.candidates) <= bank.max_pointers


def test_the_oldest_pointer_is_never_read_and_ages_are_ranks() -> None:
    bank = empty_bank()
    for frame, score in enumerate([0.5, 0.0, 0.0, 0.4, 0.0], start=1):
        bank = bank.remember(candidate(frame, score))
    assert recalled(bank, 6) == {
        "memory_frames": [0, 1, 4, 5],
        "memory_ages": [0, 3, 2, 1],
        "pointer_frames": [0, 5, 4],
        "pointer_distances": [6, 1, 2],
    }


def test_a_bad_frame_is_read_only_while_it_is_the_latest() -> None:
    bank = empty_bank().remember(candidate(1, 0.0))
    assert recalled(bank, 2)["memory_frames"] == [0, 1]
    assert recalled(bank.remember(candidate(2, 0.5)), 3)["memory_frames"] == [0, 2]


def test_the_threshold_itself_is_not_good_enough() -> None:
    selection = MemorySelection(threshold=0.25)
    bank = empty_bank(selection=selection).remember(candidate(1, 0.25)).remember(candidate(2, 0.26))
    assert [kept.memory.frame for kept in bank.candidates] == [2]


def test_a_fork_leaves_the_trunk_as_it_was() -> None:
    trunk = empty_bank().remember(candidate(1, 0.5))
    left, right = trunk.remember(candidate(2, 0.5)), trunk.remember(candidate(2, 0.0))
    assert len(trunk.candidates) == 1
    assert [len(bank.remember(candidate(3, 0.5)).candidates) for bank in (left, right)] == [3, 2]


def test_the_score_is_the_iou_times_how_sure_presence_is() -> None:
    scores = selection_score(torch.tensor([0.8, 0.8, 0.8]), torch.tensor([math.log(3), 0.0, -5.0]))
    assert scores.tolist() == pytest.approx([0.8 * 0.5, 0, 0])
