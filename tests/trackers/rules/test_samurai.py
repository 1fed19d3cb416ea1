import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file

from samscope.support.errors import UsageError
from samscope.trackers.memory import Bank, Candidates, Limits
from samscope.trackers.rules.box_filter import EMPTY, Box, BoxFilter, mask_boxes
from samscope.trackers.rules.samurai import Motion, SamuraiMemory
from tests.trackers.rules.banks import Said, listed, memory, new_bank, recalled, time_rows

FRAMES = 60
SEEDS = range(20)


@pytest.fixture(scope="module")
def table(shared: Path) -> dict[str, NDArray[Any]]:
    values: dict[str, NDArray[Any]] = load_file(shared / "reference/rules/table-samurai.safetensors")
    return values


def motion(kf_score: float | None) -> Motion:
    return Motion(BoxFilter.started(EMPTY), 15, kf_score)


def said(iou: float, object_score: float = 5.0) -> Said:
    return Said(torch.tensor([iou]), torch.tensor([object_score]))


def after(rule: SamuraiMemory, *ious: float, limits: Limits = Limits()) -> Bank:  # noqa: B008  a frozen value
    bank = new_bank(rule, limits)
    for frame, iou in enumerate(ious, start=1):
        bank = bank.remember(memory(frame), said(iou))
    return bank


@pytest.mark.parametrize("kalman", ["gate", "none"])
def test_what_is_read_is_what_the_official_code_reads(table: Mapping[str, NDArray[Any]], kalman: str) -> None:
    official = table["memory_frames" if kalman == "gate" else "memory_frames_kf_none"]
    for seed in SEEDS:
        bank = new_bank(SamuraiMemory(kalman=kalman))
        for frame in range(1, FRAMES):
            read = recalled(bank, frame)
            assert read["memory_frames"] == listed(official[seed, frame])
            assert read["pointer_frames"] == listed(table["pointer_frames"][seed, frame])
            if kalman == "gate":
                assert time_rows(read["memory_ages"]) == listed(table["memory_time_index"][seed, frame])
            kf_score = float(table["kf_score"][seed, frame])
            bank = replace(bank, state=motion(None if math.isnan(kf_score) else kf_score))
            scores = (float(table[name][seed, frame]) for name in ("iou", "object_score"))
            bank = bank.remember(memory(frame), said(*scores))


def test_what_is_chosen_is_what_the_official_code_chooses(table: Mapping[str, NDArray[Any]]) -> None:
    overruled = 0
    for seed in SEEDS:
        rule = SamuraiMemory(kf_score_weight=float(table["weight"][seed]))
        now: Motion | None = None
        for frame in range(1, FRAMES):
            official = {name: values[seed, frame] for name, values in table.items() if name != "weight"}
            boxes = [EMPTY if box[0] < 0 else _box(box) for box in official["boxes"]]
            chosen, now = rule.vote(now, boxes, torch.from_numpy(official["candidate_ious"]))
            assert chosen == official["chosen"]
            overruled += int(chosen != official["chosen_plain"])
            assert now.stable == official["stable_frames"]
            kf_score = math.nan if now.kf_score is None else now.kf_score
            assert kf_score == pytest.approx(official["chosen_kf_iou"], abs=1e-12, nan_ok=True)
            assert now.filter.mean == pytest.approx(official["kf_mean"], abs=1e-9)
            assert now.filter.covariance == pytest.approx(official["kf_covariance"], abs=1e-4, rel=1e-6)
    assert overruled > 0


def _box(corners: NDArray[np.int32]) -> Box:
    x_min, y_min, x_max, y_max = map(float, corners)
    return x_min, y_min, x_max, y_max


def candidates(*masks: tuple[slice, slice], object_score: float, ious: list[float]) -> Candidates:
    logits = torch.full((len(masks), 16, 16), -8.0)
    for place, (rows, columns) in enumerate(masks):
        logits[place, rows, columns] = 8.0
    return Candidates(logits, torch.tensor(ious), torch.tensor(object_score), 64)


@pytest.mark.parametrize(
    ("object_score", "present", "stored_as_present"),
    [(0.5, True, True), (0.0, True, False), (-0.5, True, False), (-1.0, False, False), (-2.0, False, False)],
)
def test_the_object_is_present_below_zero_but_not_in_its_memory(
    object_score: float, present: bool, stored_as_present: bool
) -> None:
    masks = candidates((slice(4, 8), slice(4, 8)), object_score=object_score, ious=[0.9])
    choice = SamuraiMemory().choose(new_bank(SamuraiMemory()), masks)
    assert (choice.present, choice.stored_as_present) == (present, stored_as_present)
    assert (choice.state.filter.mean[3] == 1) == (not present)  # fed with the box of a mask without a pixel


def test_a_stable_filter_overrules_the_predicted_iou_where_its_weight_is_large_enough() -> None:
    here, there = (slice(4, 8), slice(4, 8)), (slice(10, 15), slice(9, 15))
    masks = candidates(here, there, object_score=3.0, ious=[0.7, 0.9])
    box = mask_boxes(masks.logits, 64)[0]
    still = Motion(BoxFilter.started(box), 15, None)
    for weight, chosen in ((0.25, 0), (0.1, 1), (0.0, 1)):
        rule = SamuraiMemory(kf_score_weight=weight)
        choice = rule.choose(replace(new_bank(rule), state=still), masks)
        assert choice.candidate == chosen
        assert choice.state.kf_score == pytest.approx(1.0 - chosen)
    unsure = replace(masks, ious=torch.tensor([0.1, 0.2]))
    assert SamuraiMemory().choose(replace(new_bank(SamuraiMemory()), state=still), unsure).state.stable == 0


def test_a_frame_is_kept_where_all_of_its_scores_are_above_their_thresholds() -> None:
    rule = SamuraiMemory(
        memory_bank_iou_threshold=0.25,
        memory_bank_obj_score_threshold=1.0,
        memory_bank_kf_score_threshold=0.5,
    )
    more = torch.tensor([0.26]), torch.tensor([1.1])
    assert rule.passes(*more, 0.6)
    assert rule.passes(*more, None)
    assert not rule.passes(*more, 0.5)
    assert replace(rule, kalman="none").passes(*more, 0.5)
    assert not rule.passes(torch.tensor([0.25]), more[1], None)
    assert not rule.passes(more[0], torch.tensor([1.0]), None)


def test_a_bank_stays_small_and_a_fork_leaves_the_trunk_as_it_was() -> None:
    trunk = after(SamuraiMemory(), *([0.9, 0.2, 0.9] * 60))
    assert sum(kept.features is not None for kept in trunk.tracked) <= 7
    assert len(trunk.tracked) <= 15 + 7
    forks = [trunk.remember(memory(181), said(iou)) for iou in (0.9, 0.1)]
    assert (
        recalled(trunk, 181)["memory_frames"]
        == recalled(after(SamuraiMemory(), *([0.9, 0.2, 0.9] * 60)), 181)["memory_frames"]
    )
    later = [fork.remember(memory(182), said(0.9)) for fork in forks]
    assert [181 in recalled(bank, 183)["memory_frames"] for bank in later] == [True, False]


@pytest.mark.parametrize("most", [1, 2, 7])
def test_as_many_memories_are_read_as_the_model_has(most: int) -> None:
    bank = after(SamuraiMemory(), *[0.9] * 20, 0.1, limits=Limits(memories=most))
    assert recalled(bank, 22)["memory_ages"] == [0, *range(most - 1, 0, -1)]


def test_the_weight_is_that_of_the_models_size_unless_it_is_set() -> None:
    weights = {width: SamuraiMemory().sized(width).kf_score_weight for width in (96, 112, 144)}
    assert weights == {96: 0.25, 112: 0.25, 144: 0.15}
    assert SamuraiMemory(kf_score_weight=0.5).sized(144).kf_score_weight == 0.5


@pytest.mark.parametrize("lacking", [Said(predicted_iou=None), Said(object_score=None)])
def test_a_tracker_without_scores_is_refused(lacking: Said) -> None:
    with pytest.raises(
        UsageError, match=r"memory rule samurai: it needs .*, which this tracker does not have"
    ):
        new_bank(SamuraiMemory()).remember(memory(1), lacking)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"kf_score_weight": 1.5}, "kf_score_weight is 1.5; it must be within 0 and 1"),
        ({"kf_score_weight": math.nan}, "kf_score_weight is nan; it must be within 0 and 1"),
        ({"stable_frames_threshold": 0}, "stable_frames_threshold is 0; it must be at least 1"),
        ({"stable_ious_threshold": -0.1}, "it must be within 0 and 1"),
        ({"memory_bank_iou_threshold": 2.0}, "it must be within 0 and 1"),
        ({"memory_bank_kf_score_threshold": -1.0}, "it must be within 0 and 1"),
        ({"min_obj_score_logits": math.nan}, "min_obj_score_logits is nan; it must be a number"),
        ({"kalman": "off"}, "kalman is 'off'; it can be gate or none"),
    ],
)
def test_settings_out_of_their_range_are_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=f"memory rule samurai: .*{complaint}"):
        SamuraiMemory(**settings)
