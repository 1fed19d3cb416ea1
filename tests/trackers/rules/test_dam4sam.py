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
from samscope.trackers.memory import Bank
from samscope.trackers.rules.dam4sam import Dam4SamMemory, size_ratio
from samscope.trackers.rules.distractors import distractor_overlap
from tests.trackers.rules.banks import Said, listed, memory, new_bank, recalled, time_rows

SIZE = (64, 96)
OBJECT, BESIDE = (slice(20, 40), slice(10, 40)), (slice(20, 40), slice(60, 90))


@pytest.fixture(scope="module")
def table(shared: Path) -> dict[str, NDArray[Any]]:
    values: dict[str, NDArray[Any]] = load_file(shared / "reference/rules/table-dam4sam.safetensors")
    return values


def empty_bank(rule: Dam4SamMemory = Dam4SamMemory()) -> Bank:  # noqa: B008  a frozen value
    return replace(new_bank(rule), frame_size=SIZE)


def said(masks: NDArray[np.bool_], ious: NDArray[np.float32]) -> Said:
    logits = torch.from_numpy(np.where(masks, np.float32(1), np.float32(-1)))[None]
    predicted = torch.from_numpy(ious)[None]
    best = int(predicted.argmax())
    return Said(predicted[:, best], None, logits[:, best : best + 1], logits, predicted)


def drawn(*parts: tuple[slice, slice]) -> NDArray[np.bool_]:
    mask = np.zeros(SIZE, np.bool_)
    for part in parts:
        mask[part] = True
    return mask


def with_distractor(iou: float = 0.9) -> Said:
    """Return what is said of the object where another mask has what is beside it, too."""
    masks = np.stack([drawn(OBJECT), drawn(OBJECT, BESIDE), drawn(OBJECT)])
    return said(masks, np.array([iou, 0.2, 0.1], np.float32))


def without() -> Said:
    return said(np.stack([drawn(OBJECT)] * 3), np.array([0.9, 0.2, 0.1], np.float32))


def absent() -> Said:
    return said(np.stack([drawn()] * 3), np.array([0.9, 0.2, 0.1], np.float32))


def after(bank: Bank, *answers: Said) -> Bank:
    for frame, answer in enumerate(answers, start=1):
        bank = bank.remember(memory(frame), answer)
    return bank


def test_all_decisions_are_those_of_the_official_code(table: Mapping[str, NDArray[Any]]) -> None:
    rule = Dam4SamMemory()
    for seed in range(20):
        bank = empty_bank(rule)
        for frame in range(1, 60):
            official = {name: values[seed, frame] for name, values in table.items()}
            read = recalled(bank, frame)
            assert read["memory_frames"] == listed(official["memory_frames"])
            assert time_rows(read["memory_ages"]) == listed(official["memory_time_index"])
            assert read["pointer_frames"] == listed(official["pointer_frames"])
            assert bank.recall(frame).farthest == official["pointer_divisor"]
            masks = np.stack([_united(rectangles) for rectangles in official["rectangles"]])
            answer = said(masks, official["ious"])
            bank = bank.remember(memory(frame), answer)
            assert bank.state[-1] == official["pixels"]
            assert size_ratio(bank.state) == pytest.approx(official["size_ratio"], abs=1e-12)
            assert rule.encodes_again(bank, frame) == official["added"]
            wanted = official["overlaps"][~np.isnan(official["overlaps"])]
            if len(wanted):
                others = np.delete(masks, official["chosen"], axis=0)
                overlaps = [distractor_overlap(masks[official["chosen"]], other) for other in others]
                assert [one for one in overlaps if one is not None] == pytest.approx(
                    wanted.tolist(), abs=1e-12
                )


def _united(rectangles: NDArray[np.int16]) -> NDArray[np.bool_]:
    there = [corners for corners in rectangles.tolist() if corners[0] >= 0]
    return drawn(
        *((slice(y_min, y_max + 1), slice(x_min, x_max + 1)) for x_min, y_min, x_max, y_max in there)
    )


def test_a_frame_with_a_distractor_is_promoted_and_then_none_for_five_frames() -> None:
    bank = after(empty_bank(), *[with_distractor()] * 14)
    assert [kept.frame for kept in bank.prompted] == [0, 2, 8, 14]
    assert [kept.frame for kept in after(empty_bank(), *[without()] * 14).prompted] == [0]
    assert [kept.frame for kept in after(empty_bank(), *[with_distractor(0.8)] * 14).prompted] == [0]


def test_frames_without_a_mask_are_not_kept_and_leave_no_pointer() -> None:
    read = recalled(after(empty_bank(), without(), absent(), absent(), without(), absent()), 6)
    assert read["memory_frames"] == [0, 4]
    assert read["pointer_frames"] == [0, 4, 1]
    assert read["pointer_distances"] == [6, 2, 5]
    nothing = recalled(after(empty_bank(), *[absent()] * 5), 6)
    assert nothing["memory_frames"] == nothing["pointer_frames"] == [0]


def test_a_frame_promoted_just_now_is_read_as_a_recent_one() -> None:
    bank = after(empty_bank(), without(), with_distractor())
    assert recalled(bank, 3)["memory_ages"] == [0, 1]
    later = bank.remember(memory(3), without())
    assert recalled(later, 4)["memory_frames"] == [2, 0, 3]
    assert recalled(later, 4)["memory_ages"] == [0, 0, 1]


def test_a_bank_stays_small_and_a_fork_leaves_the_trunk_as_it_was() -> None:
    trunk = after(empty_bank(), *[with_distractor()] * 400)
    before = recalled(trunk, 401)
    assert len(trunk.prompted) == 5
    assert len(trunk.tracked) <= 15 + 7
    assert sum(kept.features is not None for kept in trunk.tracked) <= 7
    assert len(trunk.state) == 300
    trunk.remember(memory(401), without())
    trunk.remember(memory(401), absent())
    assert recalled(trunk, 401) == before


@pytest.mark.parametrize(("most", "stride"), [(2, 5), (4, 3), (7, 1)])
def test_settings_say_how_many_promoted_frames_are_read_and_how_far_apart_recent_ones_are(
    most: int, stride: int
) -> None:
    bank = after(empty_bank(Dam4SamMemory(most, stride)), *[with_distractor()] * 60)
    read = recalled(bank, 61)
    assert read["memory_ages"].count(0) == most
    recent = [frame for frame, age in zip(read["memory_frames"], read["memory_ages"], strict=True) if age]
    assert len(recent) == 7 - most
    assert all(frame % stride == 0 for frame in recent[:-1])
    assert recent[-1:] in ([60], [])


@pytest.mark.parametrize(
    ("sizes", "ratio"),
    [
        ((10,), -1.0),
        ((10, 0), -1.0),
        ((10, 20), 20 / 15),
        ((0, 20), 1.0),
        ((*[1000] * 5, *[10] * 9, 12), 12 / 10),
        ((*[10] * 5, *[0] * 30, *[30] * 5), 30 / 20),
    ],
)
def test_the_usual_area_is_the_median_of_the_last_ten_masks_with_pixels(
    sizes: tuple[int, ...], ratio: float
) -> None:
    assert size_ratio(sizes) == pytest.approx(ratio)


@pytest.mark.parametrize(
    "answer", [replace(without(), predicted_iou=None), replace(without(), candidate_ious=None)]
)
def test_a_tracker_without_predicted_ious_is_refused(answer: Said) -> None:
    with pytest.raises(UsageError, match="memory rule dam4sam: it needs predicted IoUs, which this tracker"):
        empty_bank().remember(memory(1), answer)


def test_a_tracker_that_does_not_tell_the_size_of_frames_is_refused() -> None:
    with pytest.raises(UsageError, match="memory rule dam4sam: it needs the size of the frames"):
        new_bank(Dam4SamMemory()).remember(memory(1), without())


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ((1, 5), "max_cond_frames_in_attn is 1; it must be within 2 and 7"),
        ((8, 5), "max_cond_frames_in_attn is 8; it must be within 2 and 7"),
        ((4, 0), "memory_temporal_stride_for_eval is 0; it must be at least 1"),
    ],
)
def test_settings_out_of_their_range_are_refused(settings: tuple[int, int], complaint: str) -> None:
    with pytest.raises(UsageError, match=f"memory rule dam4sam: {complaint}"):
        Dam4SamMemory(*settings)
