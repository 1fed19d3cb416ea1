import numpy as np
import pytest

from samscope.support.errors import UsageError
from samscope.trackers.memory import Bank, Limits
from samscope.trackers.rules.prompted_frames import closest
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.rules.sam3 import Sam3Memory
from tests.trackers.rules.banks import Said, memory, recalled


def chosen(prompted: list[int], frame: int, most: int) -> list[int]:
    return [kept.frame for kept in closest([memory(place) for place in prompted], frame, most)]


def test_the_closest_before_then_at_or_after_then_by_distance() -> None:
    prompted = [9, 0, 3, 6, 20]
    assert chosen(prompted, 5, -1) == prompted
    assert chosen(prompted, 5, 5) == prompted
    assert chosen(prompted, 5, 2) == [3, 6]
    assert chosen(prompted, 6, 2) == [3, 6]
    assert chosen(prompted, 7, 3) == [6, 9, 3]
    assert chosen(prompted, 30, 2) == [20, 9]
    assert chosen(prompted, -1, 2) == [0, 3]


@pytest.mark.parametrize("most", [2, 3, 4])
def test_as_many_as_may_be_read_none_twice_and_none_skipped_for_a_farther_one(most: int) -> None:
    draw = np.random.default_rng(most)
    for _ in range(200):
        prompted = draw.permutation(30)[:6].tolist()
        frame = int(draw.integers(0, 30))
        read = chosen(prompted, frame, most)
        assert len(set(read)) == most
        for others in ([p for p in prompted if p < frame], [p for p in prompted if p >= frame]):
            distances = sorted(abs(p - frame) for p in others)
            taken = sorted(abs(p - frame) for p in others if p in read)
            assert taken == distances[: len(taken)]
            assert taken or not others


def bank_of(rule: Sam2Memory | Sam3Memory, prompted: list[int], tracked: int) -> Bank:
    """Return a bank in which all frames up to one have been tracked but for the prompted ones."""
    bank = Bank(rule, Limits(), tuple(memory(frame) for frame in prompted))
    for frame in range(min(prompted) + 1, tracked):
        if frame not in prompted:
            bank = bank.remember(memory(frame), Said())
    return bank


def test_coming_frames_give_memory_and_no_pointer_and_past_ones_leave_a_gap() -> None:
    read = recalled(bank_of(Sam2Memory(), [0, 8, 3], 6), 6)
    assert read["memory_frames"] == [0, 8, 3, 1, 2, 4, 5]
    assert read["memory_ages"] == [0, 0, 0, 5, 4, 2, 1]
    assert read["pointer_frames"] == [0, 3, 5, 4, 2, 1]
    assert read["pointer_distances"] == [6, 3, 1, 2, 4, 5]


def test_coming_pointers_are_read_at_negative_distances_where_asked_for() -> None:
    bank = bank_of(Sam2Memory(only_obj_ptrs_in_the_past_for_eval=False), [2, 8], 4)
    assert recalled(bank, 4)["pointer_distances"] == [2, -4, 1]


def test_prompted_frames_that_are_too_many_are_read_as_tracked_ones() -> None:
    read = recalled(bank_of(Sam2Memory(max_cond_frames_in_attn=2), [0, 3, 6, 9], 8), 8)
    assert read["memory_frames"] == [6, 9, 2, 3, 4, 5, 7]
    assert read["memory_ages"] == [0, 0, 6, 5, 4, 3, 1]
    assert read["pointer_frames"] == [6, 7, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize("most", [0, 1, -2])
def test_fewer_than_two_of_several_are_refused(most: int) -> None:
    with pytest.raises(UsageError, match=f"max_cond_frames_in_attn is {most}; it must be at least 2, or -1"):
        Sam2Memory(max_cond_frames_in_attn=most)


def test_sam3_reads_the_four_closest_and_a_prompted_previous_frame_keeps_its_rank() -> None:
    read = recalled(bank_of(Sam3Memory(), [0, 4, 9, 12, 15], 10), 10)
    assert read["memory_frames"] == [9, 12, 15, 4, 3, 5, 6, 7, 8]
    assert read["memory_ages"] == [0, 0, 0, 0, 6, 5, 4, 3, 2]
    assert read["pointer_frames"] == [9, 4, 8, 7, 6, 5, 3, 2]
    assert read["pointer_distances"] == [1, 6, 2, 3, 4, 5, 6, 7]
