"""SAM2Long's rule, held against the official code's choices, memories and masks."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.numpy import load_file

from samscope.support.errors import UsageError
from samscope.trackers.memory import Bank, Branch, Candidates, Memory, held
from samscope.trackers.rules.sam2long import Sam2LongMemory
from tests.trackers.rules.banks import NOTHING, Said, new_bank
from tests.trackers.rules.banks import memory as memory_of
from tests.trackers.rules.official_paths import History, check_recall, told


def slot_of(memory: Memory) -> int:
    """Return the slot that stands in the place of features; the prompted frame has but one."""
    features = held(memory.features)
    return int(features) if features.numel() else 0


@pytest.mark.parametrize("seed", range(20))
def test_choices_scores_and_memories_are_the_official_ones(shared: Path, seed: int) -> None:
    table = load_file(shared / "reference" / "rules" / "table-sam2long.safetensors")
    expected = {name: values[seed] for name, values in table.items()}
    rule = Sam2LongMemory(3, float(expected["iou_threshold"]), float(expected["uncertainty"]))
    banks, paths = [new_bank(rule)], History()
    for frame in range(1, 60):
        recalls = [bank.recall(frame) for bank in banks]
        for path in range(3):
            recall = recalls[min(path, len(recalls) - 1)]
            check_recall(recall, expected, (frame, path), alone=frame == 1)
            distances = [distance for distance, _ in recall.pointers]
            assert distances == told(expected["pointer_positions"][frame, path])
            if frame > 1:
                assert [slot_of(memory) for _, memory in recall.memories] == told(
                    expected["memory_slot"][frame, path]
                )
        candidates = [
            Candidates(NOTHING, torch.tensor(ious), torch.tensor(score), 256)
            for ious, score in zip(expected["ious"][frame], expected["object_score"][frame], strict=True)
        ]
        branches = rule.branch(banks, candidates[: len(banks)])
        assert [branch.choice.state.score for branch in branches] == expected["score"][frame].tolist()
        if frame > 1:
            assert [branch.path for branch in branches] == expected["parent"][frame].tolist()
            assert [branch.choice.candidate for branch in branches] == expected["candidate"][frame].tolist()
        slots = [0] * 3 if frame == 1 else list(range(3))
        paths.grow([branch.path for branch in branches], slots)
        assert paths.of_slots == expected["history"][frame, :, : frame + 1].tolist()
        banks = [
            replace(banks[branch.path], state=branch.choice.state).remember(
                Memory(frame, torch.tensor(slot), NOTHING), Said()
            )
            for branch, slot in zip(branches, slots, strict=True)
        ]
    assert paths.of_slots[0] == expected["final_history"].tolist()


def said(*ious: float, object_score: float = 5.0) -> Candidates:
    """Return masks of these predicted IoUs."""
    return Candidates(NOTHING, torch.tensor(ious), torch.tensor(object_score), 256)


def taken(branches: Sequence[Branch]) -> list[tuple[int, int]]:
    return [(branch.path, branch.choice.candidate) for branch in branches]


def gone_on(rule: Sam2LongMemory, banks: Sequence[Bank], *candidates: Candidates) -> list[Bank]:
    """Return the banks after a frame."""
    frame = 1 + max((kept.frame for kept in banks[0].tracked), default=0)
    branches = rule.branch(banks, candidates)
    return [
        replace(banks[branch.path], state=branch.choice.state).remember(memory_of(frame), Said())
        for branch in branches
    ]


def test_all_paths_begin_with_the_best_mask_of_the_first_tracked_frame() -> None:
    rule = Sam2LongMemory(num_pathway=4)
    branches = rule.branch([new_bank(rule)], [said(0.2, 0.9, 0.8)])
    assert taken(branches) == [(0, 1)] * 4
    assert {branch.choice.state.score for branch in branches} == {0.0}


def test_the_best_masks_of_all_paths_live_on_where_a_path_is_certain() -> None:
    rule = Sam2LongMemory()
    banks = gone_on(rule, [new_bank(rule)], said(0.9))
    branches = rule.branch(banks, [said(0.2, 0.9, 0.3), said(0.1, 0.8, 0.7), said(0.4, 0.1, 0.85)])
    assert taken(branches) == [(0, 1), (2, 2), (1, 1)]


def test_where_no_path_is_certain_masks_of_equal_ious_are_one_and_other_paths_fill_up() -> None:
    rule = Sam2LongMemory()
    banks = gone_on(rule, [new_bank(rule)], said(0.9))
    unsure = [said(0.9, 0.9, 0.9, object_score=1.0)] * 3
    assert taken(rule.branch(banks, unsure)) == [(0, 0), (1, 0), (2, 0)]
    absent = [said(0.9, 0.5, 0.4, object_score=1.0), *[said(0.9, 0.1, 0.1, object_score=-1.0)] * 2]
    assert taken(rule.branch(banks, absent)) == [(0, 0), (1, 0), (0, 1)]


def test_a_single_path_takes_the_best_mask_whether_certain_or_not() -> None:
    rule = Sam2LongMemory(num_pathway=1)
    banks = gone_on(rule, [new_bank(rule)], said(0.9))
    for score in (5.0, 0.5, -0.5):
        assert taken(rule.branch(banks, [said(0.2, 0.6, 0.5, object_score=score)])) == [(0, 1)]


def test_a_bank_stays_small_and_a_fork_leaves_the_trunk_as_it_was() -> None:
    rule = Sam2LongMemory()
    banks = [new_bank(rule)]
    for frame in range(200):
        banks = gone_on(rule, banks, *[said(0.9, 0.05 * (frame % 3), object_score=3.0)] * len(banks))
    kept = [memory.frame for memory in banks[0].tracked]
    assert len(kept) <= 16
    gone_on(rule, banks, *[said(0.9)] * 3)
    assert [memory.frame for memory in banks[0].tracked] == kept


def test_the_keys_of_the_prompt_alone_are_not_scaled() -> None:
    rule = Sam2LongMemory()
    assert new_bank(rule).recall(1).scales is None
    (bank, *_) = gone_on(rule, [new_bank(rule)], said(0.9, object_score=-3.0))
    scales = bank.recall(2).scales
    assert scales is not None
    assert scales.memories[:, 0].tolist() == pytest.approx([1.05, 0.95])
    assert scales.pointers[:, 0].tolist() == pytest.approx([0.95])


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"num_pathway": 0}, "num_pathway is 0; it must be at least 1"),
        ({"iou_thre": -0.1}, "iou_thre is -0.1; it must be within 0 and 1"),
        ({"iou_thre": math.nan}, "iou_thre is nan; it must be within 0 and 1"),
        ({"uncertainty": -1.0}, "uncertainty is -1.0; it must be at least 0"),
    ],
)
def test_a_setting_out_of_its_range_is_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=f"memory rule sam2long: {complaint}"):
        Sam2LongMemory(**settings)


def test_a_tracker_that_keeps_no_paths_is_refused() -> None:
    with pytest.raises(UsageError, match="memory rule sam2long: it needs several paths, which this tracker"):
        new_bank(Sam2LongMemory()).remember(memory_of(1), Said(predicted_iou=None, object_score=None))
